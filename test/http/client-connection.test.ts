import { createServer as createTlsServer } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { HttpClientOptions } from '../../src/http/client.ts';
import { createHttpClient } from '../../src/http/undici-client.ts';
import { givenTime } from '../time/given-time.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { startConnectProxy } from './connect-proxy.ts';
import { TestClock } from './test-clock.ts';
import { listen, sendJson, startServer, startSocketServer } from './test-server.ts';

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

function clientOf(baseUrl: string, options: Partial<HttpClientOptions> = {}) {
  const clock = new TestClock({ skipping: true });
  const client = createHttpClient({
    baseUrl,
    env: {},
    clock,
    tries: 1,
    headers: { 'x-api-key': 'key-4f9a' },
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

const missed = /unavailable after 1 try: no complete answer within 150 ms/;

describe('the deadline covers all of a try', () => {
  test('a server that accepts and says nothing', async () => {
    const { port } = await startSocketServer(() => undefined);
    await expect(clientOf(`http://127.0.0.1:${port}`, { deadlineMs: 150 }).get('/')).rejects.toThrow(missed);
  });

  test('a TLS handshake that is never finished', async () => {
    const { port } = await startSocketServer(() => undefined);
    await expect(clientOf(`https://127.0.0.1:${port}`, { deadlineMs: 150 }).get('/')).rejects.toThrow(missed);
  });

  test('a proxy that takes the request for a tunnel and says nothing', async () => {
    const attempt = async (deadlineMs: number) => {
      const proxy = await startConnectProxy(9, { silent: true });
      const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
      await expect(clientOf('http://api.test', { deadlineMs, env }).get('/')).rejects.toThrow(
        `unavailable after 1 try: no complete answer within ${deadlineMs} ms`,
      );
      return proxy.tunnels;
    };
    const tunnels = await givenTime(150, attempt, ({ length }) => length > 0);
    expect(tunnels).toMatchObject([{ authority: 'api.test:80' }]);
  });

  test('a body that drips: no timeout for idleness would ever end it', async () => {
    const { port } = await startSocketServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 10);
      socket.on('close', () => clearInterval(drip));
    });
    await expect(clientOf(`http://127.0.0.1:${port}`, { deadlineMs: 150 }).get('/')).rejects.toThrow(missed);
  });

  test('and each try has its own', async () => {
    const attempt = async (deadlineMs: number) => {
      const server = await startServer((_, response, count) => {
        if (count > 2) sendJson(response, 200, { count });
      });
      const client = clientOf(server.url, { tries: 3, deadlineMs: 600_000 });
      return await client.getJson('/', { deadlineMs }).catch((error: unknown) => error);
    };
    const answer = await givenTime(400, attempt, (got) => !(got instanceof Error));
    expect(answer).toEqual({ count: 3 });
  });
});

describe('the signal ends everything at once', () => {
  test.each(['before the answer', 'in the middle of the body'])('%s', async (when) => {
    const controller = new AbortController();
    const server = await startServer((_, response) => {
      if (when === 'in the middle of the body') response.writeHead(200).write('{');
      setTimeout(() => controller.abort(new Error('shutting down')), 20);
    });
    const request = clientOf(server.url).get('/', { signal: controller.signal });
    await expect(request).rejects.toThrow('shutting down');
  });

  test('while it waits for its turn', async () => {
    const server = await startServer(() => undefined);
    const client = clientOf(server.url, { concurrency: 1 });
    const controller = new AbortController();
    const first = expect(client.get('/first')).rejects.toThrow('The HTTP client is closed');
    const second = client.get('/second', { signal: controller.signal });
    await expect.poll(() => server.received.length).toBe(1);
    controller.abort(new Error('shutting down'));
    await expect(second).rejects.toThrow('shutting down');
    await client.close();
    await first;
    expect(server.received).toHaveLength(1);
  });

  test('before it begins', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, {}));
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(clientOf(server.url).get('/', { signal })).rejects.toThrow('too late');
    expect(server.received).toEqual([]);
  });
});

test('closing ends requests under way, also those that connect in vain, and refuses new ones', async () => {
  const { port } = await startSocketServer(() => undefined);
  const client = clientOf(`https://127.0.0.1:${port}`);
  const request = client.get('/');
  const refused = expect(request).rejects.toThrow('The HTTP client is closed');
  await client.close();
  await refused;
  await expect(client.get('/')).rejects.toThrow('The HTTP client is closed');
});

describe('TLS', () => {
  test('a private authority is trusted when it is given', async () => {
    const server = await startServer(
      (_, response) => sendJson(response, 200, { secure: true }),
      certificates.server,
    );
    await expect(clientOf(server.url).get('/')).rejects.toThrow(/unavailable after 1 try: .*certificate/);
    await expect(clientOf(server.url, { tls: { ca: certificates.ca } }).getJson('/')).resolves.toEqual({
      secure: true,
    });
  });

  test('a certificate for another name is refused', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, {}), certificates.server);
    const proxy = await startConnectProxy(server.port);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const client = clientOf('https://other.test', { tls: { ca: certificates.ca }, env });
    await expect(client.get('/')).rejects.toThrow(/ERR_TLS_CERT_ALTNAME_INVALID|does not match/);
    expect(server.received).toEqual([]);
  });

  test('the name is told in the handshake, through a proxy as well', async () => {
    const names: string[] = [];
    const tls = createTlsServer({
      ...certificates.server,
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    tls.on('secureConnection', (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    });
    const port = await listen(tls);
    onTestFinished(() => {
      tls.close();
    });
    const proxy = await startConnectProxy(port);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const options = { tls: { ca: certificates.ca } };
    await clientOf(`https://localhost:${port}`, options).getJson('/');
    await clientOf('https://collector.test', { ...options, env }).getJson('/');
    expect(names).toEqual(['localhost', 'collector.test']);
  });
});

describe('a proxy', () => {
  test('carries plain and TLS connections through a tunnel, with its credentials and without the key', async () => {
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    const server = await startServer((_, response) => sendJson(response, 200, { tunnelled: true }));
    const proxy = await startConnectProxy(server.port, { authorization });
    const env = { HTTP_PROXY: `http://user:p%40ss@127.0.0.1:${proxy.port}` };
    await expect(clientOf('http://api.test', { env }).getJson('/v1/x')).resolves.toEqual({ tunnelled: true });
    expect(proxy.tunnels).toEqual([{ authority: 'api.test:80', authorization }]);
    expect(server.received).toMatchObject([
      { path: '/v1/x', headers: { host: 'api.test', 'x-api-key': 'key-4f9a' } },
    ]);
    expect(server.received[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test('is left out where NO_PROXY says so', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, {}));
    const env = { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'localhost' };
    await expect(clientOf(server.url, { env }).getJson('/')).resolves.toEqual({});
  });

  test('that refuses is told as the reason, without the credentials', async () => {
    const proxy = await startConnectProxy(9, { authorization: 'Basic other' });
    const env = { HTTP_PROXY: `http://user:hunter22@127.0.0.1:${proxy.port}` };
    const request = clientOf('http://api.test', { env }).get('/');
    await expect(request).rejects.toThrow(/unavailable after 1 try: Proxy response \(407\)/);
    await expect(request).rejects.not.toThrow(/hunter22/);
  });
});
