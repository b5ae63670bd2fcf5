import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sink, startSink } from '../../sandbox/index.ts';
import { type Ended, NOWHERE } from './program.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const SUMMARY = 'seen 4, delivered 4, pending 0, empty 0, dead 0';

let folder: string;
let temporary: string;
let elsewhere: string;
let sink: Sink;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  temporary = join(folder, 'temporary');
  elsewhere = join(folder, 'empty');
  await Promise.all([mkdir(temporary), mkdir(elsewhere)]);
  sink = await startSink();
});

afterEach(async () => {
  await sink.close();
  await rm(folder, { recursive: true, force: true });
});

/** The demo, in a folder with nothing in it. */
function start(environment: Record<string, string> = {}, args: readonly string[] = []) {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, 'demo', ...args], {
    cwd: elsewhere,
    env: { PATH: process.env.PATH ?? '', TMPDIR: temporary, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk) => {
      texts[name] += chunk;
      child.emit('said');
    });
  }
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...texts }));
  const begun = async () => {
    while (!texts.stdout.includes('callspan run --once')) await once(child, 'said');
  };
  return { child, ended, begun };
}

const demo = async (environment?: Record<string, string>, ...args: string[]) =>
  await start(environment, args).ended;

async function leftBehind(): Promise<string[]> {
  return [...(await readdir(temporary)), ...(await readdir(elsewhere))];
}

describe('the demo', () => {
  test('draws what the bridge delivered, from any folder, and leaves no file', async () => {
    const { code, stdout, stderr } = await demo();
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(SUMMARY);
    expect(stdout.match(/response_latency/g)?.length).toBeGreaterThan(4);
    expect(await leftBehind()).toEqual([]);
  });

  test('needs no home that can be written to', async () => {
    const home = join(folder, 'home');
    await mkdir(home, { mode: 0o500 });
    for (const HOME of [home, '/nonexistent']) {
      const { code, stderr } = await demo({ HOME });
      expect(code, stderr).toBe(0);
    }
    await chmod(home, 0o700);
    expect(await readdir(home)).toEqual([]);
  });

  test.for(['missing', 'a-file/in-the-way'])(
    'ends, and says what to do, where TMPDIR is %s',
    async (place) => {
      const { code, stdout, stderr } = await demo({ TMPDIR: join(folder, place) });
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        /^callspan: The demo keeps its ledger in the temporary folder, .* set TMPDIR .*\n$/,
      );
      expect(await leftBehind()).toEqual([]);
    },
  );
});

describe('whatever is exported for a bridge in earnest', () => {
  test.for([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    [
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '/v1/traces',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '/v1/metrics',
      },
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '', CALLSPAN_SELF_TRACES: 'true' }],
  ] as Record<string, string>[][])('no collector gets a simulated call: %o', async ([exported = {}]) => {
    const addresses = Object.entries(exported).map(([name, value]) => [
      name,
      name.startsWith('OTEL') ? `${sink.url}${value}` : value,
    ]);
    const { code, stdout, stderr } = await demo(Object.fromEntries(addresses));
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(SUMMARY);
    expect(sink.requests.total).toBe(0);
  });

  test.for([
    { HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE },
    { http_proxy: NOWHERE, https_proxy: NOWHERE, no_proxy: 'internal.example' },
    { HTTP_PROXY: NOWHERE, NO_PROXY: 'internal.example', NODE_USE_ENV_PROXY: '1' },
    { HTTP_PROXY: NOWHERE, NO_PROXY: '*' },
    { HTTP_PROXY: 'not a proxy' },
  ] as Record<string, string>[])('no proxy stands before the simulated vendors: %o', async (proxy) => {
    const { code, stdout, stderr } = await demo(proxy);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(SUMMARY);
  });

  test('no setting breaks it', async () => {
    const { code, stderr } = await demo({
      ELEVENLABS_API_KEY: 'a-real-key',
      ELEVENLABS_BASE_URL: NOWHERE,
      CALLSPAN_CONFIG: '/nonexistent.yaml',
      CALLSPAN_POLL_INTERVAL: 'often',
      CALLSPAN_STATE: '/nonexistent/callspan.db',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/nonexistent.pem',
      OTEL_METRIC_EXPORT_INTERVAL: 'never',
    });
    expect(code, stderr).toBe(0);
  });
});

describe('--collector', () => {
  test('sends the simulated calls where it says, and nowhere else', async () => {
    const other = await startSink();
    const { code, stdout, stderr } = await demo(
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${other.url}/v1/traces` },
      '--collector',
      sink.url,
    );
    const strayed = other.requests.total;
    await other.close();
    expect(code, stderr).toBe(0);
    expect(sink.traces()).toHaveLength(6);
    expect(strayed).toBe(0);
    expect(stdout).toContain(`Delivered to ${sink.url}`);
  });

  test('has to be a URL', async () => {
    const { code, stderr } = await demo({}, '--collector', 'localhost:4318');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--collector/);
  });
});

describe('a demo that is ended from outside', () => {
  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('takes its files along at %s', async (signal) => {
    const { child, ended, begun } = start();
    await begun();
    child.kill(signal);
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(await leftBehind()).toEqual([]);
  });

  test('leaves no process behind that would go on without it', async () => {
    const { child, ended, begun } = start();
    await begun();
    child.kill('SIGKILL');
    // Its output closes when the last process that holds it has ended, and another one would have something to say.
    const { signal, stdout, stderr } = await ended;
    expect(signal).toBe('SIGKILL');
    expect(stdout).not.toContain('seen');
    expect(stderr).toBe('');
  });
});
