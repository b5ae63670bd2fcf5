import { vi } from 'vitest';

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface StoredSeries {
  readonly labels: Labels;
  /** Every sample that is stored: unix seconds and value. */
  readonly samples: readonly (readonly [number, number])[];
}

export interface StoredExemplar {
  readonly series: Labels;
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
}

/** A running Prometheus, asked over its HTTP API. */
export class Prometheus {
  readonly #api: string;

  /** @param api its base URL. */
  constructor(api: string) {
    this.#api = api;
  }

  /** The value of an instant query, which gives one; 0 where it gives none. */
  async value(query: string): Promise<number> {
    const samples = await this.samples(query);
    if (samples.length > 1) throw new Error(`${query} gives ${samples.length} samples`);
    return samples[0]?.value ?? 0;
  }

  async samples(query: string): Promise<Sample[]> {
    const { result } = await this.#get('query', { query });
    return (result as { metric: Labels; value: [number, string] }[]).map(({ metric, value }) => ({
      labels: metric,
      value: Number(value[1]),
    }));
  }

  /** What is stored, sample by sample. */
  async stored(selector: string): Promise<StoredSeries[]> {
    const { result } = await this.#get('query', { query: `${selector}[1h]` });
    return (result as { metric: Labels; values: [number, string][] }[]).map(({ metric, values }) => ({
      labels: metric,
      samples: values.map(([time, value]) => [time, Number(value)] as const),
    }));
  }

  async exemplars(query: string): Promise<StoredExemplar[]> {
    const hour = 3_600;
    const now = Date.now() / 1_000;
    const found = await this.#get('query_exemplars', {
      query,
      start: String(now - hour),
      end: String(now + hour),
    });
    return (
      found as unknown as {
        seriesLabels: Labels;
        exemplars: { labels: { trace_id: string; span_id: string }; value: string }[];
      }[]
    ).flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels, value }) => ({
        series: seriesLabels,
        traceId: labels.trace_id,
        spanId: labels.span_id,
        value: Number(value),
      })),
    );
  }

  /** Waits until the query gives this value. */
  async until(query: string, value: number): Promise<void> {
    await vi.waitFor(
      async () => {
        const found = await this.value(query);
        if (found !== value) throw new Error(`${query} is ${found}, not ${value}`);
      },
      { timeout: 60_000, interval: 250 },
    );
  }

  async #get(path: string, parameters: Record<string, string>): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#api}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as {
      status: string;
      error?: string;
      data: Record<string, unknown>;
    };
    if (answer.status !== 'success') throw new Error(`${path} ${parameters.query}: ${answer.error}`);
    return answer.data;
  }
}
