import type { Sample } from './expected.ts';

interface Answer<Data> {
  readonly status: string;
  readonly error?: string;
  readonly data?: Data;
}

interface Vector {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
  }[];
}

interface Exemplars {
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

/** Asks a running Prometheus. Every refusal is an error with Prometheus' own words. */
export class Prometheus {
  readonly #api: string;

  constructor(api: string) {
    this.#api = api;
  }

  /** The value of an expression at a time, in unix seconds; at present when none is given. */
  async query(expr: string, at?: number): Promise<Sample[]> {
    const data = await this.#ask<Vector>('query', {
      query: expr,
      ...(at === undefined ? {} : { time: String(at) }),
    });
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** When the last sample of a series was taken, in unix seconds. */
  async lastSample(series: string): Promise<number> {
    const [sample] = await this.query(`max(timestamp(${series}))`);
    if (sample === undefined) throw new Error(`There is no ${series}`);
    return sample.value;
  }

  /** Exemplars of the last hour of the series that an expression speaks of. */
  async exemplars(expr: string): Promise<Exemplars['exemplars']> {
    const now = Date.now() / 1_000;
    const range = { start: String(now - 3_600), end: String(now + 60) };
    const data = await this.#ask<Exemplars[]>('query_exemplars', { query: expr, ...range });
    return data.flatMap(({ exemplars }) => exemplars);
  }

  /** The values of a label among the series that a selector selects. */
  async labelValues(selector: string, label: string): Promise<string[]> {
    return await this.#ask<string[]>(`label/${label}/values?${new URLSearchParams({ 'match[]': selector })}`);
  }

  async #ask<Data>(path: string, parameters?: Readonly<Record<string, string>>): Promise<Data> {
    const form = parameters === undefined ? {} : { method: 'POST', body: new URLSearchParams(parameters) };
    const response = await fetch(`${this.#api}/api/v1/${path}`, form);
    const answer = (await response.json()) as Answer<Data>;
    if (answer.data === undefined) throw new Error(`${path} ${parameters?.query ?? ''}: ${answer.error}`);
    return answer.data;
  }
}
