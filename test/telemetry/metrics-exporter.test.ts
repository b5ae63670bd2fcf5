import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Sink, type SinkOptions, startSink } from '../../sandbox/index.ts';
import type { Destination } from '../../src/delivery/endpoint.ts';
import { type OtlpMetrics, toOtlpMetrics } from '../../src/metrics/otlp.ts';
import { SeriesBook } from '../../src/metrics/series.ts';
import { NumbersExporter, type NumbersExporterOptions } from '../../src/telemetry/metrics-exporter.ts';
import { type LogLine, recordingLog } from '../bridge/world.ts';
import { makeCertificates } from '../http/certificates.ts';
import { startConnectProxy } from '../http/connect-proxy.ts';
import { TestClock } from '../http/test-clock.ts';
import { closedPort, sendJson, startServer, startSocketServer } from '../http/test-server.ts';
import { AT, seen } from '../metrics/some-series.ts';

const INTERVAL = 60_000;
const SECRET = 'Bearer not-to-be-told';

let book: SeriesBook;
let clock: TestClock;
let lines: LogLine[];

beforeEach(() => {
  book = new SeriesBook([]);
  clock = new TestClock({ now: AT });
});

function count(turns: number): void {
  for (let turn = 0; turn < turns; turn++) book.add([seen('callspan.turns', 1)], clock.now());
}

function* requests(): Generator<OtlpMetrics> {
  yield* toOtlpMetrics(book.all, {
    ...{ instance: 'f00d', serviceName: 'callspan', resource: {} },
    now: clock.now(),
  });
}

function exporterTo(
  url: string,
  destination: Partial<Destination> = {},
  options: Partial<NumbersExporterOptions> = {},
): NumbersExporter {
  const recording = recordingLog();
  lines = recording.lines;
  return new NumbersExporter({
    destination: { tracesUrl: url, headers: {}, timeoutMs: 60_000, compression: 'gzip', ...destination },
    interval: INTERVAL,
    requests,
    log: recording.log,
    clock,
    env: {},
    lastExportMs: 60_000,
    ...options,
  });
}

async function collector(options: SinkOptions = {}): Promise<Sink> {
  const sink = await startSink(options);
  onTestFinished(() => sink.close());
  return sink;
}

/** Starts the exporter, and stops it with the test. */
function run(exporter: NumbersExporter): { stop: () => Promise<void> } {
  const stop = new AbortController();
  const running = exporter.run(stop.signal);
  const end = async () => {
    stop.abort();
    await running;
  };
  onTestFinished(end);
  return { stop: end };
}

/** The exporter has done what it had to, and waits for the next time. */
async function asleep(): Promise<void> {
  await expect.poll(() => clock.sleeping).toBe(1);
}

async function nextInterval(): Promise<void> {
  await asleep();
  clock.advance(INTERVAL);
  await asleep();
}

function warnings(): string[] {
  return lines.filter(({ level }) => level === 'warn').map(({ fields }) => String(fields.reason));
}

describe('the export of the numbers', () => {
  test('ends in the middle of a request when others may tell later ones, and begins none of what is left', async () => {
    const sink = await collector({ log: true });
    sink.faults.add({ route: 'metrics', fault: { kind: 'silence' } });
    const others = new AbortController();
    count(1);
    const exporter = exporterTo(
      sink.metricsUrl,
      {},
      {
        until: () => others.signal,
        requests: () => [...requests(), ...requests()],
      },
    );
    run(exporter);
    await expect.poll(() => sink.requests.all.length).toBe(1);
    others.abort(new Error('another tells them now'));
    await asleep();
    expect(warnings()).toEqual(['another tells them now']);
    expect(sink.requests.all).toHaveLength(1);
  });

  test('begins at once with what is known, and repeats the whole state in every interval', async () => {
    const sink = await collector();
    count(2);
    run(exporterTo(sink.metricsUrl));
    await asleep();
    expect(sink.metrics.total('callspan.turns')).toBe(2);

    await nextInterval();
    count(3);
    await nextInterval();
    const { history } = sink.metrics.one('callspan.turns') ?? expect.fail('there is no series');
    expect(history.map(({ value }) => value)).toEqual([2, 2, 5]);
    expect(new Set(history.map(({ startTimeUnixNano }) => startTimeUnixNano))).toEqual(
      new Set([`${AT - 1}000000`]),
    );
    expect(clock.slept).toEqual([INTERVAL, INTERVAL, INTERVAL]);
    expect(sink.violations).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('asks nobody anything where there is nothing to tell', async () => {
    const sink = await collector();
    const exporter = exporterTo(sink.metricsUrl);
    const { stop } = run(exporter);
    await nextInterval();
    await stop();
    await exporter.close();
    expect(sink.requests.total).toBe(0);
    expect(lines).toEqual([]);
  });

  test('begins the next one an interval after the last began, however long that took', async () => {
    const server = await startServer((_, response) => {
      clock.advance(7_000);
      sendJson(response, 200, {});
    });
    count(1);
    run(exporterTo(server.url));
    await asleep();
    expect(clock.slept).toEqual([INTERVAL - 7_000]);
  });

  test('tells the last state at the stop, also of what was counted after it', async () => {
    const sink = await collector();
    count(1);
    const exporter = exporterTo(sink.metricsUrl);
    const { stop } = run(exporter);
    await asleep();
    await stop();
    count(1);
    await exporter.close();
    expect(sink.metrics.total('callspan.turns')).toBe(2);
  });

  test('does not hold the stop up for longer than a second', async () => {
    const silent = await startSocketServer(() => undefined);
    count(1);
    const exporter = exporterTo(`http://127.0.0.1:${silent.port}/v1/metrics`, {}, { lastExportMs: 1_000 });
    const { stop } = run(exporter);
    await expect.poll(() => silent.connections()).toBe(1);
    await stop();
    await exporter.close();
    expect(silent.connections()).toBe(2);
    expect(warnings()).toEqual(['no answer within 1000 ms']);
  });

  test('is one POST with the configured headers, compressed or not', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, { partialSuccess: {} }));
    count(1);
    const headers = { Authorization: SECRET, 'x-tenant': 'a', 'content-type': 'text/plain' };
    await exporterTo(`${server.url}/v1/metrics?tenant=1`, { headers }).close();
    await exporterTo(`${server.url}/v1/metrics`, { compression: 'none' }).close();
    const [zipped, plain] = server.received;
    expect(zipped).toMatchObject({
      method: 'POST',
      path: '/v1/metrics?tenant=1',
      headers: {
        authorization: SECRET,
        'x-tenant': 'a',
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'user-agent': expect.stringMatching(/^callspan\/\d/),
      },
    });
    expect(plain?.headers['content-encoding']).toBeUndefined();
    const [expected] = requests();
    expect(JSON.parse(gunzipSync(zipped?.body ?? '').toString())).toEqual(expected);
    expect(JSON.parse(plain?.body.toString() ?? '')).toEqual(expected);
    expect(lines).toEqual([]);
  });

  test('goes through TLS with a private authority and a client certificate', async () => {
    const { ca, server, client } = makeCertificates();
    const tls = { ...server, ca, requestCert: true, rejectUnauthorized: true };
    const secure = await startServer((_, response) => sendJson(response, 200, {}), tls);
    count(1);
    await exporterTo(secure.url, { tls: { ca, ...client } }).close();
    expect(secure.received).toHaveLength(1);
    await exporterTo(secure.url, { tls: { ca } }).close();
    expect(secure.received).toHaveLength(1);
    expect(warnings()).toHaveLength(1);
  });

  test('goes through the proxy of the environment', async () => {
    const sink = await collector();
    const proxy = await startConnectProxy(Number(new URL(sink.url).port));
    count(1);
    const env = { HTTP_PROXY: `http://localhost:${proxy.port}` };
    await exporterTo('http://collector.example:4318/v1/metrics', {}, { env }).close();
    expect(proxy.tunnels.map(({ authority }) => authority)).toEqual(['collector.example:4318']);
    expect(sink.metrics.total('callspan.turns')).toBe(1);
  });
});

describe('a collector that does not take them', () => {
  test('is one warning for as long as it lasts, and one line when it works again', async () => {
    const sink = await collector();
    const fault = sink.faults.add({ route: 'metrics', fault: { kind: 'status', status: 503 } });
    count(1);
    run(exporterTo(sink.metricsUrl));
    for (let interval = 0; interval < 3; interval++) await nextInterval();
    expect(fault.hits).toBe(4);
    expect(lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      {
        level: 'warn',
        message: 'the numbers cannot be exported; nothing is lost, they go out once that works again',
        fields: { reason: expect.stringContaining('/v1/metrics answered 503') },
      },
    ]);

    fault.remove();
    count(1);
    await nextInterval();
    await nextInterval();
    expect(sink.metrics.total('callspan.turns')).toBe(2);
    expect(lines.filter(({ level }) => level === 'info')).toMatchObject([
      { message: 'the numbers are exported again' },
    ]);

    sink.faults.add({ route: 'metrics', fault: { kind: 'status', status: 503 } });
    await nextInterval();
    expect(warnings()).toHaveLength(2);
  });

  test('may not be there at all', async () => {
    count(1);
    run(exporterTo(`http://127.0.0.1:${await closedPort()}/v1/metrics`));
    await nextInterval();
    expect(warnings()).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  test('may take only traces: then the warning says what to set', async () => {
    const server = await startServer((_, response) => response.writeHead(404).end('404 page not found'));
    count(1);
    await exporterTo(`${server.url}/v1/metrics`).close();
    expect(warnings()).toEqual([
      `${server.url}/v1/metrics answered 404: nothing takes metrics there; set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, or OTEL_METRICS_EXPORTER=none`,
    ]);
  });

  test('may refuse some of the points', async () => {
    const sink = await collector();
    sink.faults.add({
      route: 'metrics',
      fault: { kind: 'partial-success', rejected: 2, message: 'out of order' },
    });
    count(1);
    await exporterTo(sink.metricsUrl).close();
    expect(warnings()).toEqual([`${sink.metricsUrl} rejected 2 of the data points: out of order`]);
  });

  test('may answer with nothing; with words of its own it is taken for none', async () => {
    const server = await startServer((_, response, number) => response.end(number === 1 ? '' : 'thanks'));
    count(1);
    await exporterTo(server.url).close();
    expect(warnings()).toEqual([]);
    await exporterTo(server.url).close();
    expect(server.received).toHaveLength(2);
    expect(warnings()).toEqual([expect.stringMatching(/that is no collector: thanks$/)]);
  });

  test.each([
    [400, { code: 3, message: `${SECRET} is no good` }, 'answered 400: [redacted] is no good'],
    [400, { message: `${SECRET} is no good` }, ': [redacted] is no good'],
    [401, {}, 'answered 401: check the credentials'],
    [307, {}, 'redirects (307)'],
  ])('that answers %i is told without any secret', async (status, body, told) => {
    const server = await startServer((_, response) => sendJson(response, status, body));
    count(1);
    await exporterTo(server.url, { headers: { authorization: SECRET } }).close();
    expect(warnings()).toEqual([expect.stringContaining(told)]);
    expect(JSON.stringify(lines)).not.toContain('not-to-be-told');
  });

  test('that refuses one request is asked to take the others; one that is away is not', async () => {
    const answers = [400, 200, 200, 503, 200, 200];
    const server = await startServer((_, response, number) =>
      sendJson(response, answers[number - 1] ?? 0, {}),
    );
    count(1);
    const three = () => [...requests(), ...requests(), ...requests()];
    await exporterTo(server.url, {}, { requests: three }).close();
    expect(server.received).toHaveLength(3);
    await exporterTo(server.url, {}, { requests: three }).close();
    expect(server.received).toHaveLength(4);
  });

  test('is not to blame where the numbers cannot be read', async () => {
    const sink = await collector();
    let isLocked = true;
    const fromLedger = () => {
      if (isLocked) throw new Error('The ledger is locked by another program');
      return requests();
    };
    count(1);
    run(exporterTo(sink.metricsUrl, {}, { requests: fromLedger }));
    await nextInterval();
    isLocked = false;
    await nextInterval();
    expect(warnings()).toEqual(['The ledger is locked by another program']);
    expect(sink.metrics.total('callspan.turns')).toBe(1);
  });
});
