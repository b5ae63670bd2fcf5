import type { ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpClientOptions } from '../../src/http/client.ts';
import { UnavailableError } from '../../src/http/errors.ts';
import type { Retry } from '../../src/http/retry.ts';
import { createHttpClient } from '../../src/http/undici-client.ts';
import { TestClock } from './test-clock.ts';
import { type Answer, closedPort, sendJson, startServer, startSocketServer } from './test-server.ts';

/** A client whose waits are over at once and whose retries are written down. */
async function clientOf(answer: Answer, options: Partial<HttpClientOptions> = {}) {
  const server = await startServer(answer);
  const retries: Retry[] = [];
  const clock = new TestClock({ skipping: true });
  const client = createHttpClient({
    baseUrl: server.url,
    env: {},
    clock,
    onRetry: (retry) => retries.push(retry),
    ...options,
  });
  onTestFinished(() => client.close());
  return { server, client, retries, clock };
}

/** Answers with these statuses in turn, and 200 after them. */
const inTurn =
  (statuses: number[], headers = {}): Answer =>
  (_, response, count) => {
    sendJson(
      response,
      statuses[count - 1] ?? 200,
      { detail: { code: 'busy', message: 'come back later' } },
      headers,
    );
  };

describe('what may be better next time is tried again', () => {
  test.each([408, 429, 500, 502, 503, 504, 529])('status %d', async (status) => {
    const { server, client, retries } = await clientOf(inTurn([status]));
    await client.getJson('/v1/x', { query: { a: 'secret' } });
    expect(server.received).toHaveLength(2);
    expect(retries).toEqual([
      { request: 'GET /v1/x', attempt: 1, delayMs: 250, reason: `answered ${status} busy: come back later` },
    ]);
  });

  test('a connection that breaks before the answer, in its head, or in its body', async () => {
    const answers = [
      '',
      'HTTP/1.1 200 OK\r\ncontent-le',
      'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"a"',
    ];
    const { port, connections } = await startSocketServer((socket, count) => {
      socket.once('data', () => {
        socket.end(answers[count - 1] ?? 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      });
    });
    const { client, retries } = await clientOf(inTurn([]), { baseUrl: `http://127.0.0.1:${port}` });
    await expect(client.getJson('/v1/x')).resolves.toEqual({});
    expect(connections()).toBe(4);
    expect(retries).toHaveLength(3);
  });

  test('a chunked body that never comes to its end', async () => {
    const { client, retries } = await clientOf((_, response, count) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      if (count > 1) response.end('{"whole": true}');
      else response.write('{"whole": ', () => response.destroy());
    });
    await expect(client.getJson('/v1/x')).resolves.toEqual({ whole: true });
    expect(retries).toHaveLength(1);
  });

  test('a server that is not there', async () => {
    const port = await closedPort();
    const { client } = await clientOf(inTurn([]), { baseUrl: `http://127.0.0.1:${port}`, tries: 3 });
    await expect(client.get('/v1/x')).rejects.toThrow(
      `GET /v1/x: unavailable after 3 tries: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
  });

  test('bytes that are no HTTP; they are not repeated', async () => {
    const { port } = await startSocketServer((socket) =>
      socket.once('data', () => socket.end('my card is 4111\r\n')),
    );
    const { client } = await clientOf(inTurn([]), { baseUrl: `http://127.0.0.1:${port}`, tries: 2 });
    const error: unknown = await client.get('/v1/x').catch((reason) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as Error).message).toMatch(
      /^GET \/v1\/x: unavailable after 2 tries: Response does not match the HTTP\/1.1 protocol/,
    );
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain('4111');
  });
});

describe('between the tries', () => {
  test('the back-off doubles, with full jitter, up to its cap', async () => {
    const { client, retries } = await clientOf(inTurn(Array(9).fill(503)), { tries: 10 });
    await client.getJson('/v1/x');
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
    ]);
  });

  test('Retry-After is obeyed and told', async () => {
    const { client, retries } = await clientOf(inTurn([429], { 'retry-after': '90' }));
    await client.getJson('/v1/x');
    expect(retries).toMatchObject([{ attempt: 1, delayMs: 90_000, retryAfterMs: 90_000 }]);
  });

  test('Retry-After of 0 does not make the back-off shorter', async () => {
    const { client, retries } = await clientOf(inTurn([429], { 'retry-after': '0' }));
    await client.getJson('/v1/x');
    expect(retries).toMatchObject([{ delayMs: 250, retryAfterMs: 0 }]);
  });

  test('X-RateLimit-Reset counts from the clock of the vendor', async () => {
    const headers = {
      date: 'Thu, 01 Jan 2026 12:00:00 GMT',
      'x-ratelimit-reset': String(Date.UTC(2026, 0, 1, 12) / 1000 + 7),
    };
    const { client, retries } = await clientOf(inTurn([429], headers));
    await client.getJson('/v1/x');
    expect(retries).toMatchObject([{ delayMs: 7_000, retryAfterMs: 7_000 }]);
  });

  test('the other requests of the client leave the vendor alone as well', async () => {
    const clock = new TestClock();
    const { server, client } = await clientOf(inTurn([429], { 'retry-after': '60' }), { clock });
    const first = client.getJson('/v1/first');
    await expect.poll(() => clock.sleeping).toBe(2);
    const second = client.getJson('/v1/second');
    clock.advance(59_999);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.received).toHaveLength(1);
    clock.advance(1);
    await Promise.all([first, second]);
    expect(server.received).toHaveLength(3);
  });

  test('a wait is over at once when the signal is aborted', async () => {
    const clock = new TestClock();
    const { client } = await clientOf(inTurn([503, 503]), { clock });
    const controller = new AbortController();
    const request = client.get('/v1/x', { signal: controller.signal });
    await expect.poll(() => clock.sleeping).toBe(1);
    controller.abort(new Error('shutting down'));
    await expect(request).rejects.toThrow('shutting down');
    expect(clock.sleeping).toBe(0);
  });
});

describe('it is given up', () => {
  test('after as many tries as allowed, telling the last reason', async () => {
    const { server, client } = await clientOf(inTurn([500, 500, 500, 500, 429], { 'retry-after': '20' }));
    const error: unknown = await client.get('/v1/x').catch((reason) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ tries: 5, status: 429, retryAfterMs: 20_000 });
    expect((error as Error).message).toBe(
      'GET /v1/x: unavailable after 5 tries: answered 429 busy: come back later; to be tried again after 20 s',
    );
    expect(server.received).toHaveLength(5);
  });

  test('at once if the vendor wants more than an hour', async () => {
    const { server, client, retries } = await clientOf(inTurn([503], { 'retry-after': '7200' }));
    await expect(client.get('/v1/x')).rejects.toMatchObject({
      tries: 1,
      status: 503,
      retryAfterMs: 7_200_000,
    });
    expect(server.received).toHaveLength(1);
    expect(retries).toEqual([]);
  });
});

test('every try is told: answers with status and time, failures with their reason', async () => {
  const responses: { status: number; ms: number }[] = [];
  const errors: { reason: string; ms: number }[] = [];
  const answer: Answer = (request, response: ServerResponse, count) => {
    if (count === 2) request.headers.accept && response.destroy();
    else sendJson(response, count === 1 ? 503 : 200, {});
  };
  const { client } = await clientOf(answer, {
    onResponse: (response) => responses.push(response),
    onError: (error) => errors.push(error),
  });
  await client.get('/v1/x');
  expect(responses).toEqual([
    { status: 503, ms: expect.any(Number) },
    { status: 200, ms: expect.any(Number) },
  ]);
  expect(errors).toEqual([{ reason: expect.stringContaining('other side closed'), ms: expect.any(Number) }]);
});
