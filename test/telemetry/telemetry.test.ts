import { statSync } from 'node:fs';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Sink, startSink } from '../../sandbox/index.ts';
import { INSTRUMENTS, type InstrumentKey, instrumentOf } from '../../src/telemetry/instruments.ts';
import type { Telemetry } from '../../src/telemetry/telemetry.ts';
import { TestClock } from '../http/test-clock.ts';
import { closedPort } from '../http/test-server.ts';
import { seen, wait } from '../metrics/some-series.ts';
import { makeLedger, type TestLedger } from './test-ledger.ts';
import { telemetryOn, watchConsole } from './test-telemetry.ts';

const NOW = Date.now();
const TAVUS = { 'callspan.source': 'tavus' };
const RESOURCE = { OTEL_RESOURCE_ATTRIBUTES: 'team=voice', OTEL_SERVICE_NAME: 'bridge' };

let state: TestLedger;
let sink: Sink;

beforeEach(async () => {
  state = await makeLedger();
  sink = await startSink();
  onTestFinished(() => sink.close());
});

const toSink = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...RESOURCE });

/** One of everything that a bridge can tell. */
function tellAll(telemetry: Telemetry): void {
  telemetry.vendorResponse('tavus', { status: 200, ms: 40 });
  telemetry.vendorResponse('tavus', { status: 429, ms: 4 });
  telemetry.vendorError('tavus', { reason: 'connect ECONNREFUSED 127.0.0.1:443', ms: 1_500 });
  telemetry.delivery('tavus', { kind: 'accepted', rejectedSpans: 2 });
  telemetry.delivery('tavus', { kind: 'accepted', rejectedSpans: 0 });
  telemetry.delivery('tavus', { kind: 'failed', blame: 'conversation', status: 400, reason: 'no' });
  telemetry.delivery('tavus', { kind: 'failed', blame: 'unknown', reason: 'away' });
  telemetry.drift('tavus', 3);
  telemetry.webhook('tavus', { type: 'system.shutdown', verdict: 'kept' });
  telemetry.webhookDisabled('tavus', true);
}

describe('what the bridge tells', () => {
  test('is counted by source and by what happened', async () => {
    const { telemetry } = await telemetryOn(state, toSink());
    tellAll(telemetry);
    await telemetry.close();
    const { metrics } = sink;
    const requests = (code: number) =>
      metrics.total('callspan.vendor.requests', { ...TAVUS, 'http.response.status_code': code });
    expect([requests(200), requests(429)]).toEqual([1, 1]);
    expect(
      metrics.one('callspan.vendor.errors', { ...TAVUS, 'error.type': 'ECONNREFUSED' })?.last.value,
    ).toBe(1);
    const durations = metrics.matching('callspan.vendor.request.duration', TAVUS);
    expect(durations.map(({ attributes, last }) => [attributes['error.type'], last.count, last.sum])).toEqual(
      [
        [undefined, 2, 0.044],
        ['ECONNREFUSED', 1, 1.5],
      ],
    );
    const deliveries = (result: string) =>
      metrics.total('callspan.deliveries', { ...TAVUS, 'callspan.result': result });
    expect(['accepted', 'rejected', 'unavailable'].map(deliveries)).toEqual([2, 1, 1]);
    expect(metrics.total('callspan.delivery.spans_rejected', TAVUS)).toBe(2);
    expect(metrics.total('callspan.drift', TAVUS)).toBe(3);
    expect(sink.violations).toEqual([]);
  });

  test('is every instrument of the table, with the units and attributes that it documents', async () => {
    await state.ledger.source('tavus', 'tavus');
    const webhooks = { CALLSPAN_WEBHOOKS: '0', TAVUS_WEBHOOK_TOKEN: 'token-0123456789abcdef' };
    // The vendor of the last keeps conversations for a while only.
    const { telemetry } = await telemetryOn(state, { ...toSink(), ...webhooks, VAPI_API_KEY: 'another-key' });
    tellAll(telemetry);
    await telemetry.close();
    for (const key of Object.keys(INSTRUMENTS) as InstrumentKey[]) {
      const { name, kind, unit, attributes, boundaries } = instrumentOf(key);
      const series = sink.metrics.series(name);
      expect(series.length, name).toBeGreaterThan(0);
      for (const one of series) {
        expect(one.unit).toBe(unit);
        expect(one.kind).toBe(kind === 'histogram' || kind === 'gauge' ? kind : 'sum');
        expect(one.isMonotonic).toBe(kind !== 'gauge');
        expect(attributes).toEqual(expect.arrayContaining(Object.keys(one.attributes)));
        expect(one.last.bounds).toEqual(boundaries);
      }
      const used = new Set(series.flatMap((one) => Object.keys(one.attributes)));
      expect([...used].sort()).toEqual([...attributes].sort());
    }
    const documented = new Set<string>(Object.values(INSTRUMENTS).map(({ name }) => name));
    expect(sink.metrics.series().filter(({ name }) => !documented.has(name))).toEqual([]);
  });

  test('goes on growing from export to export, in one series each', async () => {
    const clock = new TestClock();
    const { telemetry } = await telemetryOn(state, toSink(), clock);
    const stop = new AbortController();
    const running = telemetry.run(stop.signal);
    for (let round = 1; round <= 3; round++) {
      telemetry.drift('tavus', 1);
      await expect.poll(() => clock.sleeping).toBe(1);
      clock.advance(60_000);
      await expect.poll(() => sink.metrics.total('callspan.drift')).toBe(round);
    }
    stop.abort();
    await running;
    const { history } = sink.metrics.one('callspan.drift') ?? expect.fail('there is no series');
    expect(history.map(({ value }) => value)).toEqual([1, 2, 3]);
    expect(new Set(history.map(({ startTimeUnixNano }) => startTimeUnixNano)).size).toBe(1);
  });
});

describe('the state of things', () => {
  test('is read from the ledger', async () => {
    await state.bury('dead-1', NOW);
    await state.bury('dead-2', NOW);
    await state.deliver('delivered', [], NOW);
    const source = await state.ledger.source('tavus', 'tavus');
    const old = { id: 'old', ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
    await state.ledger.conversations.see(source, [old], NOW);
    await state.ledger.record([{ source, id: 'old', kind: 'parked', reason: 'too old' }], NOW);
    const due = { ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
    const active = { ...due, id: 'talking', ended: false };
    await state.ledger.conversations.see(source, [{ ...due, id: 'due' }, active], NOW);

    const { telemetry } = await telemetryOn(state, toSink());
    telemetry.drift('tavus', 1);
    await telemetry.close();
    expect(sink.metrics.one('callspan.dead_letters', TAVUS)?.last.value).toBe(2);
    expect(sink.metrics.one('callspan.parked', TAVUS)?.last.value).toBe(1);
    expect(sink.metrics.one('callspan.pending', TAVUS)?.last.value).toBe(2);
    const size = statSync(state.file).size + statSync(`${state.file}-wal`).size;
    expect(sink.metrics.one('callspan.ledger.size')?.last.value).toBe(size);
  });

  test('has how long a vendor keeps conversations, where that is not for ever', async () => {
    const { telemetry } = await telemetryOn(state, { ...toSink(), VAPI_API_KEY: 'another-key' });
    telemetry.drift('tavus', 1);
    await telemetry.close();
    const retention = (source: string) =>
      sink.metrics.one('callspan.source.retention', { 'callspan.source': source })?.last.value;
    expect([retention('vapi'), retention('tavus')]).toEqual([14 * 86_400, undefined]);
  });

  test('has the lag of a source: since the last complete poll, else the last one of another process', async () => {
    const clock = new TestClock({ now: NOW });
    const lags = async (settings: (telemetry: Telemetry) => void): Promise<number | undefined> => {
      const { telemetry } = await telemetryOn(state, toSink(), clock);
      telemetry.drift('tavus', 1);
      clock.advance(10_000);
      settings(telemetry);
      await telemetry.close();
      return sink.metrics.one('callspan.lag', TAVUS)?.last.value;
    };
    expect(await lags(() => undefined)).toBe(10);
    const source = await state.ledger.source('tavus', 'tavus');
    await state.ledger.sources.walked(source, clock.now() - 3_600_000, undefined);
    expect(await lags(() => undefined)).toBe(3_610);
    const poll = { at: clock.now() + 8_000, next: clock.now() + 60_000 };
    expect(await lags((telemetry) => telemetry.polled('tavus', { ...poll, complete: false }))).toBe(3_620);
    expect(await lags((telemetry) => telemetry.polled('tavus', { ...poll, complete: true }))).toBe(12);
  });

  test('has whether the collector is there', async () => {
    const { telemetry, config } = await telemetryOn(state, { ...toSink(), CALLSPAN_LISTEN: '0' });
    const { destination } = config.sources[0] ?? expect.fail('no source');
    const up = async () => {
      const text = await (await fetch(`${telemetry.url}/metrics`)).text();
      return /^callspan_collector_up\{(.*)\} (\d)$/m.exec(text)?.slice(1);
    };
    const place = `server_address="127.0.0.1",server_port="${new URL(sink.url).port}"`;
    expect(await up()).toEqual([place, '1']);
    telemetry.collectorAway(destination, 'answered 503');
    expect(await up()).toEqual([place, '0']);
    telemetry.collectorBack(destination);
    expect(await up()).toEqual([place, '1']);
  });
});

describe('the numbers of the ledger', () => {
  test('go out at the start, before anything has happened, and without the rest', async () => {
    await state.deliver('c1', [wait(0.4), seen('callspan.turns', 1)], NOW);
    const { telemetry } = await telemetryOn(state, toSink());
    const stop = new AbortController();
    const running = telemetry.run(stop.signal);
    await expect.poll(() => sink.metrics.series()).toHaveLength(2);
    stop.abort();
    await running;
    expect(sink.metrics.one('callspan.response.latency')?.last).toMatchObject({ count: 1, sum: 0.4 });
  });

  test('have the same resource as callspan’s own', async () => {
    await state.deliver('c1', [wait(0.4)], NOW);
    const { telemetry } = await telemetryOn(state, toSink());
    tellAll(telemetry);
    await telemetry.close();
    const resource = {
      team: 'voice',
      'service.name': 'bridge',
      'service.instance.id': state.ledger.instance,
    };
    for (const series of sink.metrics.series()) expect(series.resource).toEqual(resource);
    expect(sink.metrics.series().length).toBeGreaterThan(10);
  });

  test('go on where they were after a restart', async () => {
    await state.deliver('c1', [wait(0.4)], NOW);
    const first = await telemetryOn(state, toSink());
    await first.telemetry.close();
    await state.deliver('c2', [wait(0.4)], NOW + 1_000);
    await state.deliver('c1', [wait(0.4)], NOW + 2_000);
    const second = await telemetryOn(state, toSink());
    await second.telemetry.close();
    const { history } = sink.metrics.one('callspan.response.latency') ?? expect.fail('there is no series');
    expect(history.map(({ count }) => count)).toEqual([1, 2]);
    expect(new Set(history.map(({ startTimeUnixNano }) => startTimeUnixNano)).size).toBe(1);
    expect(sink.violations).toEqual([]);
  });
});

describe('with everything off', () => {
  test('nothing is sent, nothing listens, and everything may still be called', async () => {
    await state.deliver('c1', [wait(0.4)], NOW);
    const { telemetry, config, lines } = await telemetryOn(state, {
      ...toSink(),
      OTEL_METRICS_EXPORTER: 'none',
    });
    const { destination } = config.sources[0] ?? expect.fail('no source');
    tellAll(telemetry);
    telemetry.collectorAway(destination, 'answered 503');
    telemetry.polled('tavus', { at: NOW, next: NOW, complete: true });
    const work = telemetry.carry('tavus', 'c1');
    work.part('fetch').end('ready');
    work.end('delivered');
    telemetry.poll('tavus').end('complete');
    const stop = new AbortController();
    const running = telemetry.run(stop.signal);
    stop.abort();
    await running;
    await telemetry.close();
    expect(telemetry.url).toBeUndefined();
    expect(sink.requests.total).toBe(0);
    expect(lines).toEqual([]);
  });
});

test('a collector that is not there is told in one line, of numbers and own metrics together', async () => {
  const console = watchConsole();
  await state.deliver('c1', [wait(0.4)], NOW);
  const away = `http://127.0.0.1:${await closedPort()}`;
  const { telemetry, lines } = await telemetryOn(state, { OTEL_EXPORTER_OTLP_ENDPOINT: away });
  tellAll(telemetry);
  const stop = new AbortController();
  const running = telemetry.run(stop.signal);
  await expect.poll(() => lines).toHaveLength(1);
  stop.abort();
  await running;
  await telemetry.close();
  expect(lines.filter(({ level }) => level !== 'debug')).toMatchObject([
    { level: 'warn', fields: { reason: expect.stringContaining('ECONNREFUSED') } },
  ]);
  expect(console()).toEqual([]);
});

test('a collector that is known to be away needs no second warning, unless the numbers still fail when it is back', async () => {
  await state.deliver('c1', [wait(0.4)], NOW);
  const away = `http://127.0.0.1:${await closedPort()}`;
  const clock = new TestClock({ now: NOW });
  const { telemetry, lines, config } = await telemetryOn(state, { OTEL_EXPORTER_OTLP_ENDPOINT: away }, clock);
  const { destination } = config.sources[0] ?? expect.fail('no source');
  telemetry.collectorAway(destination, 'answered 503');
  const stop = new AbortController();
  const running = telemetry.run(stop.signal);
  await expect.poll(() => lines.map(({ level }) => level)).toEqual(['debug']);
  telemetry.collectorBack(destination);
  await expect.poll(() => clock.sleeping).toBe(1);
  clock.advance(60_000);
  await expect.poll(() => lines.map(({ level }) => level)).toEqual(['debug', 'warn']);
  stop.abort();
  await running;
});

test('a ledger that cannot be read any more is told, and stops nobody', async () => {
  const { telemetry, lines } = await telemetryOn(state, toSink());
  tellAll(telemetry);
  state.damage();
  await telemetry.close();
  expect(lines).toMatchObject([{ level: 'warn', fields: { reason: expect.stringContaining(state.file) } }]);
});
