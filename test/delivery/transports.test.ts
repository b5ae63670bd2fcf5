import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SpanBatch } from '../../src/trace/span-batch.ts';
import { type Certificates, makeCertificates } from '../http/certificates.ts';
import { startConnectProxy } from '../http/connect-proxy.ts';
import { type Answer, closedPort, sendJson, startServer, startSocketServer } from '../http/test-server.ts';
import { givenTime } from '../time/given-time.ts';
import { bodyOf, cargoOf, conversation } from './test-batch.ts';
import { deliveryTo, noAbort } from './test-delivery.ts';

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

const accept: Answer = (_, response) => sendJson(response, 200, { partialSuccess: {} });

/** What is true of both roads: the bridge cannot tell them apart. */
describe.each<[string, SpanBatch['kind']]>([
  ['relay', 'otlp'],
  ['exporter', 'spans'],
])('the %s', (_, kind) => {
  const batch = cargoOf(kind, conversation(3));

  describe('sends', () => {
    test('one POST of OTLP JSON to the endpoint, with the headers of the destination', async () => {
      const server = await startServer(accept);
      const headers = { 'X-Tenant': 'tenant-1', authorization: 'Bearer tok-4f9a7c' };
      const outcome = await deliveryTo(server.url, { headers }).deliver(batch, noAbort);
      expect(outcome).toEqual({ kind: 'accepted', rejectedSpans: 0 });
      expect(server.received).toHaveLength(1);
      expect(server.received[0]).toMatchObject({
        method: 'POST',
        path: '/v1/traces',
        headers: {
          'content-type': 'application/json',
          'user-agent': expect.stringMatching(/^callspan\/\d/),
          'x-tenant': 'tenant-1',
          authorization: 'Bearer tok-4f9a7c',
        },
      });
      expect(server.received[0]?.body.equals(bodyOf(batch))).toBe(true);
    });

    test('gzip where it is configured', async () => {
      const server = await startServer(accept);
      await deliveryTo(server.url, { compression: 'gzip' }).deliver(batch, noAbort);
      expect(server.received[0]?.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(server.received[0]?.body ?? '').equals(bodyOf(batch))).toBe(true);
    });

    test.each(['none', 'gzip'] as const)(
      'the same bytes at every delivery (compression: %s)',
      async (compression) => {
        const server = await startServer(accept);
        await deliveryTo(server.url, { compression }).deliver(batch, noAbort);
        await deliveryTo(server.url, { compression }).deliver(cargoOf(kind, conversation(3)), noAbort);
        const [first, second] = server.received;
        expect(first?.body.equals(second?.body ?? Buffer.alloc(0))).toBe(true);
      },
    );

    test('through connections that it keeps', async () => {
      const server = await startServer(accept);
      const delivery = deliveryTo(server.url);
      for (let count = 0; count < 10; count++) await delivery.deliver(batch, noAbort);
      expect(server.received).toHaveLength(10);
      expect(server.connections()).toBeLessThanOrEqual(2);
    });

    test('no header that would break the message, whatever is configured', async () => {
      const server = await startServer(accept);
      const headers = {
        'Content-Type': 'application/x-protobuf',
        'content-length': '3',
        'transfer-encoding': 'identity',
        'content-encoding': 'br',
        host: 'evil.example',
        'user-agent': 'other/1',
      };
      const outcome = await deliveryTo(server.url, { headers }).deliver(batch, noAbort);
      expect(outcome.kind).toBe('accepted');
      expect(server.received[0]?.headers).toMatchObject({
        'content-type': 'application/json',
        host: `localhost:${server.port}`,
        'user-agent': expect.stringMatching(/^callspan/),
      });
      expect(server.received[0]?.body.equals(bodyOf(batch))).toBe(true);
    });

    test('the credentials of the URL as an Authorization header, and its query as it is', async () => {
      const server = await startServer(accept);
      const tracesUrl = `http://user:p%40ss@localhost:${server.port}/v1/traces?token=secret`;
      await deliveryTo(server.url, { tracesUrl }).deliver(batch, noAbort);
      const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
      expect(server.received).toMatchObject([
        { path: '/v1/traces?token=secret', headers: { authorization } },
      ]);
    });
  });

  describe('understands', () => {
    const answered = async (answer: Answer) => {
      const server = await startServer(answer);
      const outcome = await deliveryTo(server.url).deliver(batch, noAbort);
      return { outcome, server, at: `${server.url}/v1/traces` };
    };

    test('a partial success', async () => {
      const partialSuccess = { rejectedSpans: '2', errorMessage: 'too old' };
      const { outcome } = await answered((_, response) => sendJson(response, 200, { partialSuccess }));
      expect(outcome).toEqual({ kind: 'accepted', rejectedSpans: 2, message: 'too old' });
    });

    test('a rejection, in the words of the collector', async () => {
      const { outcome, server } = await answered((_, response) =>
        sendJson(response, 400, { code: 3, message: 'bad trace id' }),
      );
      expect(outcome).toEqual({
        ...{ kind: 'failed', blame: 'conversation', status: 400 },
        reason: 'bad trace id',
      });
      expect(server.received).toHaveLength(1);
    });

    test('that it is asked to come back later', async () => {
      const { outcome, at, server } = await answered((_, response) => {
        sendJson(response, 503, { message: 'sending queue is full' }, { 'retry-after': '60' });
      });
      expect(outcome).toEqual({
        ...{ kind: 'failed', blame: 'unknown', status: 503 },
        retryAfterMs: 60_000,
        reason: `${at} answered 503: sending queue is full`,
      });
      expect(server.received).toHaveLength(1);
    });

    test('wrong credentials: no reason to throw a conversation away', async () => {
      const { outcome, at } = await answered((_, response) =>
        sendJson(response, 401, { message: 'who are you?' }),
      );
      expect(outcome).toEqual({
        ...{ kind: 'failed', blame: 'destination', status: 401 },
        reason: `${at} answered 401: check the credentials in the headers of the destination: who are you?`,
      });
    });

    test('a redirect, and does not follow it', async () => {
      const elsewhere = await startServer(accept);
      const { outcome } = await answered((_, response) => {
        response.writeHead(307, { location: `${elsewhere.url}/login?secret=1` }).end();
      });
      expect(outcome).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining(`to ${elsewhere.url}/login:`),
      });
      expect(elsewhere.received).toEqual([]);
    });

    test('a page for people as no collector', async () => {
      const { outcome } = await answered((_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>');
      });
      expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('with a page') });
    });

    test('an answer in gzip, although it did not ask for it', async () => {
      const { outcome } = await answered((_, response) => {
        response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync('{"partialSuccess":{"rejectedSpans":1}}'));
      });
      expect(outcome).toEqual({ kind: 'accepted', rejectedSpans: 1 });
    });

    test('an answer that is far too long by how it begins', async () => {
      const answeredWith = (begin: string) =>
        answered((_, response) => {
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(`${begin}"${'x'.repeat(300_000)}"}`);
        });
      expect((await answeredWith('{"partialSuccess":{},"pad":')).outcome).toEqual({
        ...{ kind: 'accepted', rejectedSpans: 0 },
        doubt: expect.stringContaining('the end of its answer is missing'),
      });
      expect((await answeredWith('{"pad":')).outcome).toMatchObject({ kind: 'failed', blame: 'unknown' });
    });

    test('a refusal that comes long before the body has been taken', async () => {
      const { port } = await startSocketServer((socket) => {
        socket.once('data', () => {
          socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
          socket.resume();
        });
      });
      const large = cargoOf(kind, [{ parent: -1, text: 'x'.repeat(6_000_000) }]);
      const delivery = deliveryTo(`http://127.0.0.1:${port}`, {}, { maxBytes: 50_000_000 });
      expect(await delivery.deliver(large, noAbort)).toMatchObject({ kind: 'failed', status: 413 });
    });

    test.each([
      ['announced', { 'content-length': '100' }],
      ['not announced', {}],
    ])('an answer of a length that was %s, and that breaks off, by how it begins', async (_, headers) => {
      const brokenOff = (begin: string) =>
        answered((_, response) => {
          response.writeHead(200, headers);
          response.write(begin, () => setImmediate(() => response.destroy()));
        });
      expect((await brokenOff('{"par')).outcome).toMatchObject({ kind: 'accepted', rejectedSpans: 0 });
      expect((await brokenOff('{"error":"unauth')).outcome).toMatchObject({
        kind: 'failed',
        blame: 'unknown',
      });
    });

    test('that its words must not be repeated where they are a secret', async () => {
      const server = await startServer((request, response) => {
        sendJson(response, 400, { message: `not you, ${request.headers.authorization}` });
      });
      const headers = { authorization: 'Bearer tok-4f9a7c' };
      const outcome = await deliveryTo(server.url, { headers }).deliver(batch, noAbort);
      expect(outcome).toMatchObject({
        ...{ kind: 'failed', status: 400 },
        reason: expect.stringMatching(/: not you, \[redacted\]$/),
      });
    });
  });

  describe('is unavailable', () => {
    const timeoutMs = 200;
    /** Time enough for an answer, not enough for the exporter to wait and try again. */
    const patient = { timeoutMs: 750 };
    const inTime = (url: string) =>
      givenTime(
        patient.timeoutMs,
        (timeoutMs) => deliveryTo(url, { timeoutMs }).deliver(batch, noAbort),
        (outcome) => outcome.kind === 'accepted' || !outcome.reason.includes('no complete answer'),
      );

    test('when nobody listens', async () => {
      const port = await closedPort();
      const outcome = await inTime(`http://127.0.0.1:${port}`);
      expect(outcome).toEqual({
        ...{ kind: 'failed', blame: 'destination' },
        reason: `http://127.0.0.1:${port}/v1/traces: connect ECONNREFUSED 127.0.0.1:${port}`,
      });
    });

    test('when there is no such host', async () => {
      const outcome = await deliveryTo('http://nowhere.invalid:4318', patient).deliver(batch, noAbort);
      expect(outcome.kind).toBe('failed');
    });

    test('when every connection is reset', async () => {
      const { port } = await startSocketServer((socket) =>
        socket.once('data', () => socket.resetAndDestroy()),
      );
      const outcome = await deliveryTo(`http://127.0.0.1:${port}`, patient).deliver(batch, noAbort);
      expect(outcome.kind).toBe('failed');
    });

    test('when the answer is no HTTP', async () => {
      const { port } = await startSocketServer((socket) =>
        socket.once('data', () => socket.end('220 smtp ready\r\n')),
      );
      const outcome = await deliveryTo(`http://127.0.0.1:${port}`, patient).deliver(batch, noAbort);
      expect(outcome.kind).toBe('failed');
      expect(JSON.stringify(outcome)).not.toContain('smtp');
    });

    test.each(['http', 'https'])('when the collector (%s) accepts and says nothing', async (scheme) => {
      const { port } = await startSocketServer(() => undefined);
      const outcome = await deliveryTo(`${scheme}://127.0.0.1:${port}`, { timeoutMs }).deliver(
        batch,
        noAbort,
      );
      expect(outcome).toEqual({
        ...{ kind: 'failed', blame: 'unknown' },
        reason: `${scheme}://127.0.0.1:${port}/v1/traces: no complete answer within 200 ms`,
      });
    });

    test('when the head of the answer drips, which never looks idle', async () => {
      const { port } = await startSocketServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write(`x-${Date.now()}: 1\r\n`), 20);
        socket.on('close', () => clearInterval(drip));
      });
      const outcome = await deliveryTo(`http://127.0.0.1:${port}`, { timeoutMs }).deliver(batch, noAbort);
      expect(outcome).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining('no complete answer'),
      });
    });

    test('but not when only the rest of a good answer drips: its status has promised', async () => {
      const { port } = await startSocketServer((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{');
          const drip = setInterval(() => socket.write(' '), 20);
          socket.on('close', () => clearInterval(drip));
        });
      });
      const outcome = await inTime(`http://127.0.0.1:${port}`);
      expect(outcome).toEqual({
        ...{ kind: 'accepted', rejectedSpans: 0 },
        doubt: expect.stringContaining('the end of its answer is missing'),
      });
    });

    test('when what drips is no answer of a collector', async () => {
      const { port } = await startSocketServer((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nHello');
          const drip = setInterval(() => socket.write('!'), 20);
          socket.on('close', () => clearInterval(drip));
        });
      });
      const outcome = await inTime(`http://127.0.0.1:${port}`);
      expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/: Hello!*$/) });
    });
  });

  describe('stops at once', () => {
    test.each(['before the answer', 'in the middle of it'])('when it is aborted %s', async (when) => {
      const controller = new AbortController();
      const server = await startServer((_, response) => {
        if (when === 'in the middle of it') response.writeHead(200).write('{');
        setTimeout(() => controller.abort(new Error('shutting down')), 20);
      });
      const delivery = deliveryTo(server.url, { timeoutMs: 60_000 });
      await expect(delivery.deliver(batch, controller.signal)).rejects.toThrow('shutting down');
    });

    test('when it was aborted before', async () => {
      const server = await startServer(accept);
      const signal = AbortSignal.abort(new Error('too late'));
      await expect(deliveryTo(server.url).deliver(batch, signal)).rejects.toThrow('too late');
      expect(server.received).toEqual([]);
    });
  });

  describe('over TLS', () => {
    test('trusts the authority that is configured, and no other', async () => {
      const server = await startServer(accept, certificates.server);
      const tls = { ca: certificates.ca };
      expect(await deliveryTo(server.url, { tls }).deliver(batch, noAbort)).toMatchObject({
        kind: 'accepted',
      });
      const outcome = await deliveryTo(server.url).deliver(batch, noAbort);
      expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/certificate/) });
    });

    test('shows the certificate of the client', async () => {
      const server = await startServer(accept, {
        ...certificates.server,
        ca: certificates.ca,
        requestCert: true,
        rejectUnauthorized: true,
      });
      const tls = { ca: certificates.ca, ...certificates.client };
      expect(await deliveryTo(server.url, { tls }).deliver(batch, noAbort)).toMatchObject({
        kind: 'accepted',
      });
      const without = await deliveryTo(server.url, { tls: { ca: certificates.ca } }).deliver(batch, noAbort);
      expect(without.kind).toBe('failed');
    });

    test('talks to an address as well as to a name', async () => {
      const server = await startServer(accept, certificates.server);
      const delivery = deliveryTo(`https://127.0.0.1:${server.port}`, { tls: { ca: certificates.ca } });
      expect(await delivery.deliver(batch, noAbort)).toMatchObject({ kind: 'accepted' });
    });
  });

  describe('through a proxy', () => {
    const authorization = `Basic ${Buffer.from('user:hunter22').toString('base64')}`;

    test('makes a tunnel, also for plain http, and keeps it', async () => {
      const server = await startServer(accept);
      const proxy = await startConnectProxy(server.port, { authorization });
      const env = { HTTP_PROXY: `http://user:hunter22@127.0.0.1:${proxy.port}` };
      const delivery = deliveryTo('http://collector.test:4318', {}, { env, connections: 1 });
      for (let count = 0; count < 3; count++) {
        expect(await delivery.deliver(batch, noAbort)).toMatchObject({ kind: 'accepted' });
      }
      expect(proxy.tunnels).toEqual([{ authority: 'collector.test:4318', authorization }]);
      expect(server.received[0]?.headers).not.toHaveProperty('proxy-authorization');
      expect(server.received[0]?.headers.host).toBe('collector.test:4318');
    });

    test('speaks TLS with the collector behind it', async () => {
      const server = await startServer(accept, certificates.server);
      const proxy = await startConnectProxy(server.port);
      const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
      const tls = { ca: certificates.ca };
      const good = await deliveryTo('https://collector.test', { tls }, { env }).deliver(batch, noAbort);
      expect(good).toMatchObject({ kind: 'accepted' });
      const bad = await deliveryTo('https://other.test', { tls }, { env }).deliver(batch, noAbort);
      expect(bad).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(/altnames|certificate/i),
      });
      expect(proxy.tunnels.map(({ authority }) => authority)).toEqual([
        'collector.test:443',
        'other.test:443',
      ]);
      expect(server.received).toHaveLength(1);
    });

    test('goes past it where NO_PROXY says so', async () => {
      const server = await startServer(accept);
      const env = { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'localhost' };
      expect(await deliveryTo(server.url, {}, { env }).deliver(batch, noAbort)).toMatchObject({
        kind: 'accepted',
      });
    });

    test('is unavailable when the proxy refuses, is silent, or is not there', async () => {
      const refusing = await startConnectProxy(9, { authorization: 'Basic other' });
      const silent = await startConnectProxy(9, { silent: true });
      for (const port of [refusing.port, silent.port, await closedPort()]) {
        const env = { HTTP_PROXY: `http://user:hunter22@127.0.0.1:${port}` };
        const delivery = deliveryTo('http://collector.test', { timeoutMs: 200 }, { env });
        const outcome = await delivery.deliver(batch, noAbort);
        expect(outcome.kind).toBe('failed');
        expect(JSON.stringify(outcome)).not.toMatch(/hunter22|dXNlcj/);
      }
    });
  });
});
