import pino from 'pino';
import { expect, test } from 'vitest';
import type { Observation } from '../../src/metrics/observe.ts';
import type { OtlpMetrics } from '../../src/metrics/otlp.ts';
import { Report } from '../../src/telemetry/metrics-report.ts';
import { OwnMetrics } from '../../src/telemetry/self-metrics.ts';
import { systemClock } from '../../src/time/clock.ts';
import { AGENT, AT, seen, TRACE } from '../metrics/some-series.ts';
import { makeLedger } from './test-ledger.ts';

const METRICS = ['callspan.response.latency', 'callspan.phase.latency', 'callspan.tool.duration'] as const;

/** One value of each of so many series that they take more than one request. */
const MANY = METRICS.flatMap((metric) =>
  Array.from({ length: 1_900 }, (_, index): Observation => {
    const exemplar = { traceId: TRACE, spanId: 'b7ad6b7169203331' };
    return seen(metric, 0.4, { ...AGENT, 'gen_ai.agent.id': `agent-${index}` }, exemplar);
  }),
);

function counts({ resourceMetrics }: OtlpMetrics): unknown[] {
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scoped) => scoped.metrics),
  );
  return metrics.flatMap(({ histogram }) => histogram?.dataPoints.map(({ count }) => count) ?? []);
}

test('the requests of one export tell of one moment, although the ledger goes on counting between them', async () => {
  const state = await makeLedger();
  await state.deliver('c1', MANY, AT);
  const teller = { instance: 'f00d', serviceName: 'callspan', resource: {} };
  const own = new OwnMetrics({}, async () => []);
  const report = new Report({
    ledger: state.ledger,
    teller,
    own,
    clock: systemClock,
    log: pino({ level: 'silent' }),
  });

  const told: unknown[] = [];
  let requests = 0;
  for await (const request of report.requests()) {
    told.push(...counts(request));
    requests++;
    await state.deliver(`c-${requests}-later`, MANY, AT);
  }
  expect(requests).toBeGreaterThan(1);
  expect(told).toEqual(MANY.map(() => '1'));

  const [next] = counts((await report.requests().next()).value ?? expect.fail('there is no request'));
  expect(next).toBe(String(1 + requests));
});

test('a sum beyond what an export can say is exported as the largest there is, and told of once', async () => {
  const state = await makeLedger();
  const much = 2n ** 63n * 1_000_000_000n;
  await state.deliver(
    'c1',
    [{ metric: 'callspan.tokens', labels: AGENT, value: much }, seen('callspan.turns', 1)],
    AT,
  );
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  const teller = { instance: 'f00d', serviceName: 'callspan', resource: {} };
  const report = new Report({
    ledger: state.ledger,
    teller,
    own: new OwnMetrics({}, async () => []),
    clock: systemClock,
    log,
  });
  for (let times = 0; times < 3; times++) {
    const { value } = (await report.requests().next()) as { value: OtlpMetrics };
    const metrics = value.resourceMetrics.flatMap((one) =>
      one.scopeMetrics.flatMap((scoped) => scoped.metrics),
    );
    expect(metrics?.map(({ name, sum }) => [name, sum?.dataPoints[0]?.asInt])).toEqual([
      ['callspan.tokens', '9223372036854775807'],
      ['callspan.turns', '1'],
    ]);
  }
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('callspan.tokens');
});
