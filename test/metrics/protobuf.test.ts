import fc from 'fast-check';
import { expect, test } from 'vitest';
import { METRICS, type MetricName } from '../../src/metrics/definitions.ts';
import { type OtlpMetrics, toOtlpMetrics } from '../../src/metrics/otlp.ts';
import { metricsProtobuf } from '../../src/metrics/protobuf.ts';
import { OwnMetrics } from '../../src/telemetry/self-metrics.ts';
import { decodeMetrics, decodeProtobufMetrics } from '../fuzz/otlp-decoder.ts';
import { AT, SPAN, seen, seriesOf, TRACE, wait } from './some-series.ts';

const teller = { instance: 'f00d', serviceName: 'callspan', resource: { team: 'ä"b', n: 1 }, now: AT };

/** Protobuf leaves out what is zero, empty or false, and so may JSON. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, bare(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => !(Array.isArray(member) && member.length === 0)));
}

function expectTheSame(request: OtlpMetrics): void {
  expect(bare(decodeProtobufMetrics(metricsProtobuf(request)))).toEqual(bare(decodeMetrics(request)));
}

test('whatever was counted says the same in protobuf as in JSON, by the official definitions', () => {
  const observation = fc.record({
    metric: fc.constantFrom(...(Object.keys(METRICS) as MetricName[])),
    labels: fc.record({ 'gen_ai.agent.id': fc.string({ unit: 'grapheme' }), 'callspan.late': fc.boolean() }),
    value: fc.bigInt({ min: 0n, max: 10n ** 13n }),
    exemplar: fc.option(fc.constant({ traceId: TRACE, spanId: SPAN }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(observation, { maxLength: 40 }), (observations) => {
      const series = seriesOf(
        observations.map(({ exemplar, ...rest }) => (exemplar === undefined ? rest : { ...rest, exemplar })),
      );
      for (const request of toOtlpMetrics(series, teller)) expectTheSame(request);
    }),
  );
});

test('a wait has its buckets, its sum and the way to its span', () => {
  const [request] = toOtlpMetrics(seriesOf([wait(0.4), wait(99)]), teller);
  expectTheSame(request ?? expect.fail('there is no request'));
});

test('callspan’s own metrics say the same too, the least and the most of each included', async () => {
  const own = new OwnMetrics({ 'service.name': 'callspan' }, async () => []);
  own.record('vendorRequestDuration', 0.25, { 'callspan.source': 'a' });
  const request = await own.collect();
  expect(JSON.stringify(request)).toContain('"min":0.25');
  expectTheSame(request);
});

test('a sum that is larger than an int64 is the largest one', () => {
  const series = seriesOf([seen('callspan.turns', 1)]).map((one) => ({ ...one, sum: 10n ** 40n }));
  const [request] = toOtlpMetrics(series, teller);
  expectTheSame(request ?? expect.fail('there is no request'));
});

test('a gauge, and a number below zero, are what they were', () => {
  const point = { attributes: [], startTimeUnixNano: '1', timeUnixNano: '2' };
  const metric = { name: 'n', unit: '1', description: 'd' };
  const metrics = [
    {
      ...metric,
      gauge: {
        dataPoints: [
          { ...point, asInt: '-5' },
          { ...point, asDouble: -0.5 },
        ],
      },
    },
  ];
  expectTheSame({
    resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ scope: { name: 's' }, metrics }] }],
  });
});
