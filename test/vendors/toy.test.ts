import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sink, startSink } from '../../sandbox/index.ts';
import { loadConfig } from '../../src/config/config.ts';
import { derivedTraceId, translate } from '../../src/index.ts';
import { profiles } from '../../src/vendors/registry.ts';
import { registerToy } from './toy/register.ts';
import { SAID, startToy, TOY_KEY, toyCall } from './toy/server.ts';

const PROGRAM = fileURLToPath(new URL('./toy/program.ts', import.meta.url));

/** Some minutes ago, unix seconds. */
const BEGAN = Math.floor(Date.now() / 1_000) - 600;
const CALLS = [
  toyCall('t-1', BEGAN, BEGAN + 10),
  toyCall('t-2', BEGAN + 60, BEGAN + 75),
  toyCall('t-3', BEGAN + 580),
];
const TRACE = derivedTraceId('toy', 't-1');

let toy: Awaited<ReturnType<typeof startToy>>;
let sink: Sink;
let folder: string;
let settings: Record<string, string>;

beforeAll(async () => {
  toy = await startToy(CALLS);
  sink = await startSink();
  folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  settings = {
    TOY_API_KEY: TOY_KEY,
    TOY_BASE_URL: toy.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    CALLSPAN_STATE: join(folder, 'callspan.db'),
  };
});

afterAll(async () => {
  await Promise.all([toy.close(), sink.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** The whole program, with the toy registered and nothing else changed. */
async function callspan(words: string[], more: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...words], {
    env: { PATH: process.env.PATH, ...settings, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, ...texts };
}

describe('a vendor that is a folder and a line', () => {
  test('is in the help', async () => {
    const { stdout, code } = await callspan(['--help']);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('Toy bots');
    expect(stdout).toContain('TOY_API_KEY');
    expect((await callspan(['show', '--help'])).stdout).toContain('or toy');
  });

  test('is listed, delivered and counted; what goes on is pending', async () => {
    const { stdout, stderr, code } = await callspan(['run', '--once']);
    expect({ stdout, code }, stderr).toEqual({
      stdout: 'seen 3, delivered 2, pending 1, empty 0, dead 0\n',
      code: 0,
    });
    expect(sink.traces().sort()).toEqual([TRACE, derivedTraceId('toy', 't-2')].sort());
    const spans = sink.spans(TRACE).map(({ forms }) => forms[0]?.span as { name: string });
    expect(spans.map(({ name }) => name).sort()).toEqual([
      'toy.conversation',
      'toy.recv.agent_response',
      'toy.recv.agent_response',
      'toy.recv.user_transcript',
      'toy.response_latency',
    ]);
    expect(JSON.stringify(spans)).not.toContain(SAID);
    expect(sink.violations).toEqual([]);
    expect(sink.metrics.total('callspan.response.latency', { 'gen_ai.provider.name': 'toy' })).toBe(2);
  });

  test('has its status', async () => {
    const { sources } = JSON.parse((await callspan(['status', '--json'])).stdout);
    expect(sources).toMatchObject([{ name: 'toy', provider: 'toy', delivered: 2, pending: 1 }]);
  });

  test('is shown, with the wait as long as it was', async () => {
    const { stdout, stderr } = await callspan(['show', 'toy', 't-1']);
    expect(stdout, stderr).toContain('response_latency');
    expect(stdout).toMatch(/1\.25\s?s/);
  });

  test('is captured without a word, and the capture shows the same picture', async () => {
    const file = join(folder, 'capture.json');
    expect((await callspan(['capture', 'toy', 't-1', file])).code).toBe(0);
    const captured = await readFile(file, 'utf8');
    expect(captured).not.toContain('Rosalind');
    expect(JSON.parse(captured)).toMatchObject({ key: 't-1', began: BEGAN, lines: [{ who: 'bot' }, {}, {}] });
    expect((await callspan(['show', '--file', file])).stdout).toMatch(/1\.25\s?s/);
  });

  test('has trace ids that are known beforehand, where its profile says so', async () => {
    expect((await callspan(['trace-id', 'toy', 't-9'])).stdout).toBe(`${derivedTraceId('toy', 't-9')}\n`);
  });

  test('is exported by name, and again as the same bytes', async () => {
    const { stdout, code } = await callspan(['export', 'toy', 't-1', '--force']);
    expect({ stdout, code }).toEqual({ stdout: `${TRACE}\n`, code: 0 });
    expect(sink.differing()).toEqual([]);
  });
});

describe('its settings', () => {
  test('are those of its profile, in the environment', async () => {
    const take = registerToy();
    try {
      const { sources } = await loadConfig({ TOY_API_KEY: 'k', CALLSPAN_TOY_SETTLE: '7s' });
      expect(sources).toMatchObject([{ provider: 'toy', baseUrl: 'https://api.toy.example', settle: 7_000 }]);
      await expect(loadConfig({})).rejects.toThrow('or TOY_API_KEY to the API key of an account');
      await expect(loadConfig({ TOY_API_KEY: 'k', CALLSPAN_TOY_SETTLE: 'soon' })).rejects.toThrow(
        'CALLSPAN_TOY_SETTLE=soon',
      );
    } finally {
      take();
    }
  });

  test('and in a file, its regions among them', async () => {
    const take = registerToy();
    try {
      const file = join(folder, 'callspan.yaml');
      await writeFile(file, `sources: [{ name: luna, provider: toy, key: '\${KEY}', region: moon }]`);
      const { sources } = await loadConfig({ CALLSPAN_CONFIG: file, KEY: 'k' });
      expect(sources).toMatchObject([{ name: 'luna', baseUrl: 'https://moon.toy.example', settle: 1_000 }]);
    } finally {
      take();
    }
  });

  test('are gone with it, and nobody else’s are touched', async () => {
    registerToy()();
    expect(profiles().map(({ name }) => name)).not.toContain('toy');
    await expect(loadConfig({ TOY_API_KEY: 'k' })).rejects.toThrow('No source');
  });
});

test('its payload is recognised by the library, and pending while it goes on', async () => {
  const take = registerToy();
  try {
    expect(await translate(CALLS[2])).toEqual({ kind: 'pending', reason: 'it goes on' });
    const fetched = await translate(CALLS[0]);
    expect(fetched.kind === 'ready' && fetched.translated.conversation.traceId).toBe(TRACE);
  } finally {
    take();
  }
});
