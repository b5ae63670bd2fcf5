import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Json, type Sink, startSink } from '../../sandbox/index.ts';
import { closedPort } from '../http/test-server.ts';
import { makeLedger, type TestLedger } from './test-ledger.ts';
import { telemetryOn, watchConsole } from './test-telemetry.ts';

let state: TestLedger;
let sink: Sink;

beforeEach(async () => {
  state = await makeLedger();
  sink = await startSink();
  onTestFinished(() => sink.close());
});

const settings = (url: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_METRICS_EXPORTER: 'none',
  CALLSPAN_SELF_TRACES: 'true',
});

interface Told {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  readonly parent: string | undefined;
  readonly traceId: string;
}

/** Every span that the sink has, with the name of its parent. */
function told(): Told[] {
  return sink.traces().flatMap((traceId) => {
    const spans = sink.spans(traceId).map(({ spanId, forms }) => ({ spanId, span: forms[0]?.span ?? {} }));
    const names = new Map(spans.map(({ spanId, span }) => [spanId, String(span.name)]));
    return spans.map(({ span }) => ({
      name: String(span.name),
      kind: Number(span.kind),
      attributes: plain(span.attributes),
      failed: (span.status as Json | undefined)?.code === 2,
      parent: names.get(String(span.parentSpanId)),
      traceId,
    }));
  });
}

function plain(attributes: unknown): Record<string, unknown> {
  return Object.fromEntries(
    (attributes as { key: string; value: Record<string, unknown> }[]).map(({ key, value }) => [
      key,
      Object.values(value)[0],
    ]),
  );
}

describe('callspan’s own traces', () => {
  test('have a span for each conversation carried, with its fetch and its delivery below it', async () => {
    const { telemetry } = await telemetryOn(state, settings(sink.url));
    const carry = telemetry.carry('tavus', 'c123');
    carry.part('fetch').end('ready');
    carry.part('deliver').end('unavailable', { failed: true });
    carry.end('postponed', { failed: true });
    await telemetry.close();

    const source = { 'callspan.source': 'tavus', 'gen_ai.conversation.id': 'c123' };
    const span = (name: string, result: string, kind: number, failed: boolean, parent?: string) =>
      expect.objectContaining({
        ...{ name, kind, failed, parent },
        attributes: { ...source, 'callspan.result': result },
      });
    const spans = told();
    expect(spans).toHaveLength(3);
    expect(spans).toEqual(
      expect.arrayContaining([
        span('callspan.carry', 'postponed', 1, true),
        span('callspan.fetch', 'ready', 3, false, 'callspan.carry'),
        span('callspan.deliver', 'unavailable', 3, true, 'callspan.carry'),
      ]),
    );
    expect(sink.traces()).toHaveLength(1);
    expect(sink.violations).toEqual([]);
  });

  test('have a trace of its own for each poll, in callspan’s name', async () => {
    const { telemetry } = await telemetryOn(state, { ...settings(sink.url), OTEL_SERVICE_NAME: 'bridge' });
    telemetry.poll('tavus').end('complete');
    telemetry.poll('tavus').end('failed', { failed: true });
    await telemetry.close();
    expect(
      told().map(({ name, parent, attributes }) => [name, parent, attributes['callspan.result']]),
    ).toEqual(
      expect.arrayContaining([
        ['callspan.poll', undefined, 'complete'],
        ['callspan.poll', undefined, 'failed'],
      ]),
    );
    expect(sink.traces()).toHaveLength(2);
    const [traceId = ''] = sink.traces();
    const resource = sink.spans(traceId)[0]?.forms[0]?.resource;
    expect(plain((resource as Json | undefined)?.attributes)).toEqual({
      'service.name': 'bridge',
      'service.instance.id': state.ledger.instance,
    });
  });

  test('are not made unless asked for', async () => {
    const { telemetry } = await telemetryOn(state, {
      ...settings(sink.url),
      CALLSPAN_SELF_TRACES: 'false',
    });
    telemetry.poll('tavus').end('complete');
    await telemetry.close();
    expect(sink.requests.total).toBe(0);
  });

  test('are not thinned out by settings for the application beside it', async () => {
    for (const [name, value] of [
      ['OTEL_TRACES_SAMPLER', 'always_off'],
      ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '1'],
      ['OTEL_BSP_MAX_QUEUE_SIZE', '1'],
      ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '1'],
    ] as const) {
      vi.stubEnv(name, value);
    }
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { telemetry } = await telemetryOn(state, settings(sink.url));
    for (let carried = 0; carried < 20; carried++) telemetry.carry('tavus', `c${carried}`).end('delivered');
    await telemetry.close();
    expect(told()).toHaveLength(20);
    expect(new Set(told().map(({ attributes }) => attributes['gen_ai.conversation.id'])).size).toBe(20);
    expect(sink.requests.count('traces')).toBe(1);
  });

  test('that cannot be sent are one warning in the log, nothing on the console, and hold nothing up', async () => {
    const console = watchConsole();
    const away = `http://127.0.0.1:${await closedPort()}`;
    const { telemetry, lines } = await telemetryOn(state, settings(away));
    for (let carried = 0; carried < 2_000; carried++)
      telemetry.carry('tavus', `c${carried}`).end('delivered');
    await telemetry.close();
    expect(lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'warn', message: 'callspan’s own traces cannot be exported' },
    ]);
    expect(console()).toEqual([]);
  });
});
