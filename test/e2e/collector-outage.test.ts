import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { simulateCall } from '../../sandbox/index.ts';
import { parseDuration } from '../../src/time/duration.ts';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { makeCertificates } from '../http/certificates.ts';
import { startConnectProxy } from '../http/connect-proxy.ts';
import { Backend, type SpanIds } from './collector-backend.ts';
import { recorded, WorkingBridge } from './collector-bridge.ts';
import { readTrace } from './jaeger.ts';
import { RunningProgram } from './programs/process.ts';
import { type Stack, startStack } from './stack.ts';

/** How long a backend is blocked. CALLSPAN_E2E_OUTAGE=10m is the real thing: what is promised does not depend on it. */
const OUTAGE = parseDuration(process.env.CALLSPAN_E2E_OUTAGE ?? '12s') ?? Number.NaN;
/** callspan waits up to five minutes between two tries, the collector up to half a minute. */
const RECOVERY = { timeout: 60_000 + OUTAGE, interval: 250 };
/** Spans: less than what the conversations of a test have, more than what is left of them when it is full. */
const QUEUE = 1_500;

let folder: string;
let world: World;
/** In Jaeger's place, with the real Jaeger behind it. */
let jaeger: Backend;
/** In Tempo's place. */
let tempo: Backend;
let stack: Stack;
let environment: Record<string, string>;
let bridge: WorkingBridge | undefined;
let calls = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-outage-'));
  world = await makeWorld();
  jaeger = await Backend.open();
  tempo = await Backend.open();
  stack = await startStack({
    dir: folder,
    tempoEndpoint: tempo.url,
    settings: { JAEGER_OTLP_ENDPOINT: jaeger.url, COLLECTOR_QUEUE_SPANS: String(QUEUE) },
  });
  jaeger.passOnTo(stack.jaegerOtlp);
  environment = { ...world.environment, OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpHttp };
});

afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
  await stack.stop();
  await Promise.all([jaeger.close(), tempo.close(), world.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** So many conversations, half of each vendor, that were over hours ago. */
function talked(count: number): void {
  for (const provider of ['elevenlabs', 'tavus'] as const) {
    const [from, to] = [Date.now() - 9 * HOUR, Date.now() - 3 * HOUR];
    world.book.fill({ provider, seed: 21, count: count / 2, from, to, scenario: 'ordinary' });
  }
}

/** So many conversations that end now. */
function talk(count: number): void {
  for (let left = count; left > 0; calls++) {
    const spec = { provider: 'elevenlabs', seed: 22, index: calls, scenario: 'ordinary' } as const;
    const { start, terminalAt } = simulateCall({ ...spec, startAt: Date.UTC(2026, 0, 1) });
    const length = Math.ceil((terminalAt - start) / 1000);
    // What began longer ago would already have been seen before its end.
    if (length > 50_000) continue;
    world.book.add({ ...spec, startAt: Date.now() - length });
    left--;
  }
}

/** What an undisturbed callspan delivers of all that was talked, read from another collector. */
async function undisturbed(): Promise<SpanIds> {
  const { failures, dead } = await world.runOnce({ CALLSPAN_STATE: join(folder, 'undisturbed.db') });
  expect({ failures, dead }).toEqual({ failures: [], dead: 0 });
  const { sink } = world;
  return new Map(sink.traces().map((id) => [id, new Set(sink.spans(id).map(({ spanId }) => spanId))]));
}

/** Nothing is missing in either backend, nothing differs, and the real Jaeger shows every trace whole. */
async function expectEverything(): Promise<void> {
  const expected = await undisturbed();
  expect(expected.size).toBe(world.book.size);
  for (const [name, backend] of Object.entries({ jaeger, tempo })) {
    await vi.waitFor(() => expect(backend.missing(expected), name).toEqual([]), RECOVERY);
    expect(backend.unasked(expected), name).toEqual([]);
    expect(backend.differing(), name).toEqual([]);
  }
  for (const [traceId, spans] of expected) {
    const trace = await readTrace(stack.jaegerApi, traceId, spans.size);
    expect({ spans: trace.spans.length, warnings: trace.warnings }).toEqual({
      spans: spans.size,
      warnings: [],
    });
  }
  const { size } = expected;
  expect(await recorded(environment)).toEqual({ delivered: size, due: 0, dead: 0, counted: size });
}

function tellRepetitions(): void {
  for (const [name, backend] of Object.entries({ 'the blocked backend': tempo, 'the other one': jaeger })) {
    const { size, arrivals } = backend;
    const traces = backend.repeated().length;
    process.stdout.write(`${name}: ${size} spans, ${arrivals - size} repeated, of ${traces} conversations\n`);
  }
}

describe('promise: every finished conversation is delivered at least once', () => {
  test(
    'fault: one backend takes nothing until its queue in the collector is full → nothing is missing in either of them afterwards; what the other got twice is byte for byte the same, and counted once',
    async () => {
      talked(80);
      tempo.block();
      bridge = new WorkingBridge(environment);
      const [away] = await bridge.tells('the collector is away');
      expect(away?.reason).toContain('sending queue is full');
      for (let step = 0; step < 10; step++) {
        await sleep(OUTAGE / 10);
        talk(1);
      }
      expect(tempo.size).toBe(0);
      tempo.unblock();
      talk(10);
      await bridge.records({ delivered: 100, due: 0 }, RECOVERY);
      await expectEverything();

      tellRepetitions();
      const { length } = bridge.told('the collector is away');
      expect(await bridge.tells('the collector is back', length)).toHaveLength(length);
      // Those that were under way when the queue became full, and one for each pause, which grow.
      expect(new Set([...jaeger.repeated(), ...tempo.repeated()]).size).toBeLessThanOrEqual(20);
    },
    OUTAGE + 3 * RECOVERY.timeout,
  );

  test('fault: the collector is killed with a full queue and started again → what it had taken comes out of its queue, the rest from callspan; nothing is missing in any backend', async () => {
    talked(100);
    tempo.block();
    bridge = new WorkingBridge(environment);
    await bridge.tells('the collector is away');
    const taken = bridge.told('delivered').length;
    expect(taken).toBeGreaterThan(0);
    await stack.program('collector').kill('SIGKILL');
    expect(tempo.size).toBe(0);
    tempo.unblock();
    await stack.program('collector').restart();
    await bridge.records({ delivered: 100, due: 0 }, RECOVERY);
    await expectEverything();
    tellRepetitions();
  });

  test('fault: the collector takes smaller requests than callspan sends (400 "request body too large") → the conversation arrives in parts, and whole', async () => {
    await configure({ max_request_body_size: 12_000 });
    talked(10);
    bridge = new WorkingBridge(environment);
    await bridge.records({ delivered: 10 });
    await expectEverything();
    expect(bridge.told('the collector is away')).toEqual([]);
  });

  test('fault: the collector is behind a proxy, and asks for a certificate that callspan does not have → nothing is lost, and with the certificate it is delivered', async () => {
    const { ca, server, client } = makeCertificates();
    const files = { 'ca.pem': ca, 'server.pem': server.cert, 'server.key': server.key };
    for (const [name, pem] of Object.entries(files)) await writeFile(join(folder, name), pem);
    await writeFile(join(folder, 'client.pem'), client.cert);
    await writeFile(join(folder, 'client.key'), client.key);
    await configure({
      tls: {
        cert_file: join(folder, 'server.pem'),
        key_file: join(folder, 'server.key'),
        client_ca_file: join(folder, 'ca.pem'),
      },
    });
    const proxy = await startConnectProxy(Number(new URL(stack.otlpHttp).port));
    environment = {
      ...environment,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.test:4318',
      OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'ca.pem'),
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    };
    talked(10);
    bridge = new WorkingBridge(environment);
    const [away] = await bridge.tells('the collector is away');
    expect(away?.reason).toContain('https://collector.test:4318/v1/traces');
    await bridge.records({ delivered: 0, due: 10, dead: 0 });
    await bridge.stop();

    bridge = new WorkingBridge({
      ...environment,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: join(folder, 'client.pem'),
      OTEL_EXPORTER_OTLP_CLIENT_KEY: join(folder, 'client.key'),
    });
    await bridge.records({ delivered: 10 });
    expect(new Set(proxy.tunnels.map(({ authority }) => authority))).toEqual(
      new Set(['collector.test:4318']),
    );
    await expectEverything();
  });
});

/** Starts the collector once more with other settings of its HTTP receiver. */
async function configure(http: object): Promise<void> {
  const first = stack.program('collector');
  await first.stop();
  const overlay = join(folder, 'receiver.yaml');
  await writeFile(overlay, stringify({ receivers: { otlp: { protocols: { http } } } }));
  const { launch } = first;
  const other = await RunningProgram.start({ ...launch, args: [...launch.args, `--config=${overlay}`] });
  onTestFinished(() => other.stop());
}
