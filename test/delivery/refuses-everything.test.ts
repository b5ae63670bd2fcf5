import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CallBook, startElevenLabs, startTavus } from '../../sandbox/index.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { loadConfig } from '../../src/config/config.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { recordingLog } from '../bridge/world.ts';
import { closedPort } from '../http/test-server.ts';
import { loopbackClock } from '../intake/loopback-clock.ts';
import { type Refusal, startRefusingServer } from './refusing-server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.UTC(2026, 2, 1, 12);
const KEY = 'key-that-must-stay-secret';
const SECRET = 'collector-token-98765';
const CALLS = 12;

const PAGE = `<!doctype html><html><head><title>Wrong door</title></head><body><h1>No ${SECRET} here</h1></body></html>`;
const SAID = 'Wrong door: No \\[redacted\\] here';

const says = (status: number, body: string | Buffer = '', headers: Record<string, string> = {}): Refusal => ({
  answer: (response) => response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body),
});
const page = (status: number) => says(status, PAGE, { 'content-type': 'text/html' });
const json = (status: number, body: unknown) =>
  says(status, JSON.stringify(body), { 'content-type': 'application/json' });

/** What stands where a collector should, and what is said of it. */
const BYSTANDERS: readonly (readonly [string, Refusal, RegExp])[] = [
  ['400 and a page', page(400), new RegExp(`answered 400 with a page, not as OTLP does: .*: ${SAID}`)],
  ['400 and a text', says(400, 'what is this?'), /answered 400, not as OTLP does: .*: what is this\?/],
  ['400 and JSON of its own', json(400, { message: 'no such route' }), /answered 400.*: no such route/],
  ['400 and a status of OTLP', json(400, { code: 3, message: 'tenant is closed' }), /tenant is closed/],
  ['400 and nothing', says(400), /answered 400, not as OTLP does/],
  ['401', json(401, { error: 'who are you?' }), /answered 401: check the credentials .*: who are you\?/],
  ['402', page(402), new RegExp(`answered 402: check the account .*: ${SAID}`)],
  ['403', page(403), new RegExp(`answered 403: check the credentials .*: ${SAID}`)],
  ['404', page(404), new RegExp(`answered 404: check the endpoint.*: ${SAID}`)],
  ['405', says(405, 'only GET'), /answered 405: check the endpoint.*: only GET/],
  ['407', says(407), /answered 407: check the credentials of the proxy/],
  ['408', page(408), new RegExp(`answered 408: ${SAID}`)],
  ['409', page(409), new RegExp(`answered 409 with a page.*: ${SAID}`)],
  ['411', page(411), new RegExp(`answered 411 with a page.*: ${SAID}`)],
  ['413 to all', page(413), new RegExp(`answered 413 with a page.*: ${SAID}; it finds a single small span`)],
  ['413 of OTLP to all', json(413, { code: 8, message: 'too large' }), /too large; it finds a single small/],
  ['400 "too large" to all', says(400, 'http: request body too large'), /it finds a single small span too/],
  ['415', says(415, 'protobuf only'), /answered 415: .*: protobuf only/],
  ['422', json(422, { detail: 'field required' }), /answered 422, not as OTLP does.*: field required/],
  ['422 and a status of OTLP', json(422, { code: 3, message: 'no such field' }), /no such field/],
  ['426', says(426, 'Upgrade Required'), /answered 426: check the endpoint/],
  ['429', json(429, { message: 'slow down' }), /answered 429: slow down/],
  ['431', says(431), /answered 431: check the headers/],
  ['451', page(451), new RegExp(`answered 451 with a page.*: ${SAID}`)],
  ['500', page(500), new RegExp(`answered 500: ${SAID}`)],
  ['501', says(501, 'Unsupported method'), /answered 501: Unsupported method/],
  ['502', page(502), new RegExp(`answered 502: ${SAID}`)],
  ['503', json(503, { code: 14, message: 'queue is full' }), /answered 503: queue is full/],
  ['200 and a page', page(200), new RegExp(`answered 200 with a page.*that is no collector: ${SAID}`)],
  ['200 and an error', json(200, { error: 'unauthorized' }), /no answer of OTLP: .*: unauthorized/],
  ['200 and a text', says(200, 'OK'), /answered 200 with something that is no answer of OTLP.*: OK/],
  [
    '200 and bytes',
    says(200, Buffer.from('ff00fe01', 'hex')),
    /answered 200 with something that is no answer/,
  ],
  [
    '200 and a page in gzip',
    says(200, gzipSync(PAGE), { 'content-encoding': 'gzip', 'content-type': 'text/html' }),
    new RegExp(`with a page.*: ${SAID}`),
  ],
  ['202 and JSON of its own', json(202, { status: 'running' }), /answered 202 with something that is no/],
  [
    '200 and a page that breaks off',
    {
      answer: (response) => {
        response.writeHead(200, { 'content-length': 5_000, 'content-type': 'text/html' });
        response.write(PAGE, () => setImmediate(() => response.destroy()));
      },
    },
    new RegExp(`with a page.*: ${SAID}`),
  ],
  [
    '200 and what it was sent',
    { answer: (response, body) => response.writeHead(200).end(body) },
    /: an answer that repeats what it was sent/,
  ],
  ['200 and an empty list', json(200, []), /answered 200 with something that is no answer of OTLP/],
  ['200 and null', json(200, null), /answered 200 with something that is no answer of OTLP/],
  ['200 and a number', says(200, '0'), /answered 200 with something that is no answer of OTLP/],
  [
    '200 and a partial success that is none',
    json(200, { partialSuccess: 'no' }),
    /answered 200 with something that is no answer of OTLP/,
  ],
  [
    '200 and events of a stream',
    says(200, 'data: {}\n\n', { 'content-type': 'text/event-stream' }),
    /: data: \{\}/,
  ],
  ['200 and gzip that is none', says(200, 'no gzip', { 'content-encoding': 'gzip' }), /answered 200.*/],
  [
    '200 and half of a gzip',
    says(200, gzipSync(PAGE.repeat(50)).subarray(0, 60), { 'content-encoding': 'gzip' }),
    /answered 200.*/,
  ],
  ['200 in an encoding that nobody knows', says(200, 'x', { 'content-encoding': 'zstd' }), /answered 200.*/],
  ['400 and a status of OTLP that is about who asks', json(400, { code: 16, message: 'log in' }), /log in/],
  ['401 and a status of OTLP', json(401, { code: 16, message: 'no token' }), /answered 401.*no token/],
  ['406', says(406, 'not that'), /answered 406.*not that/],
  ['418', says(418, 'a teapot'), /answered 418.*a teapot/],
  ['421', says(421, 'another host'), /answered 421.*another host/],
  ['511', page(511), new RegExp(`answered 511.*${SAID}`)],
  ['520', page(520), new RegExp(`answered 520.*${SAID}`)],
  ['599', says(599), /answered 599/],
  ['a permanent redirect', says(308, '', { location: '/elsewhere' }), /redirects \(308\)/],
  ['a redirect to nowhere', says(302), /redirects \(302\)|answered 302/],
  ['300 and a choice', says(300, 'choose'), /answered 300.*|redirects \(300\)/],
  ['a redirect', says(302, '', { location: 'https://login.example/?next=1' }), /redirects \(302\) to https:/],
  ['a banner of another protocol', { connected: (socket) => socket.end('220 smtp ready\r\n') }, /: .*/],
  [
    'TLS, where plain HTTP is spoken',
    { connected: (socket) => socket.end(Buffer.from('15030100020246', 'hex')) },
    /: .*/,
  ],
  ['a reset', { connected: (socket) => socket.once('data', () => socket.resetAndDestroy()) }, /: .*/],
  ['the end of the connection', { connected: (socket) => socket.once('data', () => socket.end()) }, /: .*/],
];

describe('whatever stands where the collector should for an hour, nothing is lost, nothing is a dead letter, and the cause is told', () => {
  test.each(BYSTANDERS)('%s', async (_, refusal, said) => {
    const clock = loopbackClock({ now: BEGIN, seed: 9 });
    const now = () => clock.trueNow();
    const book = new CallBook();
    const elevenLabs = await startElevenLabs({ book, apiKey: KEY, now });
    const tavus = await startTavus({ book, apiKey: KEY, now });
    const server = await startRefusingServer();
    const folder = await ledgerFolder();
    onTestFinished(async () => {
      await Promise.all([elevenLabs.close(), tavus.close()]);
      await folder.remove();
    });
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      book.fill({
        ...{ provider, seed: 6, count: CALLS / 2, scenario: 'ordinary' },
        ...{ from: BEGIN - 2 * HOUR, to: BEGIN + 40 * MINUTE },
      });
    }
    const config = await loadConfig({
      ...{ ELEVENLABS_API_KEY: KEY, ELEVENLABS_BASE_URL: elevenLabs.url },
      ...{ TAVUS_API_KEY: KEY, TAVUS_BASE_URL: tavus.url, CALLSPAN_TAVUS_SETTLE: '0s' },
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_HEADERS: `x-token=${SECRET}`,
      // Both run on true time: packing on another thread, and the official exporter's own tries.
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_TIMEOUT: '700',
      OTEL_METRICS_EXPORTER: 'none',
      CALLSPAN_LISTEN: `127.0.0.1:${await closedPort()}`,
    });
    const ledger = await openLedger(join(folder.path, 'callspan.db'));
    const { log, lines } = recordingLog();
    const telemetry = await createTelemetry(config, { ledger, log, clock });
    const ready = async () => await (await fetch(`${telemetry.url}/readyz`)).text();
    const sum = async (state: 'delivered' | 'dead' | 'due') => {
      let total = 0;
      for (const { id } of await ledger.sources.all()) total += (await ledger.sources.tallies(id))[state];
      return total;
    };
    const stop = new AbortController();
    const running = new Bridge({ config, ledger, log, clock, telemetry }).run(stop.signal);
    const passUntil = async (isSo: () => boolean | Promise<boolean>) => {
      while (!(await isSo())) {
        await clock.pass(clock.trueNow() + MINUTE);
        // What runs on true time goes on meanwhile.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    try {
      await passUntil(async () => (await sum('delivered')) >= CALLS / 2);
      const before = await sum('delivered');
      expect(await ready()).toBe('ok\n');

      server.become(refusal);
      const began = clock.trueNow();
      await passUntil(() => clock.trueNow() >= began + HOUR && server.refused() >= 3);
      // One of each kind that is under way at the worst; then it is left alone.
      expect(server.refused()).toBeLessThan(40 * CALLS);
      expect({ delivered: await sum('delivered'), dead: await sum('dead') }).toEqual({
        delivered: before,
        dead: 0,
      });
      const troubles = lines.filter(({ level }) => level === 'warn' || level === 'error');
      expect(troubles.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^the collector (is away|refuses what it is sent); next try in /),
      ]);
      expect(troubles[0]?.fields.reason).toMatch(said);
      expect(await ready()).toMatch(
        new RegExp(`^the collector 127\\.0\\.0\\.1:\\d+ is away: .*${said.source}`),
      );
      const errors = (await ledger.sources.all()).map(({ error }) => error);
      expect(errors.some((error) => error !== undefined && said.test(error))).toBe(true);

      server.become(undefined);
      await passUntil(async () => (await sum('delivered')) === CALLS);
      expect({ dead: await sum('dead'), due: await sum('due') }).toEqual({ dead: 0, due: 0 });
      expect(new Set(server.taken.values())).toEqual(new Set([1]));
      expect(new Set([...server.taken.keys()].map((key) => key.split('/')[0])).size).toBe(CALLS);
      expect(await ready()).toBe('ok\n');
      expect(JSON.stringify(lines)).not.toContain(SECRET);
    } finally {
      stop.abort(new Error('The test is over'));
      await clock.pass(clock.trueNow() + HOUR);
      await running;
      await telemetry.close();
      await ledger.close();
    }
  });
});
