import { setTimeout as sleep } from 'node:timers/promises';
import { type Ended, type Running, start } from '../cli/program.ts';
import type { Life } from './plan.ts';
import type { Senders } from './senders.ts';

/** A life that runs and does not come by its point in this time is killed all the same, in milliseconds. */
const PATIENCE = 3_000;
/** One that is not running after so long has hung: starting takes a fraction of a second. */
const START_PATIENCE = 20_000;
/** An orderly stop that takes longer has failed, and is killed. */
const STOP_PATIENCE = 20_000;
/** What the program says when its signal handlers are in place and its sources are started. */
const RUNNING = 'callspan is running';

/** How a life came to its end. */
export interface Death {
  /** The point that it came by. */
  readonly hit: boolean;
  readonly killed: boolean;
  /** How long an orderly stop took, in milliseconds. */
  readonly stopMs?: number;
  /** What was not as it should be. */
  readonly problem?: string;
}

/**
 * Lives one life to its end.
 * @param args what the program is to do.
 * @param senders what webhooks come meanwhile.
 */
export async function live(
  life: Life,
  args: readonly string[],
  environment: Record<string, string>,
  senders: Senders,
): Promise<Death> {
  const arm = life.kind === 'point' ? { CALLSPAN_CRASH_AT: `${life.point}:${life.nth}` } : {};
  const program = start(args, { ...environment, ...arm });
  const [death] = await Promise.all([die(life, program), senders.serve(program)]);
  return death;
}

async function die(life: Life, program: Running): Promise<Death> {
  switch (life.kind) {
    case 'point':
      return await crash(program, life.point, life.point === 'during-backfill');
    case 'terminate':
      return await terminate(program, life.afterMs);
    case 'kill':
      if (life.since === 'running' && !(await isRunning(program))) return await hung(program);
      return await kill(program, life.afterMs, false);
    default:
      return await kill(program, life.afterMs, true);
  }
}

async function crash(program: Running, point: string, isBackfill: boolean): Promise<Death> {
  // A backfill does not say when it has started.
  if (!isBackfill && !(await isRunning(program))) return await hung(program);
  const killer = setTimeout(() => program.process.kill('SIGKILL'), isBackfill ? START_PATIENCE : PATIENCE);
  const ended = await program.ended;
  clearTimeout(killer);
  return { hit: ended.stderr.includes(`crash point ${point}\n`), ...judged(ended, isBackfill) };
}

async function kill(program: Running, afterMs: number, mayEnd: boolean): Promise<Death> {
  await Promise.race([sleep(afterMs), program.ended]);
  program.process.kill('SIGKILL');
  return { hit: false, ...judged(await program.ended, mayEnd) };
}

async function terminate(program: Running, afterMs: number): Promise<Death> {
  if (!(await isRunning(program))) return await hung(program);
  await sleep(afterMs);
  const asked = performance.now();
  program.process.kill('SIGTERM');
  const killer = setTimeout(() => program.process.kill('SIGKILL'), STOP_PATIENCE);
  const ended = await program.ended;
  clearTimeout(killer);
  const stopMs = Math.round(performance.now() - asked);
  const death = { hit: false, killed: false, stopMs };
  if (ended.code === 0 && stopMs <= 5_000) return death;
  return { ...death, problem: `SIGTERM: ${told(ended)} after ${stopMs} ms` };
}

/** False where it is not running in good time. One that has ended is judged by how it did. */
async function isRunning(program: Running): Promise<boolean> {
  const over = new AbortController();
  const late = sleep(START_PATIENCE, false, { signal: over.signal }).catch(() => false);
  const said = program.said(RUNNING).catch(() => undefined);
  const running = await Promise.race([said.then(() => true), late]);
  over.abort();
  return running;
}

async function hung(program: Running): Promise<Death> {
  program.process.kill('SIGKILL');
  const ended = await program.ended;
  const problem = `it was not running after ${START_PATIENCE} ms: ${told(ended)}`;
  return { hit: false, killed: true, problem };
}

/** @param mayEnd a backfill may be through (0), or have met a fault that it could not wait out (1). */
function judged(ended: Ended, mayEnd: boolean): Pick<Death, 'killed' | 'problem'> {
  if (ended.signal === 'SIGKILL') return { killed: true };
  if (mayEnd && (ended.code === 0 || ended.code === 1)) return { killed: false };
  return { killed: false, problem: `it ended by itself: ${told(ended)}` };
}

function told({ code, signal, stderr }: Ended): string {
  return `${code === null ? signal : `code ${code}`}, ${stderr.trimEnd().split('\n').at(-1) ?? ''}`;
}
