/** Strict reading of an OTLP/JSON metrics request. Temporality has to be cumulative: Prometheus takes nothing else. */
import { checkAttributes } from './attributes.ts';
import type { Findings } from './findings.ts';
import { checkHolder, RESOURCE_FIELDS, SCOPE_FIELDS } from './validate-traces.ts';

const REQUEST = new Set(['resourceMetrics']);
const RESOURCE_METRICS = new Set(['resource', 'scopeMetrics', 'schemaUrl']);
const SCOPE_METRICS = new Set(['scope', 'metrics', 'schemaUrl']);
const METRIC = new Set(['name', 'description', 'unit', 'metadata', 'sum', 'gauge', 'histogram']);
const SUM = new Set(['dataPoints', 'aggregationTemporality', 'isMonotonic']);
const GAUGE = new Set(['dataPoints']);
const HISTOGRAM = new Set(['dataPoints', 'aggregationTemporality']);
const COMMON = ['attributes', 'startTimeUnixNano', 'timeUnixNano', 'exemplars', 'flags'];
const NUMBER_POINT = new Set([...COMMON, 'asDouble', 'asInt']);
const HISTOGRAM_POINT = new Set([...COMMON, 'count', 'sum', 'bucketCounts', 'explicitBounds', 'min', 'max']);
const EXEMPLAR = new Set(['filteredAttributes', 'timeUnixNano', 'asDouble', 'asInt', 'traceId', 'spanId']);
const CUMULATIVE = 2;

type Point = Record<string, unknown>;

/** Finds everything that is wrong with a request by itself; what must not change between requests is the store's. */
export function checkMetrics(payload: unknown, findings: Findings): void {
  const request = findings.object(payload, 'request', REQUEST);
  if (request === undefined) return;
  findings.list(request.resourceMetrics, 'resourceMetrics', true).forEach((item, place) => {
    const where = `resourceMetrics[${place}]`;
    const group = findings.object(item, where, RESOURCE_METRICS);
    if (group === undefined) return;
    checkHolder(group.resource, `${where}.resource`, RESOURCE_FIELDS, findings);
    findings.list(group.scopeMetrics, `${where}.scopeMetrics`, true).forEach((inner, innerPlace) => {
      const at = `${where}.scopeMetrics[${innerPlace}]`;
      const scoped = findings.object(inner, at, SCOPE_METRICS);
      if (scoped === undefined) return;
      checkHolder(scoped.scope, `${at}.scope`, SCOPE_FIELDS, findings);
      findings.list(scoped.metrics, `${at}.metrics`, true).forEach((metric, metricPlace) => {
        checkMetric(metric, `${at}.metrics[${metricPlace}]`, findings);
      });
    });
  });
}

function checkMetric(item: unknown, where: string, findings: Findings): void {
  const metric = findings.object(item, where, METRIC);
  if (metric === undefined) return;
  if (typeof metric.name !== 'string' || metric.name === '')
    findings.add(`${where}.name`, 'must be a string that is not empty');
  findings.text(metric.description, `${where}.description`);
  findings.text(metric.unit, `${where}.unit`);
  const kinds = ['sum', 'gauge', 'histogram'].filter((kind) => metric[kind] !== undefined);
  if (kinds.length !== 1) findings.add(where, 'must have exactly one kind of data');
  if (metric.sum !== undefined) {
    const sum = findings.object(metric.sum, `${where}.sum`, SUM);
    if (sum !== undefined && typeof sum.isMonotonic !== 'boolean')
      findings.add(`${where}.sum.isMonotonic`, 'must be a boolean');
    checkData(sum, `${where}.sum`, checkNumber, true, findings);
  }
  if (metric.gauge !== undefined) {
    const gauge = findings.object(metric.gauge, `${where}.gauge`, GAUGE);
    checkData(gauge, `${where}.gauge`, checkNumber, false, findings);
  }
  if (metric.histogram !== undefined) {
    const histogram = findings.object(metric.histogram, `${where}.histogram`, HISTOGRAM);
    checkData(histogram, `${where}.histogram`, checkHistogram, true, findings);
  }
}

type CheckPoint = (item: unknown, where: string, findings: Findings) => Point | undefined;

function checkData(
  data: Point | undefined,
  where: string,
  check: CheckPoint,
  accumulates: boolean,
  findings: Findings,
): void {
  if (data === undefined) return;
  if (accumulates && data.aggregationTemporality !== CUMULATIVE) {
    findings.add(`${where}.aggregationTemporality`, 'must be 2 (cumulative)');
  }
  findings.list(data.dataPoints, `${where}.dataPoints`, true).forEach((item, place) => {
    const at = `${where}.dataPoints[${place}]`;
    const point = check(item, at, findings);
    if (point === undefined) return;
    checkAttributes(point.attributes, `${at}.attributes`, findings);
    const time = findings.nanos(point.timeUnixNano, `${at}.timeUnixNano`);
    if (accumulates || point.startTimeUnixNano !== undefined) {
      const start = findings.nanos(point.startTimeUnixNano, `${at}.startTimeUnixNano`);
      if (start !== undefined && time !== undefined && start > time)
        findings.add(at, 'was observed before it started');
    }
    findings.count(point.flags, `${at}.flags`);
    findings.list(point.exemplars, `${at}.exemplars`).forEach((exemplar, exemplarPlace) => {
      checkExemplar(exemplar, `${at}.exemplars[${exemplarPlace}]`, findings);
    });
  });
}

function checkNumber(item: unknown, where: string, findings: Findings): Point | undefined {
  const point = findings.object(item, where, NUMBER_POINT);
  if (point !== undefined) checkOneNumber(point, where, findings);
  return point;
}

function checkHistogram(item: unknown, where: string, findings: Findings): Point | undefined {
  const point = findings.object(item, where, HISTOGRAM_POINT);
  if (point === undefined) return undefined;
  const count = wholeNumber(point.count);
  if (count === undefined) findings.add(`${where}.count`, 'must be a whole number');
  if (typeof point.sum !== 'number') findings.add(`${where}.sum`, 'must be a finite number');
  const buckets = findings.list(point.bucketCounts, `${where}.bucketCounts`, true).map(wholeNumber);
  const bounds = findings.list(point.explicitBounds, `${where}.explicitBounds`, true);
  if (buckets.length !== bounds.length + 1) findings.add(where, 'must have one bucket more than bounds');
  if (buckets.includes(undefined)) findings.add(`${where}.bucketCounts`, 'must be whole numbers');
  const sum = buckets.reduce<number>((total, bucket) => total + (bucket ?? 0), 0);
  if (count !== undefined && sum !== count)
    findings.add(where, `has ${sum} in its buckets and a count of ${count}`);
  bounds.forEach((bound, place) => {
    const before = bounds[place - 1];
    if (typeof bound !== 'number' || (typeof before === 'number' && bound <= before)) {
      findings.add(`${where}.explicitBounds[${place}]`, 'must be a number above the one before');
    }
  });
  return point;
}

function checkExemplar(item: unknown, where: string, findings: Findings): void {
  const exemplar = findings.object(item, where, EXEMPLAR);
  if (exemplar === undefined) return;
  checkOneNumber(exemplar, where, findings);
  findings.nanos(exemplar.timeUnixNano, `${where}.timeUnixNano`);
  checkAttributes(exemplar.filteredAttributes, `${where}.filteredAttributes`, findings);
  if (exemplar.traceId !== undefined || exemplar.spanId !== undefined) {
    findings.id(exemplar.traceId, `${where}.traceId`, 32);
    findings.id(exemplar.spanId, `${where}.spanId`, 16);
  }
}

function checkOneNumber(point: Point, where: string, findings: Findings): void {
  const double = typeof point.asDouble === 'number';
  const integer = point.asInt !== undefined && Number.isSafeInteger(Number(point.asInt));
  if (double === integer) findings.add(where, 'must have exactly one of asDouble and asInt, a finite number');
}

/** 64-bit counts come as numbers or as decimal digits. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
