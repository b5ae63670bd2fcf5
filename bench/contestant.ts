import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Round } from './load.ts';

/** What is measured, each in a process of its own, by plain Node from compiled files. */
export type Contestant = 'callspan' | 'baseline' | 'floor' | 'forwarder' | 'sdk' | 'sdk-each';

const BUILT = fileURLToPath(new URL('../dist/', import.meta.url));
export const PROGRAM = join(BUILT, 'src/cli/main.js');
export const SERVER = join(BUILT, 'bench/server.js');

/** callspan as a user runs it: nothing but the environment, and everything on. */
export function startCallspan(
  args: readonly string[],
  { url, provider, state }: { url: string; provider: Round['provider']; state: string },
  { more = {}, program = PROGRAM }: { more?: Record<string, string>; program?: string } = {},
): ChildProcess {
  const vendor = provider === 'elevenlabs' ? 'ELEVENLABS' : 'TAVUS';
  const environment = {
    [`${vendor}_API_KEY`]: 'sk_bench_0123456789abcdef0123456789',
    [`${vendor}_BASE_URL`]: url,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    CALLSPAN_STATE: state,
    ...more,
  };
  return start([program, ...args], environment);
}

function start(args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  // For `npm run bench` as a profiler: a CPU profile of each contestant is left in this folder.
  const folder = process.env.BENCH_PROFILE;
  const profiled = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  return spawn(process.execPath, [...profiled, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'ignore', process.env.BENCH_DEBUG === undefined ? 'ignore' : 'inherit'],
  });
}

/**
 * Starts a contestant on a round; `onStart` hears its process id before it can have sent anything,
 * `baseline` is the program of the earlier build, `state` where callspan has its ledger: a new file where absent.
 */
export async function compete(
  contestant: Contestant,
  { provider, conversations }: Round,
  url: string,
  {
    onStart,
    baseline,
    state: given,
  }: { onStart: (pid: number) => void; baseline?: string | undefined; state?: string },
): Promise<void> {
  await withState(async (file) => {
    const state = given ?? file;
    const program = { callspan: PROGRAM, baseline }[contestant as string];
    const child =
      program !== undefined
        ? startCallspan(['run', '--once'], { url, provider, state }, { program })
        : start([join(BUILT, `bench/contestants/${contestant}.js`), url, provider, String(conversations)]);
    onStart(pidOf(child));
    await ended(child, contestant);
  });
}

/** A place for a ledger, for as long as `work` lasts. */
export async function withState<T>(work: (state: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'callspan-bench-'));
  try {
    return await work(join(folder, 'callspan.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('a process could not be started');
  return pid;
}

/** @throws where it did not end well. */
export async function ended(child: ChildProcess, name: string): Promise<void> {
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${name} ended with ${signal ?? `code ${code}`}`);
}
