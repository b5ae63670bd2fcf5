import { LATENCY_BOUNDARIES } from '../metrics/definitions.ts';
import { type Summary, waitCount } from '../metrics/summary.ts';

/** What conversations are compared by. */
export type By = 'agent' | 'version' | 'week' | 'source';

/** Conversations that are alike, added up. */
export interface Group {
  readonly key: string;
  readonly conversations: number;
  readonly failed: number;
  readonly waits: number;
  /** How many waits are in each bucket of the felt latency. */
  readonly buckets: readonly number[];
  /** How many were longer than the objective. */
  readonly over: number;
  readonly turns: number;
  readonly unanswered: number;
  readonly tools: number;
  /** Of those tools of which it is told. */
  readonly toolsFailed: number;
  readonly toolsTold: number;
  /** USD of those conversations whose cost is told. */
  readonly costUsd: number;
  readonly costsTold: number;
}

/** Adds conversations up, group by group. */
export class Comparison {
  readonly #groups = new Map<string, Mutable>();
  readonly #keyOf: (summary: Summary, source: string) => string;
  readonly #objective: number;

  /** @param objective seconds; one of {@link LATENCY_BOUNDARIES}, so that shares are exact. */
  constructor(by: By, objective: number) {
    this.#keyOf = KEYS[by];
    this.#objective = LATENCY_BOUNDARIES.indexOf(objective);
    if (this.#objective < 0) throw new RangeError(`${objective} s is no boundary of the felt latency`);
  }

  add(summary: Summary, source: string): void {
    const key = this.#keyOf(summary, source);
    const group = this.#groups.get(key) ?? empty(key);
    this.#groups.set(key, group);
    group.conversations += 1;
    if (summary.outcome === 'failed') group.failed += 1;
    group.waits += waitCount(summary.waits);
    for (const [bucket, count] of (summary.waits?.buckets ?? []).entries()) {
      group.buckets[bucket] = (group.buckets[bucket] ?? 0) + count;
      if (bucket > this.#objective) group.over += count;
    }
    group.turns += summary.turns;
    group.unanswered += summary.unanswered;
    group.tools += summary.tools;
    if (summary.toolsFailed !== undefined) {
      group.toolsFailed += summary.toolsFailed;
      group.toolsTold += summary.tools;
    }
    if (summary.costUsd !== undefined) {
      group.costUsd += summary.costUsd;
      group.costsTold += 1;
    }
  }

  /** Weeks in order; others that keep callers waiting first. */
  groups(by: By): readonly Group[] {
    const all = [...this.#groups.values()];
    if (by === 'week') return all.sort((one, other) => (one.key < other.key ? -1 : 1));
    return all.sort(
      (one, other) => shareOver(other) - shareOver(one) || other.conversations - one.conversations,
    );
  }
}

type Mutable = {
  -readonly [Key in keyof Group]: Group[Key] extends readonly number[] ? number[] : Group[Key];
};

const KEYS: Record<By, (summary: Summary, source: string) => string> = {
  agent: ({ agent: { name, id } }) => name ?? id ?? 'no agent',
  version: ({ agent: { name, id, version } }) =>
    `${name ?? id ?? 'no agent'} ${version ?? 'without a version'}`,
  week: ({ startedAt }) => weekOf(startedAt),
  source: (_, source) => source,
};

function empty(key: string): Mutable {
  return {
    ...{ key, conversations: 0, failed: 0, waits: 0, buckets: LATENCY_BOUNDARIES.map(() => 0).concat(0) },
    ...{ over: 0, turns: 0, unanswered: 0, tools: 0, toolsFailed: 0, toolsTold: 0, costUsd: 0, costsTold: 0 },
  };
}

/** The share of the waits that were longer than the objective; 0 where there is none. */
export function shareOver({ over, waits }: Group): number {
  return waits === 0 ? 0 : over / waits;
}

/** A quantile of a group's waits in seconds; undefined without waits. */
export function waitQuantile({ buckets }: Group, quantile: number): number | undefined {
  return quantileOf(buckets, quantile);
}

/**
 * A quantile in seconds, interpolated within its bucket of the felt latency as Prometheus does; undefined where all are
 * empty.
 */
export function quantileOf(buckets: readonly number[], quantile: number): number | undefined {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  const rank = quantile * all;
  let below = 0;
  for (const [bucket, count] of buckets.entries()) {
    const upper = LATENCY_BOUNDARIES[bucket];
    if (count > 0 && below + count >= rank) {
      const lower = LATENCY_BOUNDARIES[bucket - 1] ?? 0;
      return upper === undefined ? lower : lower + (upper - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return undefined;
}

/** The Monday (UTC) of the week that a moment lies in, as a date. */
function weekOf(millis: number): string {
  const date = new Date(millis);
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  date.setUTCDate(date.getUTCDate() - sinceMonday);
  return date.toISOString().slice(0, 10);
}
