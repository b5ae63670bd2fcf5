import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numberName, label as prometheusLabel } from '../../grafana/src/metric.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Settlement } from '../../src/ledger/records.ts';
import { definitionOf } from '../../src/metrics/definitions.ts';
import { observe } from '../../src/metrics/observe.ts';
import type { Series } from '../../src/metrics/series.ts';
import { conversationOf, waitIdsOf } from './conversation.ts';
import type { Truth } from './truth.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Any moment will do: promtool counts from 0. */
const BEGIN_MS = 1_800_000_000_000;

/** A ledger waits for the disk at every delivery, and none of these has to outlive its test. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A series as promtool reads it. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

export interface TimelineOptions {
  /** Minutes between two exports. */
  readonly step: number;
  /** Minutes from the beginning to the last export. */
  readonly length: number;
}

/**
 * What Prometheus gets to see of conversations that are delivered one after the other: a real ledger counts them, and
 * its state is exported at every step.
 */
export class Timeline {
  readonly #options: TimelineOptions;
  readonly #deliveries = new Map<number, Delivered[]>();
  readonly #silent = new Set<number>();
  readonly #renewals = new Set<number>();
  readonly #more: InputSeries[] = [];
  #ids = 0;

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /** Conversations are delivered at this minute. @returns their ids. */
  at(minute: number, ...truths: readonly Truth[]): string[] {
    return truths.map((truth) => {
      this.#ids += 1;
      const id = `conv_${this.#ids}`;
      this.again(minute, id, truth);
      return id;
    });
  }

  /** The conversation with this id is delivered, perhaps not for the first time. */
  again(minute: number, id: string, truth: Truth): void {
    const due = Math.max(1, Math.ceil(minute / this.#options.step)) * this.#options.step;
    this.#deliveries.set(due, [...(this.#deliveries.get(due) ?? []), { id, truth }]);
  }

  /** A conversation every `minutes`, from one minute to another. */
  every(minutes: number, from: number, to: number, truth: Truth | ((minute: number) => Truth)): void {
    for (let minute = from; minute < to; minute += minutes) {
      this.at(minute, typeof truth === 'function' ? truth(minute) : truth);
    }
  }

  /** Nothing is exported in these minutes. */
  silent(from: number, to: number): void {
    for (let minute = from; minute < to; minute++) this.#silent.add(minute);
  }

  /** All counters begin anew, under their old names. */
  renew(minute: number): void {
    this.#renewals.add(minute);
  }

  /** Any other series: its value at each minute, undefined where it has none. */
  with(series: string, valueAt: (minute: number) => number | undefined): void {
    this.#more.push({
      series,
      values: this.#steps()
        .map((minute) => written(valueAt(minute)))
        .join(' '),
    });
  }

  /** Everything as promtool's input. */
  async series(): Promise<InputSeries[]> {
    const samples = new Map<string, Map<number, number>>();
    const folder = mkdtempSync(join(MEMORY, 'callspan-timeline-'));
    let ledger = await openLedger(join(folder, 'ledger-0.db'));
    try {
      for (const minute of this.#steps()) {
        if (this.#renewals.has(minute)) {
          await ledger.close();
          ledger = await openLedger(join(folder, `ledger-${minute}.db`));
        }
        await this.#deliver(ledger, minute);
        if (this.#silent.has(minute)) continue;
        for (const series of await ledger.series()) this.#sample(samples, series, minute);
      }
    } finally {
      await ledger.close();
      rmSync(folder, { recursive: true });
    }
    return [...[...samples].map(([series, values]) => this.#written(series, values)), ...this.#more];
  }

  #steps(): number[] {
    const { step, length } = this.#options;
    return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
  }

  async #deliver(ledger: Ledger, minute: number): Promise<void> {
    const now = BEGIN_MS + minute * MINUTE_MS;
    const settlements: Settlement[] = [];
    for (const { id, truth } of this.#deliveries.get(minute) ?? []) {
      const source = await ledger.source(truth.source, truth.provider);
      const sighting = { id, ended: true, startedAt: now, endedAt: now, due: now };
      await ledger.conversations.see(source, [sighting], now);
      settlements.push({ source, id, ...delivery(truth, id, now) });
    }
    if (settlements.length > 0) await ledger.record(settlements, now);
  }

  #sample(samples: Map<string, Map<number, number>>, series: Series, minute: number): void {
    for (const [name, value] of samplesOf(series)) {
      const known = samples.get(name) ?? new Map<number, number>();
      // Prometheus puts a zero where a series began, just before its first value.
      if (!known.has(minute - this.#options.step) && series.start >= BEGIN_MS + (minute - 1) * MINUTE_MS) {
        known.set(minute - this.#options.step, 0);
      }
      known.set(minute, value);
      samples.set(name, known);
    }
  }

  #written(series: string, values: ReadonlyMap<number, number>): InputSeries {
    return {
      series,
      values: this.#steps()
        .map((minute) => written(values.get(minute)))
        .join(' '),
    };
  }
}

interface Delivered {
  readonly id: string;
  readonly truth: Truth;
}

function delivery(truth: Truth, id: string, now: number) {
  const endedAt = truth.late ? now - 30 * 24 * HOUR_MS : now - MINUTE_MS;
  const observed = conversationOf(truth, id, endedAt);
  return {
    ...{ kind: 'delivered' as const, traceId: observed.traceId, spans: 1, shape: id, late: [] },
    ...{ due: undefined, endedAt },
    observations: observe(observed, {
      source: truth.source,
      waitIds: waitIdsOf(truth),
      deliveredAt: BigInt(now) * 1_000_000n,
    }),
  };
}

/** One series of the ledger as Prometheus keeps it: a histogram is several. */
function* samplesOf({ metric, labels, count, sum, buckets }: Series): Generator<[string, number]> {
  const name = numberName(metric);
  const { boundaries } = definitionOf(metric);
  const write = (suffix: string, more: Record<string, string> = {}) => {
    const all = Object.entries({ job: 'callspan', instance: 'ledger-1', ...labels, ...more });
    return `${name}${suffix}{${all.map(([key, value]) => `${prometheusLabel(key)}="${value}"`).join(', ')}}`;
  };
  if (boundaries === undefined) {
    yield [write(''), Number(sum) / 1e9];
    return;
  }
  let below = 0;
  for (const [index, bucket] of buckets.entries()) {
    below += bucket;
    yield [write('_bucket', { le: String(boundaries[index] ?? '+Inf') }), below];
  }
  yield [write('_count'), Number(count)];
  yield [write('_sum'), Number(sum) / 1e9];
}

function written(value: number | undefined): string {
  return value === undefined ? '_' : String(value);
}
