import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Stack, startStack } from './stack.ts';

const HOUR_MS = 3_600_000;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'callspan-stack-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

describe('the stack', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ dir: await folder('stack'), prometheus: true, alertmanager: true });
  });
  afterAll(async () => {
    await stack.stop();
  });

  test('a span that is 26 h old is found in Jaeger, by id and at its time, without a warning', async () => {
    const service = `old-${randomId(4)}`;
    const span = makeSpan({ service, startMs: Date.now() - 26 * HOUR_MS });
    const tracesAtTempo = stack.tempo.accepted.get('/v1/traces') ?? 0;
    await send(stack, span.payload);

    const trace = await traceInJaeger(stack, span.traceId);
    expect(trace).toMatchObject({ warnings: null, spans: [{ spanID: span.spanId, warnings: null }] });
    expect(trace.spans[0]?.startTime).toBe(span.startMs * 1000);

    const around = `start=${(span.startMs - HOUR_MS) * 1000}&end=${(span.startMs + HOUR_MS) * 1000}`;
    const search = await json(`${stack.jaegerApi}/api/traces?service=${service}&${around}`);
    expect(search.data).toMatchObject([{ traceID: span.traceId }]);
    await vi.waitFor(
      () => expect(stack.tempo.accepted.get('/v1/traces')).toBeGreaterThan(tracesAtTempo),
      20_000,
    );
  });

  test('a span without ids is dropped and takes no other with it', async () => {
    const good = makeSpan({ service: 'neighbour' });
    const bad = makeSpan({ service: 'neighbour', traceId: '0'.repeat(32), spanId: '0'.repeat(16) });
    await send(stack, { resourceSpans: [...bad.payload.resourceSpans, ...good.payload.resourceSpans] });

    expect((await traceInJaeger(stack, good.traceId)).spans).toHaveLength(1);
  });

  test('a text longer than Jaeger can store is cut, and does not hold up what comes after it', async () => {
    const long = makeSpan({ service: 'talkative', attributes: { text: 'ä'.repeat(100_000) } });
    await send(stack, long.payload);

    expect(tags(await traceInJaeger(stack, long.traceId))).toMatchObject({ text: 'ä'.repeat(30_000) });
  });

  test('a list longer than that is spread over attributes of its own', async () => {
    const words = Array.from({ length: 5_000 }, () => ({ stringValue: 'fifteen letters' }));
    const list = { key: 'words', value: { arrayValue: { values: words } } };
    const span = makeSpan({
      service: 'talkative',
      more: [list, { key: 'count', value: { intValue: '5000' } }],
    });
    await send(stack, span.payload);

    const found = tags(await traceInJaeger(stack, span.traceId));
    expect(found).toMatchObject({
      'words.0': 'fifteen letters',
      'words.4999': 'fifteen letters',
      count: 5000,
    });
  });

  test('content passes while redaction is off', async () => {
    const span = makeSpan({ service: 'open', attributes: { 'gen_ai.input.messages': 'a secret' } });
    await send(stack, span.payload);

    expect(tags(await traceInJaeger(stack, span.traceId))).toMatchObject({
      'gen_ai.input.messages': 'a secret',
    });
  });

  test("a counter's first value is an increase in Prometheus, and keeps its exemplar", async () => {
    const traceId = randomId(16);
    const now = Date.now();
    await send(stack, firstCalls(5, now, traceId), 'metrics');

    const query = async (expression: string) =>
      (await json(`${stack.prometheusApi}/api/v1/query?query=${encodeURIComponent(expression)}`)).data.result;
    await vi.waitFor(
      async () => {
        const [series] = await query('increase(callspan_calls_total[5m])');
        expect(series?.metric).toMatchObject({
          job: 'callspan',
          instance: 'ledger-1',
          deployment_environment_name: 'test',
        });
        expect(Number(series?.value[1])).toBeGreaterThan(0);
      },
      { timeout: 600_000, interval: 500 },
    );
    const window = `start=${now / 1000 - 60}&end=${now / 1000 + 60}`;
    const exemplars = await json(
      `${stack.prometheusApi}/api/v1/query_exemplars?query=callspan_calls_total&${window}`,
    );
    expect(exemplars.data[0]?.exemplars[0]?.labels).toMatchObject({ trace_id: traceId });
  });

  test('Prometheus scrapes the others and knows Alertmanager', async () => {
    await vi.waitFor(
      async () => {
        const { activeTargets } = (await json(`${stack.prometheusApi}/api/v1/targets`)).data;
        const up = activeTargets.filter((target: { health: string }) => target.health === 'up');
        const jobs = up.map((target: { scrapePool: string }) => target.scrapePool);
        expect(jobs.sort()).toEqual(['alertmanager', 'jaeger', 'otelcol']);
      },
      { timeout: 600_000, interval: 500 },
    );
    const { activeAlertmanagers } = (await json(`${stack.prometheusApi}/api/v1/alertmanagers`)).data;
    expect(activeAlertmanagers).toEqual([{ url: `${stack.alertmanagerApi}/api/v2/alerts` }]);
  });

  test('what waits for one backend survives a crash of the collector', async () => {
    stack.tempo.block();
    const span = makeSpan({ service: 'patient' });
    await send(stack, span.payload);
    await traceInJaeger(stack, span.traceId);
    await stack.program('collector').kill('SIGKILL');
    expect(await readdir(stack.queueDir)).toContain('exporter_otlp_http_tempo_traces');

    const before = stack.tempo.accepted.get('/v1/traces') ?? 0;
    stack.tempo.unblock();
    await stack.program('collector').restart();
    await vi.waitFor(() => expect(stack.tempo.accepted.get('/v1/traces') ?? 0).toBeGreaterThan(before), {
      timeout: 600_000,
    });
    expect((await traceInJaeger(stack, span.traceId)).spans).toHaveLength(1);
  });

  test('a second stack runs beside the first, and its redaction lets nothing but the list pass', async () => {
    const second = await startStack({ dir: await folder('second'), settings: { COLLECTOR_REDACTION: 'on' } });
    try {
      const span = makeSpan({
        service: 'closed',
        attributes: {
          'gen_ai.input.messages': 'a secret',
          'elevenlabs.dynamic_variable.name': 'a secret',
          'gen_ai.conversation.id': 'conv_1',
          'callspan.phase': 'response_latency',
          'turn.user_bot_latency_seconds': '0.8',
        },
        status: { code: 2, message: 'a secret' },
        event: { 'gen_ai.evaluation.name': 'polite', 'gen_ai.evaluation.explanation': 'a secret' },
        resource: { 'host.name': 'a secret' },
      });
      await send(second, span.payload);

      const trace = await traceInJaeger(second, span.traceId);
      expect(JSON.stringify(trace)).not.toContain('a secret');
      expect(tags(trace)).toMatchObject({
        'gen_ai.conversation.id': 'conv_1',
        'callspan.phase': 'response_latency',
        'turn.user_bot_latency_seconds': '0.8',
        'otel.status_code': 'ERROR',
      });
      expect(JSON.stringify(trace.spans[0]?.logs)).toContain('polite');
      expect((await json(`${stack.jaegerApi}/api/traces/${span.traceId}`)).data).toBeNull();
    } finally {
      await second.stop();
    }
  });
});

test('a program that does not start is reported with the end of its log', async () => {
  const start = startStack({
    dir: await folder('broken'),
    jaeger: false,
    settings: { COLLECTOR_REDACTION: 'perhaps' },
  });
  await expect(start).rejects.toThrow(
    /the collector ended while it was starting[\s\S]*transform\/redaction-perhaps/,
  );
});

async function folder(name: string): Promise<string> {
  const path = join(dir, name);
  await mkdir(path);
  return path;
}

interface SpanOptions {
  service: string;
  traceId?: string;
  spanId?: string;
  startMs?: number;
  attributes?: Record<string, string>;
  /** Attributes that are no texts, in OTLP's own form. */
  more?: object[];
  status?: object;
  event?: Record<string, string>;
  resource?: Record<string, string>;
}

/** An OTLP/JSON request with one span of one second. */
function makeSpan(options: SpanOptions) {
  const { service, traceId = randomId(16), spanId = randomId(8), startMs = Date.now() - 5_000 } = options;
  const span = {
    traceId,
    spanId,
    name: 'conversation',
    kind: 3,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 1_000}000000`,
    attributes: [...keyValues(options.attributes ?? {}), ...(options.more ?? [])],
    status: options.status ?? {},
    events: options.event
      ? [{ timeUnixNano: `${startMs}000000`, name: 'event', attributes: keyValues(options.event) }]
      : [],
  };
  const resource = { attributes: keyValues({ 'service.name': service, ...options.resource }) };
  const payload = {
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'callspan' }, spans: [span] }] }],
  };
  return { traceId, spanId, startMs, payload };
}

/** A counter at its first value, as callspan exports it: begun a second before it was counted. */
function firstCalls(value: number, nowMs: number, traceId: string): object {
  const resource = keyValues({
    'service.name': 'callspan',
    'service.instance.id': 'ledger-1',
    'deployment.environment.name': 'test',
  });
  const timeUnixNano = `${nowMs}000000`;
  const exemplar = { timeUnixNano, asInt: '1', traceId, spanId: randomId(8) };
  const point = {
    startTimeUnixNano: `${nowMs - 1_000}000000`,
    timeUnixNano,
    asInt: String(value),
    exemplars: [exemplar],
  };
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] };
  const scopeMetrics = [{ scope: { name: 'callspan' }, metrics: [{ name: 'callspan.calls', sum }] }];
  return { resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics }] };
}

function keyValues(attributes: Record<string, string>): object[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function randomId(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

async function send(stack: Stack, payload: object, signal: 'traces' | 'metrics' = 'traces'): Promise<void> {
  const response = await fetch(`${stack.otlpHttp}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  expect(await response.json()).toEqual({ partialSuccess: {} });
}

interface JaegerTrace {
  spans: { spanID: string; startTime: number; logs: unknown[]; tags: { key: string; value: unknown }[] }[];
}

async function traceInJaeger(stack: Stack, traceId: string): Promise<JaegerTrace> {
  return vi.waitFor(
    async () => {
      const { data } = await json(`${stack.jaegerApi}/api/traces/${traceId}`);
      expect(data).toHaveLength(1);
      return data[0];
    },
    { timeout: 600_000, interval: 200 },
  );
}

function tags(trace: JaegerTrace): Record<string, unknown> {
  return Object.fromEntries(trace.spans.flatMap((span) => span.tags.map(({ key, value }) => [key, value])));
}

async function json(url: string) {
  const response = await fetch(url);
  return JSON.parse(await response.text());
}
