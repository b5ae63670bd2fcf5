import type { Attributes } from '../conversation.ts';
import { LAST_MOMENT } from '../time/nanos.ts';
import type { OtlpAttribute } from '../trace/otlp.ts';
import { encodeAttributes } from '../trace/otlp-value.ts';
import { METRICS_VERSION, SCOPE_NAME, SERVICE_NAME } from '../trace/semconv.ts';
import { definitionOf, METRICS, type MetricName } from './definitions.ts';
import type { Exemplar, Series } from './series.ts';

/**
 * OTLP/JSON metrics as they travel: nanoseconds and 64-bit counts as decimal strings.
 * Source: the OpenTelemetry protocol specification, "JSON Protobuf Encoding", and metrics.proto.
 */
export interface OtlpMetrics {
  readonly resourceMetrics: readonly OtlpResourceMetrics[];
}

interface OtlpResourceMetrics {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeMetrics: readonly {
    readonly scope: { readonly name: string; readonly version?: string };
    readonly metrics: readonly OtlpMetric[];
  }[];
}

/** One of `sum`, `gauge` and `histogram` is there. */
export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly sum?: Cumulative<NumberPoint> & { readonly isMonotonic: boolean };
  readonly gauge?: { readonly dataPoints: NumberPoint[] };
  readonly histogram?: Cumulative<HistogramPoint>;
}

interface Cumulative<Point> {
  readonly aggregationTemporality: number;
  readonly dataPoints: Point[];
}

interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly exemplars?: readonly OtlpExemplar[];
}

export interface NumberPoint extends OtlpPoint {
  readonly asInt?: string | number;
  readonly asDouble?: number;
}

export interface HistogramPoint extends OtlpPoint {
  readonly count: string | number;
  readonly sum?: number;
  /** Not cumulative; one more than there are bounds. */
  readonly bucketCounts: readonly (string | number)[];
  readonly explicitBounds: readonly number[];
  readonly min?: number;
  readonly max?: number;
}

export interface OtlpExemplar {
  readonly timeUnixNano: string;
  readonly asDouble: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly filteredAttributes: readonly OtlpAttribute[];
}

/** Who tells the numbers, and when. */
export interface Teller {
  /** `service.instance.id`: the ledger's. */
  readonly instance: string;
  readonly serviceName: string;
  /** Further attributes of the resource. */
  readonly resource: Attributes;
  /** Unix milliseconds. */
  readonly now: number;
  /** A sum of this metric has grown beyond what an export can say, and is told as the largest that it can. */
  readonly onSaturated?: (metric: MetricName) => void;
}

/** AGGREGATION_TEMPORALITY_CUMULATIVE. */
const CUMULATIVE = 2;
/** The most that one request holds, in uncompressed bytes: backends take 4 MiB and more. */
const MOST_BYTES = 3 * 1024 * 1024;
/** Of the name of a metric and what stands around its points, in bytes; generously. */
const METRIC_BYTES = 512;
const GIGA = 1_000_000_000n;
/** Of an int64. */
const LARGEST_INT = 2n ** 63n - 1n;
/** Of unix nanoseconds, as milliseconds: later ones fit into no export. */
const LAST_MILLIS = Number(LAST_MOMENT / 1_000_000n);

/**
 * The cumulative state of all series as OTLP requests, each of at most 3 MiB. They are made one by one as they are
 * asked for; none where there is no series.
 */
export function* toOtlpMetrics(series: Iterable<Series>, teller: Teller): Generator<OtlpMetrics> {
  const resource = resourceOf(teller);
  const empty = sizeOf(resource) + METRIC_BYTES;
  let metrics = new Map<MetricName, OtlpMetric>();
  let bytes = empty;
  for (const one of series) {
    // A ledger may hold what another version of callspan counted.
    if (!Object.hasOwn(METRICS, one.metric)) continue;
    const point = pointOf(one, teller);
    const size = sizeOf(point) + (metrics.has(one.metric) ? 1 : METRIC_BYTES);
    if (bytes + size > MOST_BYTES && metrics.size > 0) {
      yield request(resource, metrics);
      metrics = new Map();
      bytes = empty;
    }
    bytes += size;
    add(metrics, one.metric, point);
  }
  if (metrics.size > 0) yield request(resource, metrics);
}

/** The attributes that all of callspan's own telemetry has in its resource. */
export function resourceAttributesOf({
  instance,
  serviceName,
  resource,
}: Pick<Teller, 'instance' | 'serviceName' | 'resource'>): Attributes {
  return { ...resource, [SERVICE_NAME]: serviceName, 'service.instance.id': instance };
}

function resourceOf(teller: Teller): readonly OtlpAttribute[] {
  return encodeAttributes(resourceAttributesOf(teller));
}

function request(
  attributes: readonly OtlpAttribute[],
  metrics: ReadonlyMap<MetricName, OtlpMetric>,
): OtlpMetrics {
  const scope = { name: SCOPE_NAME, version: METRICS_VERSION };
  return {
    resourceMetrics: [
      { resource: { attributes }, scopeMetrics: [{ scope, metrics: [...metrics.values()] }] },
    ],
  };
}

function add(
  metrics: Map<MetricName, OtlpMetric>,
  name: MetricName,
  point: NumberPoint | HistogramPoint,
): void {
  const { unit, description } = definitionOf(name);
  const known = metrics.get(name);
  if ('bucketCounts' in point) {
    const histogram = known?.histogram ?? { aggregationTemporality: CUMULATIVE, dataPoints: [] };
    histogram.dataPoints.push(point);
    metrics.set(name, known ?? { name, unit, description, histogram });
    return;
  }
  const sum = known?.sum ?? { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints: [] };
  sum.dataPoints.push(point);
  metrics.set(name, known ?? { name, unit, description, sum });
}

function pointOf(series: Series, { now, onSaturated }: Teller): NumberPoint | HistogramPoint {
  const { metric, labels, start, count, sum, buckets, exemplars } = series;
  const { unit, boundaries } = definitionOf(metric);
  const common = {
    attributes: encodeAttributes(labels),
    startTimeUnixNano: nanos(start),
    // A clock that was set back must not make a point that ends before it starts.
    timeUnixNano: nanos(Math.max(now, start)),
  };
  if (boundaries === undefined) {
    // Things that are counted have their name in braces for a unit.
    if (!unit.startsWith('{')) return { ...common, asDouble: Number(sum) / 1e9 };
    const whole = sum / GIGA;
    // A single number that does not fit would have every export refused from now on.
    if (whole > LARGEST_INT) onSaturated?.(metric);
    return { ...common, asInt: String(whole > LARGEST_INT ? LARGEST_INT : whole) };
  }
  return {
    ...common,
    count: String(count),
    sum: Number(sum) / 1e9,
    bucketCounts: buckets.map(String),
    explicitBounds: boundaries,
    exemplars: exemplars.flatMap((exemplar) => exemplar ?? []).map(encodeExemplar),
  };
}

function encodeExemplar({ value, at, traceId, spanId }: Exemplar): OtlpExemplar {
  return { timeUnixNano: nanos(at), asDouble: value, traceId, spanId, filteredAttributes: [] };
}

function nanos(millis: number): string {
  const whole = Math.round(Math.min(Math.max(millis, 0), LAST_MILLIS));
  return whole === 0 ? '0' : `${whole}000000`;
}

function sizeOf(part: object): number {
  return Buffer.byteLength(JSON.stringify(part));
}
