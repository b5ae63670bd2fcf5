import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/config.ts';
import { TestClock } from '../http/test-clock.ts';
import { seen, wait } from '../metrics/some-series.ts';
import { makeLedger, type TestLedger } from './test-ledger.ts';
import { type TestTelemetry, telemetryOn } from './test-telemetry.ts';

const MINUTE = 60_000;
const SETTINGS = {
  CALLSPAN_LISTEN: '0',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20not-to-be-told',
};

let state: TestLedger;
let clock: TestClock;
let told: TestTelemetry;

beforeEach(async () => {
  state = await makeLedger();
  clock = new TestClock();
  told = await telemetryOn(state, SETTINGS, clock);
});

async function get(path: string, init: RequestInit = {}) {
  const response = await fetch(`${told.telemetry.url}${path}`, init);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

function destination() {
  return told.config.sources[0]?.destination ?? expect.fail('there is no source');
}

describe('/healthz', () => {
  test('is 200 while the process works, whatever vendors and collectors do', async () => {
    told.telemetry.collectorAway(destination(), 'answered 503');
    told.telemetry.polled('tavus', { at: clock.now(), next: clock.now() + MINUTE, complete: false });
    expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  });

  test('is 503 with the reason when a source gives no sign of life for long', async () => {
    clock.advance(15 * MINUTE);
    expect(await get('/healthz')).toMatchObject({
      status: 503,
      text: 'the source tavus has been overdue for 15 min\n',
    });
    told.telemetry.vendorResponse('tavus', { status: 200, ms: 1 });
    expect((await get('/healthz')).status).toBe(200);
  });

  test('is 503 with the reason when the ledger cannot be read', async () => {
    state.damage();
    const { status, text } = await get('/healthz');
    expect(status).toBe(503);
    expect(text).toContain(`The ledger ${state.file}`);
  });
});

describe('/readyz', () => {
  test('lists what is missing, a line each, and is 200 when nothing is', async () => {
    told.telemetry.collectorAway(destination(), 'answered 503');
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      text: 'the source tavus has not been listed yet\nthe collector collector.example:4318 is away: answered 503\n',
    });
    told.telemetry.polled('tavus', { at: clock.now(), next: clock.now() + MINUTE, complete: true });
    told.telemetry.collectorBack(destination());
    expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
  });
});

describe('/metrics', () => {
  beforeEach(async () => {
    await state.deliver('c1', [wait(0.4), seen('callspan.turns', 1)], clock.now());
    told.telemetry.vendorResponse('tavus', { status: 200, ms: 40 });
  });

  test('has the ledger’s numbers and callspan’s own', async () => {
    const { status, type, text } = await get('/metrics');
    expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
    expect(text).toMatch(/^callspan_turns_total\{.*\} 1$/m);
    expect(text).toMatch(/^callspan_vendor_requests_total\{.*http_response_status_code="200"\} 1$/m);
    expect(text).toContain(`service_instance_id="${state.ledger.instance}"`);
    expect(text).not.toMatch(/not-to-be-told|a-secret-key|trace_id/);
  });

  test('is OpenMetrics with exemplars for those who ask for it', async () => {
    const { type, text } = await get('/metrics', {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' },
    });
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(text).toMatch(/^callspan_response_latency_seconds_bucket\{.*\} 1 # \{trace_id="/m);
    expect(text).toMatch(/# EOF\n$/);
  });

  test('is 500 when the ledger cannot be read, and nothing breaks', async () => {
    state.damage();
    expect((await get('/metrics')).status).toBe(500);
    expect((await get('/readyz')).status).toBe(503);
  });
});

describe('everything else', () => {
  test.each(['/', '/metrics/', '/healthz/x', '//healthz', '/debug/pprof', '/%2e%2e/etc/passwd'])(
    'is not there: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is not done: %s', async (method) => {
    const body = method === 'OPTIONS' ? null : 'x'.repeat(100_000);
    expect((await get('/healthz', { method, body })).status).toBe(405);
  });

  test('is not said: HEAD has no body', async () => {
    expect(await get('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });
});

describe('the server', () => {
  test('ends every connection at once at the stop', async () => {
    const { hostname, port } = new URL(told.telemetry.url ?? '');
    const socket = connect(Number(port), hostname);
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    // In the middle of its next request, and busy.
    socket.write('GET /healthz HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('x-drip: 1\r\n'), 500);
    const closed = new Promise((resolve) => socket.once('close', resolve)).then(() => clearInterval(drip));
    // A reset is an end too.
    socket.on('error', () => undefined);
    const unasked: unknown[] = [];
    socket.on('data', (answer) => unasked.push(answer));
    const stop = new AbortController();
    const running = told.telemetry.run(stop.signal);
    expect((await get('/healthz')).status).toBe(200);
    stop.abort();
    await closed;
    await running;
    expect(unasked).toEqual([]);
    await expect(get('/healthz')).rejects.toThrow('fetch failed');
  });

  test('cuts off who begins a request and never ends it, however busily', async () => {
    const { hostname, port } = new URL(told.telemetry.url ?? '');
    const socket = connect(Number(port), hostname);
    socket.write('GET /healthz HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('x-drip: 1\r\n'), 500);
    const [answer] = await once(socket, 'data');
    clearInterval(drip);
    expect(String(answer)).toMatch(/^HTTP\/1.1 408 /);
    socket.destroy();
  });

  test('that finds its port taken stops the start', async () => {
    const { host } = new URL(told.telemetry.url ?? '');
    const second = telemetryOn(state, { ...SETTINGS, CALLSPAN_LISTEN: host }, clock);
    await expect(second).rejects.toThrow(
      new ConfigError(`CALLSPAN_LISTEN=${host}: that address cannot be listened on (EADDRINUSE).`),
    );
  });
});
