import { canonicalJson } from '../json/canonical.ts';
import { definitionOf, type MetricName, MOST_SERIES } from './definitions.ts';
import type { Labels, Observation } from './observe.ts';

/** The cumulative state of one series, as the ledger keeps it and OTLP metrics carry it. */
export interface Series {
  /** Names it: as {@link keyOf} its metric and labels, in whatever order these were written. */
  readonly key: string;
  readonly metric: MetricName;
  readonly labels: Labels;
  /** Unix milliseconds, just before the first value: Prometheus then counts the first burst too. */
  readonly start: number;
  count: bigint;
  /** In 1e-9 of the metric's unit. */
  sum: bigint;
  /** Of histograms: how many values are in each bucket, not cumulative. */
  readonly buckets: number[];
  /** Of histograms: the latest exemplar of each bucket that has one. */
  readonly exemplars: (Exemplar | null)[];
}

export interface Exemplar {
  /** In seconds. */
  readonly value: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly traceId: string;
  readonly spanId: string;
}

const OVERFLOW: Labels = { 'otel.metric.overflow': true };
/** Forms in which labels were written that are remembered. */
const MOST_WRITTEN = 10_000;
/** A start must lie before the first value. */
const BEFORE = 1;

/**
 * All series of one ledger. What is added is the same in any order: whole numbers, and of exemplars the latest.
 */
export class SeriesBook {
  readonly #series = new Map<string, Series>();
  readonly #counts = new Map<MetricName, number>();
  /** Series by their labels as they were written: the order of which hardly ever changes, and sorting them costs most. */
  readonly #asWritten = new Map<string, Series>();

  constructor(known: Iterable<Series>) {
    for (const series of known) this.#keep(series);
  }

  get all(): IterableIterator<Series> {
    return this.#series.values();
  }

  /** Adds `observations`. @returns the series that changed, each once. */
  add(observations: readonly Observation[], at: number): Set<Series> {
    const changed = new Set<Series>();
    const found = new Map<Labels, Map<MetricName, Series>>();
    for (const observation of observations) {
      const { metric, labels } = observation;
      const ofLabels = found.get(labels) ?? new Map<MetricName, Series>();
      const series = ofLabels.get(metric) ?? this.#seriesOf(observation, at);
      if (ofLabels.size === 0) found.set(labels, ofLabels);
      ofLabels.set(metric, series);
      series.count += 1n;
      series.sum += observation.value;
      if (series.buckets.length > 0) this.#sort(series, observation, at);
      changed.add(series);
    }
    return changed;
  }

  #sort(series: Series, { value, exemplar }: Observation, at: number): void {
    const seconds = Number(value) / 1e9;
    const { boundaries = [] } = definitionOf(series.metric);
    const bucket = bucketOf(seconds, boundaries);
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    if (exemplar) series.exemplars[bucket] = { value: seconds, at, ...exemplar };
  }

  #seriesOf(observation: Observation, at: number): Series {
    const written = `${observation.metric} ${JSON.stringify(observation.labels)}`;
    const known = this.#asWritten.get(written);
    if (known) return known;
    const series = this.#find(observation, at);
    if (this.#asWritten.size < MOST_WRITTEN) this.#asWritten.set(written, series);
    return series;
  }

  #find({ metric, labels }: Observation, at: number): Series {
    const key = keyOf(metric, labels);
    const known = this.#series.get(key);
    if (known) return known;
    if ((this.#counts.get(metric) ?? 0) < MOST_SERIES - 1) return this.#keep(empty(key, metric, labels, at));
    const overflow = keyOf(metric, OVERFLOW);
    return this.#series.get(overflow) ?? this.#keep(empty(overflow, metric, OVERFLOW, at));
  }

  #keep(series: Series): Series {
    const { key, metric } = series;
    this.#series.set(key, series);
    this.#counts.set(metric, (this.#counts.get(metric) ?? 0) + 1);
    return series;
  }
}

/** The place of the bucket that a value falls into: a boundary belongs to the bucket that it ends. */
export function bucketOf(value: number, boundaries: readonly number[]): number {
  const found = boundaries.findIndex((boundary) => value <= boundary);
  return found < 0 ? boundaries.length : found;
}

/** Names a series: the same labels in any order are the same series. */
export function keyOf(metric: MetricName, labels: Labels): string {
  return `${metric} ${canonicalJson(labels)}`;
}

function empty(key: string, metric: MetricName, labels: Labels, at: number): Series {
  const { boundaries } = definitionOf(metric);
  const buckets = boundaries === undefined ? [] : new Array<number>(boundaries.length + 1).fill(0);
  return {
    key,
    metric,
    labels,
    start: at - BEFORE,
    count: 0n,
    sum: 0n,
    buckets,
    exemplars: buckets.map(() => null),
  };
}
