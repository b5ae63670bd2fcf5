import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSink } from '../../sandbox/index.ts';
import { LATENCY_BOUNDARIES, METRICS, type MetricName } from '../../src/metrics/definitions.ts';
import { type OtlpMetrics, type Teller, toOtlpMetrics } from '../../src/metrics/otlp.ts';
import type { Series } from '../../src/metrics/series.ts';
import { AGENT, AT, SPAN, seen, seriesOf, TRACE, wait } from './some-series.ts';

const teller: Teller = {
  instance: 'f00d',
  serviceName: 'callspan',
  resource: { 'deployment.environment.name': 'test' },
  now: AT + 60_000,
};

const MOST_BYTES = 3 * 1024 * 1024;

function requestOf(series: Iterable<Series>, now = teller.now): OtlpMetrics {
  const [first, ...others] = toOtlpMetrics(series, { ...teller, now });
  expect(others).toEqual([]);
  return first ?? expect.fail('there is no request');
}

function metricsOf(request: OtlpMetrics) {
  return request.resourceMetrics.flatMap((resource) => resource.scopeMetrics.flatMap((s) => s.metrics));
}

describe('the numbers as OTLP', () => {
  test('say who tells them: the ledger is the instance, whatever the process', () => {
    const [resource] = requestOf(seriesOf([wait(0.4)])).resourceMetrics;
    expect(resource?.resource.attributes).toEqual([
      { key: 'deployment.environment.name', value: { stringValue: 'test' } },
      { key: 'service.name', value: { stringValue: 'callspan' } },
      { key: 'service.instance.id', value: { stringValue: 'f00d' } },
    ]);
    expect(resource?.scopeMetrics.map(({ scope }) => scope)).toEqual([{ name: 'callspan', version: '1' }]);
  });

  test('are nothing at all where nothing was counted', () => {
    expect([...toOtlpMetrics([], teller)]).toEqual([]);
  });

  test('a counter of things is a monotonic, cumulative sum in whole numbers', () => {
    const turns = [1, 1, 1].map(() => seen('callspan.turns', 1));
    expect(metricsOf(requestOf(seriesOf(turns)))).toEqual([
      {
        name: 'callspan.turns',
        unit: '{turn}',
        description: METRICS['callspan.turns'].description,
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [
            {
              attributes: [
                { key: 'callspan.source', value: { stringValue: 'tavus' } },
                { key: 'gen_ai.agent.id', value: { stringValue: 'p1' } },
                { key: 'callspan.late', value: { boolValue: false } },
              ],
              startTimeUnixNano: `${AT - 1}000000`,
              timeUnixNano: `${AT + 60_000}000000`,
              asInt: '3',
            },
          ],
        },
      },
    ]);
  });

  test('money is a sum with a fraction, the same in whatever order it was spent', () => {
    const spent = [0.1, 0.2, 0.0733096].map((usd) => seen('callspan.cost', usd));
    for (const order of [spent, spent.toReversed()]) {
      const [cost] = metricsOf(requestOf(seriesOf(order)));
      expect(cost?.sum?.dataPoints[0]).toMatchObject({ asDouble: 0.3733096 });
      expect(cost?.sum?.dataPoints[0]).not.toHaveProperty('asInt');
    }
  });

  test('a histogram has its buckets, its sum, and the way to the latest wait in each bucket', () => {
    const other = 'a3ce929d0e0e4736';
    const [latency] = metricsOf(requestOf(seriesOf([wait(0.45), wait(0.4, other), wait(0.9), wait(99)])));
    const buckets = new Array<string>(LATENCY_BOUNDARIES.length + 1).fill('0');
    buckets[LATENCY_BOUNDARIES.indexOf(0.5)] = '2';
    buckets[LATENCY_BOUNDARIES.indexOf(1)] = '1';
    buckets[LATENCY_BOUNDARIES.length] = '1';
    const exemplar = { timeUnixNano: `${AT}000000`, traceId: TRACE, spanId: SPAN, filteredAttributes: [] };
    expect(latency).toMatchObject({
      name: 'callspan.response.latency',
      unit: 's',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            startTimeUnixNano: `${AT - 1}000000`,
            count: '4',
            sum: 100.75,
            bucketCounts: buckets,
            explicitBounds: LATENCY_BOUNDARIES,
            exemplars: [
              { ...exemplar, asDouble: 0.4, spanId: other },
              { ...exemplar, asDouble: 0.9 },
              { ...exemplar, asDouble: 99 },
            ],
          },
        ],
      },
    });
  });

  test('a clock that was set back makes no point that ends before it starts', () => {
    const [turns] = metricsOf(requestOf(seriesOf([seen('callspan.turns', 1)]), AT - 3_600_000));
    const { startTimeUnixNano, timeUnixNano } = turns?.sum?.dataPoints[0] ?? expect.fail('no point');
    expect(timeUnixNano).toBe(startTimeUnixNano);
  });

  test('what another version of callspan counted under another name is left in the ledger', () => {
    const [turns] = seriesOf([seen('callspan.turns', 1)]);
    const unknown = { ...turns, metric: 'callspan.of.another.version' as MetricName } as Series;
    expect([...toOtlpMetrics([unknown], teller)]).toEqual([]);
  });
});

test('any series arrive at a strict collector: each once, unchanged, in requests of at most 3 MiB', async () => {
  const labels = fc.record({ 'gen_ai.agent.id': fc.string({ maxLength: 8 }), 'callspan.late': fc.boolean() });
  const observation = fc.record({
    metric: fc.constantFrom(...(Object.keys(METRICS) as MetricName[])),
    labels,
    value: fc.bigInt({ min: 0n, max: 10n ** 13n }).map((value) => value - (value % 1_000_000_000n)),
  });
  const sink = await startSink();
  onTestFinished(() => sink.close());
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { minLength: 1, maxLength: 60 }), async (observations) => {
      sink.clear();
      const series = seriesOf(observations);
      for (const request of toOtlpMetrics(series, teller)) {
        const body = JSON.stringify(request);
        const headers = { 'content-type': 'application/json' };
        expect((await fetch(sink.metricsUrl, { method: 'POST', headers, body })).status).toBe(200);
      }
      expect(sink.violations).toEqual([]);
      expect(sink.metrics.series()).toHaveLength(series.length);
      for (const { metric, labels: own, count, sum } of series) {
        const total = Number(sum / 1_000_000_000n);
        const expected =
          METRICS[metric].kind === 'histogram' ? { count: Number(count), sum: total } : { value: total };
        expect(sink.metrics.one(metric, own)?.last).toMatchObject(expected);
      }
    }),
    { numRuns: 40 },
  );
});

describe('many series', () => {
  const AGENTS = 4_000;
  const many = Array.from({ length: AGENTS }, (_, index): Series[] => {
    // Some have names that nobody would expect.
    const name = index % 100 === 0 ? 'ü'.repeat(50_000) : 'ü';
    const labels = { ...AGENT, 'gen_ai.agent.id': `${name}-${index}` };
    const [waits] = seriesOf([
      seen('callspan.response.latency', 0.4, labels, { traceId: TRACE, spanId: SPAN }),
    ]);
    const [turns] = seriesOf([seen('callspan.turns', 1, labels)]);
    return waits && turns ? [waits, turns] : [];
  }).flat();

  test('go out in several requests, none above 3 MiB, and each series in one of them', () => {
    const resource = { 'k8s.annotations': 'x'.repeat(100_000) };
    const requests = [...toOtlpMetrics(many, { ...teller, resource })];
    expect(requests.length).toBeGreaterThan(1);
    const keys = new Set<string>();
    for (const request of requests) {
      expect(Buffer.byteLength(JSON.stringify(request))).toBeLessThanOrEqual(MOST_BYTES);
      const metrics = metricsOf(request);
      expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
      for (const { name, sum, histogram } of metrics) {
        for (const { attributes } of [...(sum?.dataPoints ?? []), ...(histogram?.dataPoints ?? [])]) {
          keys.add(`${name} ${JSON.stringify(attributes)}`);
        }
      }
    }
    expect(keys.size).toBe(2 * AGENTS);
    // Full requests: half empty ones would be more of them than necessary.
    const bytes = requests.map((request) => Buffer.byteLength(JSON.stringify(request)));
    for (const full of bytes.slice(0, -1)) expect(full).toBeGreaterThan(0.9 * MOST_BYTES);
  });

  test('are written only as they are sent', () => {
    let written = 0;
    const counting = many.map((series) => ({
      ...series,
      get count() {
        written++;
        return 1n;
      },
    }));
    const requests = toOtlpMetrics(counting, teller);
    requests.next();
    expect(written).toBeLessThan(many.length);
  });
});

test('moments that no export can say are brought to where one can', () => {
  const far = seriesOf([seen('callspan.turns', 1)]);
  for (const now of [1e300, -5, Number.MAX_SAFE_INTEGER]) {
    const [metric] = metricsOf(
      requestOf(
        [...far].map((series) => ({ ...series, start: now })),
        now,
      ),
    );
    const point = metric?.sum?.dataPoints[0] ?? expect.fail('there is no point');
    for (const time of [point.startTimeUnixNano, point.timeUnixNano]) {
      expect(time).toMatch(/^\d{1,19}$/);
      expect(BigInt(time) < 2n ** 63n).toBe(true);
    }
  }
});
