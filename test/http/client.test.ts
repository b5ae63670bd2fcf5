import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpClientOptions } from '../../src/http/client.ts';
import { BadAnswerError, HttpStatusError, RedirectError } from '../../src/http/errors.ts';
import { createHttpClient } from '../../src/http/undici-client.ts';
import { TestClock } from './test-clock.ts';
import { type Answer, sendJson, startServer } from './test-server.ts';

const key = 'sk_live_4f9a7c21';

/** A client of a server that answers like this; neither outlives the test. */
async function clientOf(answer: Answer, options: Partial<HttpClientOptions> = {}) {
  const server = await startServer(answer);
  const client = createHttpClient({
    baseUrl: server.url,
    headers: { 'xi-api-key': key },
    env: {},
    ...options,
  });
  onTestFinished(() => client.close());
  return { server, client };
}

/** The error of a promise that must fail. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => expect.fail('expected an error'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

describe('a request', () => {
  test('carries the key, says who asks, and asks for JSON, packed if possible', async () => {
    const { server, client } = await clientOf((_, response) => sendJson(response, 200, { ok: true }));
    await expect(client.getJson('/v1/x', { query: { page_size: 2 } })).resolves.toEqual({ ok: true });
    const [request] = server.received;
    expect(request?.method).toBe('GET');
    expect(request?.path).toBe('/v1/x?page_size=2');
    expect(request?.headers).toMatchObject({
      'xi-api-key': key,
      'user-agent': expect.stringMatching(/^callspan\/\d+\.\d+\.\d+/),
      accept: 'application/json',
      'accept-encoding': 'gzip',
    });
  });

  test('may be a question that is posted, and is asked again like any other', async () => {
    const { server, client } = await clientOf(
      (_, response, count) => sendJson(response, count === 1 ? 503 : 200, { items: [] }),
      { clock: new TestClock({ skipping: true }) },
    );
    await expect(client.getJson('/v3/list', { question: { limit: 2 } })).resolves.toEqual({ items: [] });
    expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v3/list',
      'POST /v3/list',
    ]);
    for (const { headers, body } of server.received) {
      expect(headers).toMatchObject({ 'xi-api-key': key, 'content-type': 'application/json' });
      expect(JSON.parse(body.toString())).toEqual({ limit: 2 });
    }
    const refusing = await clientOf((_, response) => sendJson(response, 403, {}));
    expect((await errorOf(refusing.client.getJson('/v3/list', { question: {} }))).message).toMatch(
      /^POST \/v3\/list/,
    );
  });

  test('gives status, headers and body', async () => {
    const { client } = await clientOf((_, response) => {
      response.writeHead(203, { 'x-trace-id': 'abc' }).end('text');
    });
    const answer = await client.get('/v1/x');
    expect(answer.status).toBe(203);
    expect(answer.headers['x-trace-id']).toBe('abc');
    expect(answer.body.toString()).toBe('text');
  });

  test('uses a connection of those before', async () => {
    const { server, client } = await clientOf((_, response) => sendJson(response, 200, {}));
    for (let request = 0; request < 10; request++) await client.getJson('/v1/x');
    // undici frees one only a moment after its answer, so two take turns.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test('waits while as many as allowed are under way', async () => {
    const underWay: ServerResponse[] = [];
    const batches: number[] = [];
    const answer: Answer = (_, response) => {
      // Three have come: a moment for a fourth that should not, then all are let go.
      if (underWay.push(response) !== 3) return;
      setTimeout(() => {
        batches.push(underWay.length);
        for (const waiting of underWay.splice(0)) sendJson(waiting, 200, {});
      }, 20);
    };
    const { server, client } = await clientOf(answer, { concurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, () => client.getJson('/v1/x')));
    expect(batches).toEqual([3, 3, 3, 3]);
    expect(server.connections()).toBe(3);
  });

  test('is not made for another origin', async () => {
    const { server, client } = await clientOf((_, response) => sendJson(response, 200, {}));
    await expect(client.get('https://evil.example/v1/x')).rejects.toThrow(TypeError);
    expect(server.received).toEqual([]);
  });

  test('many of one signal leave no listener behind', async () => {
    const { client } = await clientOf((_, response) => sendJson(response, 200, {}));
    const warnings: Error[] = [];
    const notice = (warning: Error) => warnings.push(warning);
    process.on('warning', notice);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 60 }, () => client.getJson('/v1/x', { signal })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', notice);
    expect(warnings).toEqual([]);
  });
});

describe('a packed answer', () => {
  test('is unpacked', async () => {
    const body = gzipSync(JSON.stringify({ packed: true }));
    const { client } = await clientOf((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
    });
    await expect(client.getJson('/v1/x')).resolves.toEqual({ packed: true });
  });

  test('is not unpacked to more than the limit: 50 MB of nothing are a few KiB of gzip', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20));
    const { client } = await clientOf(
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      { maxBodyBytes: 2 ** 20 },
    );
    const error = await errorOf(client.get('/v1/x'));
    expect(error).toBeInstanceOf(BadAnswerError);
    expect(error.message).toBe(
      'GET /v1/x: answered 200 (no content type) with a body that unpacks to more than 1048576 bytes',
    );
  });

  test.each([
    ['gzip', Buffer.from('not gzip'), 'is damaged or truncated gzip'],
    ['gzip', gzipSync('{"a":1}').subarray(0, 20), 'is damaged or truncated gzip'],
    ['br', Buffer.from('x'), 'is compressed in a way that was not asked for'],
    ['gzip, gzip', Buffer.from('x'), 'is compressed in a way that was not asked for'],
  ])('that says %o and is not: refused', async (encoding, body, problem) => {
    const { client } = await clientOf((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(body);
    });
    await expect(client.getJson('/v1/x')).rejects.toMatchObject({ name: 'BadAnswerError', problem });
  });
});

describe('a body that is not what it should be', () => {
  const secret = 'the caller said: my card is 4111';
  test.each([
    ['text/html; charset=utf-8', `<html>${secret}</html>`, 'is HTML, not JSON'],
    ['application/json', `{"text": "${secret}`, 'is JSON that ends too early, after 42 bytes'],
    ['application/json', `{"text": ${secret}}`, 'is not JSON'],
    ['application/json', '', 'is empty'],
  ])('%s %o: the error tells where and what, and nothing of the content', async (type, body, problem) => {
    const { server, client } = await clientOf((_, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const error = await errorOf(
      client.getJson('/v1/conversations/abc', { query: { token: 'query-secret' } }),
    );
    expect(error).toBeInstanceOf(BadAnswerError);
    expect(error).toMatchObject({ status: 200, contentType: type.split(';')[0], problem });
    expect(error.message).toContain('GET /v1/conversations/abc: answered 200');
    expect(
      JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: error.cause }),
    ).not.toMatch(/4111|query-secret|sk_live/);
    expect(server.received).toHaveLength(1);
  });

  test('invalid UTF-8', async () => {
    const { client } = await clientOf((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22]));
    });
    await expect(client.getJson('/v1/x')).rejects.toThrow(
      'GET /v1/x: answered 200 (application/json) with a body that is not valid UTF-8',
    );
  });

  test('larger than the limit: reading stops there', async () => {
    let sent = 0;
    const { client } = await clientOf(
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
        };
        response.on('drain', more);
        more();
      },
      { maxBodyBytes: 100_000 },
    );
    await expect(client.get('/v1/x')).rejects.toThrow('with a body that is larger than 100000 bytes');
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });
});

describe('a refusal', () => {
  test.each([400, 401, 402, 403, 404, 409, 422])(
    'with status %d is final, and told in the words of the vendor',
    async (status) => {
      const { server, client } = await clientOf((_, response) => {
        const detail = { code: 'invalid_api_key', message: `Invalid API key ${key}`, request_id: 'req-1' };
        sendJson(response, status, { detail });
      });
      const error = await errorOf(client.getJson('/v1/x', { query: { a: 'query-secret' } }));
      expect(error).toBeInstanceOf(HttpStatusError);
      expect(error).toMatchObject({ status, code: 'invalid_api_key', requestId: 'req-1' });
      expect(error.message).toBe(
        `GET /v1/x: answered ${status} invalid_api_key: Invalid API key [redacted] (request id req-1)`,
      );
      expect(server.received).toHaveLength(1);
    },
  );

  test('may be packed', async () => {
    const { client } = await clientOf((_, response) => {
      response.writeHead(404, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"detail":"Not Found"}'));
    });
    await expect(client.get('/v1/x')).rejects.toThrow('GET /v1/x: answered 404 Not Found');
  });

  test('may be unreadable: then the status says it all', async () => {
    const { client } = await clientOf((_, response) => {
      response.writeHead(404, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('odd');
    });
    await expect(client.get('/v1/x')).rejects.toThrow(/^GET \/v1\/x: answered 404$/);
  });

  test.each([301, 302, 307, 308, 304])(
    'a redirect (%d) is not followed: the key stays here',
    async (status) => {
      const elsewhere = await startServer((_, response) => sendJson(response, 200, {}));
      const { client } = await clientOf((_, response) => {
        response.writeHead(status, { location: `${elsewhere.url}/login?token=secret` }).end();
      });
      const error = await errorOf(client.get('/v1/x'));
      expect(error).toBeInstanceOf(RedirectError);
      expect(error.message).toContain(
        `answered ${status}, a redirect to ${elsewhere.url}/login; redirects are not`,
      );
      expect(error.message).not.toContain('secret');
      expect(elsewhere.received).toEqual([]);
    },
  );
});

describe('the clock of the vendor', () => {
  test('is compared with ours at every answer that tells it', async () => {
    const clock = new TestClock({ now: Date.UTC(2026, 0, 1, 12, 0, 0) });
    const dates = ['Thu, 01 Jan 2026 12:05:00 GMT', 'Thu, 01 Jan 2026 11:59:58 GMT', 'nonsense'];
    const { client } = await clientOf(
      (_, response, count) => sendJson(response, count === 2 ? 404 : 200, {}, { date: dates[count - 1] }),
      { clock },
    );
    expect(client.skewMs).toBeUndefined();
    expect((await client.get('/v1/x')).dateHeaderSkewMs).toBe(300_000);
    expect(client.skewMs).toBe(300_000);
    await expect(client.get('/v1/x')).rejects.toThrow('404');
    expect(client.skewMs).toBe(-2_000);
    expect((await client.get('/v1/x')).dateHeaderSkewMs).toBeUndefined();
    expect(client.skewMs).toBe(-2_000);
  });
});

describe('an option that is not what it should be is refused at once', () => {
  const baseUrl = 'https://api.example.com';
  test.each<[HttpClientOptions, RegExp]>([
    [{ baseUrl: 'nowhere' }, /`baseUrl`/],
    [{ baseUrl, deadlineMs: 0 }, /`deadlineMs` to be a number of at least 1, got `0`/],
    [{ baseUrl, tries: Number.NaN }, /`tries`/],
    [{ baseUrl, maxBodyBytes: -1 }, /`maxBodyBytes`/],
    [{ baseUrl, concurrency: 1.5 }, /`concurrency`/],
    [{ baseUrl, requestsPerSecond: 0 }, /`requestsPerSecond`/],
    [{ baseUrl, headers: { 'x-api-key': `${key}\n` } }, /header `x-api-key`/],
    [{ baseUrl, headers: { 'x api key': key } }, /header names, got "x api key"/],
  ])('%o', (options, message) => {
    expect(() => createHttpClient({ env: {}, ...options })).toThrow(message);
    expect(() => createHttpClient({ env: {}, ...options })).not.toThrow(/sk_live/);
  });
});
