import { afterEach, describe, expect, test, vi } from 'vitest';
import { sendJson, startServer, startSocketServer } from '../../http/test-server.ts';
import { cargoOf, conversation, spansOf } from '../test-batch.ts';
import { deliveryTo, noAbort } from '../test-delivery.ts';

/** What is particular to the official exporter; what both roads have in common is in roads.test.ts. */
const batch = cargoOf('spans', conversation(2));

describe('the environment of the official exporter', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('does not reach the requests, and is left as it was', async () => {
    const settings = {
      OTEL_EXPORTER_OTLP_HEADERS: 'x-general=leak,authorization=leak',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-traces=leak',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/v1/traces',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem',
    };
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    const server = await startServer((_, response) => setTimeout(() => sendJson(response, 200, {}), 50));
    const outcome = await deliveryTo(server.url, { headers: { 'x-own': 'kept' } }).deliver(batch, noAbort);
    expect(outcome).toEqual({ kind: 'accepted', rejectedSpans: 0 });
    const { headers } = server.received[0] ?? expect.fail('no request');
    expect(headers['x-own']).toBe('kept');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(JSON.stringify(headers)).not.toContain('leak');
    expect(process.env).toMatchObject(settings);
  });

  test('does not make it talk on the console', async () => {
    vi.stubEnv('OTEL_LOG_LEVEL', 'ALL');
    const said = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level),
    );
    const server = await startServer((_, response) => {
      sendJson(response, 200, { partialSuccess: { rejectedSpans: 1, errorMessage: 'too old' } });
    });
    await deliveryTo(server.url).deliver(batch, noAbort);
    for (const spy of said) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});

describe('the tries of the official exporter', () => {
  test.each([429, 502, 503, 504])('end with an answer: %i is not tried again by itself', async (status) => {
    const server = await startServer((_, response) => {
      sendJson(response, status, { message: 'busy' }, { 'retry-after': '1' });
    });
    const outcome = await deliveryTo(server.url).deliver(batch, noAbort);
    expect(outcome).toMatchObject({ kind: 'failed', retryAfterMs: 1_000 });
    expect(server.received).toHaveLength(1);
  });

  test('go on over a broken connection to what the collector then says', async () => {
    const { port } = await startSocketServer((socket, count) => {
      socket.once('data', () => {
        if (count === 1) socket.resetAndDestroy();
        else socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 6\r\n\r\nbad id');
      });
    });
    const outcome = await deliveryTo(`http://127.0.0.1:${port}`).deliver(batch, noAbort);
    expect(outcome).toMatchObject({
      kind: 'failed',
      status: 400,
      reason: expect.stringMatching(/: bad id$/),
    });
  });

  test.each(['0', 'soon', '-1'])('do not become a storm when Retry-After is %o', async (retryAfter) => {
    const server = await startServer((_, response) => {
      sendJson(response, 429, { message: 'slow down' }, { 'retry-after': retryAfter });
    });
    const outcome = await deliveryTo(server.url).deliver(batch, noAbort);
    expect(outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('answered 429: slow down'),
    });
    expect(server.received).toHaveLength(1);
  });

  test('end with an abort: between two tries it rejects at once, and no other try is made', async () => {
    const controller = new AbortController();
    let connections = 0;
    const { port } = await startSocketServer((socket, count) => {
      connections = count;
      socket.once('data', () => socket.resetAndDestroy());
      setTimeout(() => controller.abort(new Error('shutting down')), 50);
    });
    const delivery = deliveryTo(`http://127.0.0.1:${port}`, { timeoutMs: 60_000 });
    await expect(delivery.deliver(batch, controller.signal)).rejects.toThrow('shutting down');
    // The exporter wakes up after a second, give or take a fifth, and finds that it must not.
    await new Promise((resolve) => setTimeout(resolve, 1_400));
    expect(connections).toBe(1);
  });
});

test('of many exports at a time each gets its own outcome', async () => {
  const server = await startServer((request, response) => {
    const spans = spansOf(JSON.parse(request.body.toString())).length;
    const answer = { partialSuccess: { rejectedSpans: spans } };
    setTimeout(() => sendJson(response, 200, answer), (spans * 7) % 40);
  });
  const delivery = deliveryTo(server.url, {}, { connections: 50 });
  const turns = Array.from({ length: 50 }, (_, index) => index);
  const outcomes = await Promise.all(
    turns.map((count) => delivery.deliver(cargoOf('spans', conversation(count)), noAbort)),
  );
  expect(outcomes).toEqual(turns.map((count) => ({ kind: 'accepted', rejectedSpans: 1 + 3 * count })));
});
