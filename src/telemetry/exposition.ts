import type { HistogramPoint, NumberPoint, OtlpExemplar, OtlpMetric, OtlpMetrics } from '../metrics/otlp.ts';
import type { OtlpAttribute, OtlpValue } from '../trace/otlp.ts';

/**
 * OTLP metrics as text for Prometheus, under the names that Prometheus itself gives to OTLP metrics when they are
 * pushed, so that one dashboard serves both ways. Exemplars and start times only in OpenMetrics: the older format
 * has no room for them.
 * Sources: Prometheus, "Text-based format" and its OTLP translation (UnderscoreEscapingWithSuffixes); OpenMetrics 1.0.
 */

export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const CONTENT_TYPES: Record<ExpositionFormat, string> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Whether a request's `Accept` asks for OpenMetrics. */
export function asksFor(accept: string | undefined): ExpositionFormat {
  return /application\/openmetrics-text/i.test(accept ?? '') ? 'openmetrics' : 'prometheus';
}

/** Units as suffixes of names; what is counted, in braces, is none. */
const SUFFIXES: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

/** The text of one answer, line by line. Metrics of one name must not be apart from each other. */
export function* exposition(requests: Iterable<OtlpMetrics>, format: ExpositionFormat): Generator<string> {
  const families = new Map<string, OtlpMetric[]>();
  let resource: readonly OtlpAttribute[] = [];
  for (const { resourceMetrics } of requests) {
    for (const { resource: own, scopeMetrics } of resourceMetrics) {
      resource = own.attributes;
      for (const metric of scopeMetrics.flatMap((scoped) => scoped.metrics)) {
        families.set(metric.name, [...(families.get(metric.name) ?? []), metric]);
      }
    }
  }
  yield* target(resource, format);
  for (const metrics of families.values()) yield* family(metrics, format);
  if (format === 'openmetrics') yield '# EOF\n';
}

/** Who tells this: the resource, once, instead of labels on every line. */
function* target(resource: readonly OtlpAttribute[], format: ExpositionFormat): Generator<string> {
  if (resource.length === 0) return;
  yield format === 'openmetrics' ? '# TYPE target info\n' : '# TYPE target_info gauge\n';
  yield `target_info${labelSet(resource)} 1\n`;
}

function* family(metrics: readonly OtlpMetric[], format: ExpositionFormat): Generator<string> {
  const [first] = metrics;
  if (first === undefined) return;
  const suffix = SUFFIXES[first.unit] ?? (first.unit.startsWith('{') ? '' : first.unit);
  const base = withSuffix(first.name.replace(/[^a-zA-Z\d:]+/g, '_'), suffix);
  const isCounter = first.sum?.isMonotonic === true;
  // In OpenMetrics the family goes without the suffix that its samples have.
  const named = isCounter && format === 'prometheus' ? `${base}_total` : base;
  const type = isCounter ? 'counter' : first.histogram ? 'histogram' : 'gauge';
  yield `# HELP ${named} ${escapeHelp(first.description)}\n# TYPE ${named} ${type}\n`;
  if (format === 'openmetrics' && suffix !== '') yield `# UNIT ${named} ${suffix}\n`;
  for (const { sum, gauge, histogram } of metrics) {
    for (const point of histogram?.dataPoints ?? []) yield* histogramLines(base, point, format);
    for (const point of sum?.dataPoints ?? []) {
      const labels = labelSet(point.attributes);
      yield `${isCounter ? `${base}_total` : base}${labels} ${numberText(point)}\n`;
      if (isCounter && format === 'openmetrics') yield created(base, labels, point);
    }
    for (const point of gauge?.dataPoints ?? []) {
      yield `${base}${labelSet(point.attributes)} ${numberText(point)}\n`;
    }
  }
}

function* histogramLines(name: string, point: HistogramPoint, format: ExpositionFormat): Generator<string> {
  const labels = labelSet(point.attributes);
  const { explicitBounds, bucketCounts } = point;
  let below = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const [index, bucket] of bucketCounts.entries()) {
    const bound = explicitBounds[index] ?? Number.POSITIVE_INFINITY;
    count += Number(bucket);
    const le = Number.isFinite(bound) ? floatText(bound) : '+Inf';
    const exemplar = format === 'openmetrics' ? exemplarBetween(point, below, bound) : '';
    yield `${name}_bucket${labelSet(point.attributes, `le="${le}"`)} ${count}${exemplar}\n`;
    below = bound;
  }
  yield `${name}_sum${labels} ${point.sum ?? 0}\n${name}_count${labels} ${point.count}\n`;
  if (format === 'openmetrics') yield created(name, labels, point);
}

/** When a series began: without it, Prometheus takes no notice of a series' first values. */
function created(name: string, labels: string, { startTimeUnixNano }: NumberPoint | HistogramPoint): string {
  return `${name}_created${labels} ${seconds(startTimeUnixNano)}\n`;
}

function exemplarBetween({ exemplars = [] }: HistogramPoint, below: number, bound: number): string {
  const found = exemplars.find(({ asDouble }) => asDouble > below && asDouble <= bound);
  return found === undefined ? '' : exemplarText(found);
}

function exemplarText({ traceId, spanId, asDouble, timeUnixNano }: OtlpExemplar): string {
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${asDouble} ${seconds(timeUnixNano)}`;
}

function withSuffix(name: string, suffix: string): string {
  return suffix === '' || name.split('_').includes(suffix) ? name : `${name}_${suffix}`;
}

function labelSet(attributes: readonly OtlpAttribute[], more?: string): string {
  const labels = attributes.map(({ key, value }) => `${labelName(key)}="${escapeLabel(textOf(value))}"`);
  if (more !== undefined) labels.push(more);
  return labels.length === 0 ? '' : `{${labels.join(',')}}`;
}

function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z\d_]/g, '_');
  return /^\d/.test(name) ? `key_${name}` : name;
}

function textOf({ stringValue, boolValue, intValue, doubleValue }: OtlpValue): string {
  return String(stringValue ?? boolValue ?? intValue ?? doubleValue ?? '');
}

function numberText({ asInt, asDouble }: NumberPoint): string {
  return String(asInt ?? asDouble ?? 0);
}

/** OpenMetrics, and Prometheus 3 in storage, write every bound as a float. */
function floatText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

/** Nanoseconds as a decimal number of seconds, exactly. */
function seconds(nanos: string): string {
  const digits = nanos.padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9, -6)}`;
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}
