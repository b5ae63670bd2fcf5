import type { Json } from '../fields.ts';
import type { Findings } from './findings.ts';
import { jsons } from './span-store.ts';
import { wholeNumber } from './validate-metrics.ts';

/** The value of a series in one export. */
export interface SeriesPoint {
  /** Of sums and gauges. */
  readonly value?: number;
  /** Of histograms. */
  readonly count?: number;
  readonly sum?: number;
  readonly bounds?: readonly number[];
  readonly buckets?: readonly number[];
  /** Nanoseconds since the epoch, as they came. */
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly exemplars: readonly Json[];
}

export interface Series {
  readonly name: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly unit: string;
  readonly isMonotonic: boolean;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly last: SeriesPoint;
  /** Every export of it, the oldest first. */
  readonly history: readonly SeriesPoint[];
}

interface MutableSeries extends Series {
  last: SeriesPoint;
  readonly history: SeriesPoint[];
}

/** Every metric that came: the last value of each series, and how it got there. */
export class SeriesStore {
  readonly #series: Map<string, MutableSeries> = new Map();

  /** All series, or those of one metric. */
  series(name?: string): Series[] {
    return [...this.#series.values()].filter((one) => name === undefined || one.name === name);
  }

  /** The one series of a metric with these attributes among its own; undefined where there is none or several. */
  one(name: string, attributes: Readonly<Record<string, unknown>> = {}): Series | undefined {
    const found = this.matching(name, attributes);
    return found.length === 1 ? found[0] : undefined;
  }

  /** The last values of all series of a metric with these attributes, added up; of histograms, their counts. */
  total(name: string, attributes: Readonly<Record<string, unknown>> = {}): number {
    return this.matching(name, attributes).reduce(
      (sum, { last }) => sum + (last.value ?? last.count ?? 0),
      0,
    );
  }

  matching(name: string, attributes: Readonly<Record<string, unknown>>): Series[] {
    const wanted = Object.entries(attributes);
    return this.series(name).filter((one) => wanted.every(([key, value]) => one.attributes[key] === value));
  }

  /** Takes a request in. What contradicts itself or an earlier export is found. */
  take(payload: Json, findings: Findings): void {
    const seen = new Set<string>();
    for (const group of jsons(payload.resourceMetrics)) {
      const resource = plain((group.resource as Json | undefined)?.attributes);
      for (const scoped of jsons(group.scopeMetrics)) {
        for (const metric of jsons(scoped.metrics)) this.#takeMetric(metric, resource, seen, findings);
      }
    }
  }

  #takeMetric(metric: Json, resource: Series['resource'], seen: Set<string>, findings: Findings): void {
    const kind = (['sum', 'gauge', 'histogram'] as const).find((one) => metric[one] !== undefined);
    if (kind === undefined) return;
    const data = metric[kind] as Json;
    const name = String(metric.name);
    for (const item of jsons(data.dataPoints)) {
      const attributes = plain(item.attributes);
      const key = JSON.stringify([name, sorted(resource), sorted(attributes)]);
      const where = `${name}${JSON.stringify(attributes)}`;
      if (seen.has(key)) findings.add(where, 'comes twice in one request');
      seen.add(key);
      const point = pointOf(item);
      const known = this.#series.get(key);
      const isMonotonic = kind === 'histogram' || data.isMonotonic === true;
      if (known === undefined) {
        const unit = String(metric.unit ?? '');
        this.#series.set(key, {
          name,
          kind,
          unit,
          isMonotonic,
          resource,
          attributes,
          last: point,
          history: [point],
        });
        continue;
      }
      if (known.kind !== kind || known.isMonotonic !== isMonotonic)
        findings.add(where, 'has changed its kind');
      if (isMonotonic) checkGrowth(known.last, point, where, findings);
      known.last = point;
      known.history.push(point);
    }
  }

  clear(): void {
    this.#series.clear();
  }
}

/** A cumulative series only ever grows, unless it says that it began anew. */
function checkGrowth(before: SeriesPoint, after: SeriesPoint, where: string, findings: Findings): void {
  if (BigInt(after.timeUnixNano) < BigInt(before.timeUnixNano)) findings.add(where, 'went back in time');
  if (before.startTimeUnixNano !== after.startTimeUnixNano) return;
  const shrunk = (one: number | undefined, other: number | undefined) => (other ?? 0) < (one ?? 0);
  const anyBucket = before.buckets?.some((bucket, place) => shrunk(bucket, after.buckets?.[place])) ?? false;
  if (shrunk(before.value, after.value) || shrunk(before.count, after.count) || anyBucket) {
    findings.add(where, 'went down without a new start');
  }
}

function pointOf(item: Json): SeriesPoint {
  const value = item.asDouble ?? item.asInt;
  const buckets = item.bucketCounts;
  return {
    ...(value === undefined ? {} : { value: Number(value) }),
    ...(item.count === undefined ? {} : { count: Number(item.count) }),
    ...(typeof item.sum === 'number' ? { sum: item.sum } : {}),
    ...(Array.isArray(buckets) ? { buckets: buckets.map((bucket) => wholeNumber(bucket) ?? 0) } : {}),
    ...(Array.isArray(item.explicitBounds) ? { bounds: item.explicitBounds.map(Number) } : {}),
    startTimeUnixNano: String(item.startTimeUnixNano ?? '0'),
    timeUnixNano: String(item.timeUnixNano ?? '0'),
    exemplars: jsons(item.exemplars),
  };
}

/** Attributes as a plain object; int64 as numbers, lists as they come. */
function plain(attributes: unknown): Record<string, unknown> {
  const entries = jsons(attributes).map(({ key, value }) => {
    const [[kind, inner] = []] = Object.entries((value ?? {}) as Json);
    return [String(key), kind === 'intValue' ? Number(inner) : inner];
  });
  return Object.fromEntries(entries);
}

function sorted(attributes: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
}
