import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built program, as a user starts it. */
const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `callspan` with nothing in its environment but `environment`, to its end.
 * @param node the Node.js that runs it.
 */
export async function callspan(
  args: readonly string[],
  environment: Record<string, string> = {},
  node: string = process.execPath,
): Promise<Ended> {
  return await start(args, environment, node).ended;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has written to standard error so far. */
  readonly stderr: () => string;
  /** Resolves as soon as standard error holds `text`. */
  said(text: string): Promise<void>;
}

export function start(
  args: readonly string[],
  environment: Record<string, string> = {},
  node: string = process.execPath,
): Running {
  const child = spawn(node, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
    child.emit('said');
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, stdout, stderr }));
  return {
    process: child,
    ended,
    stderr: () => stderr,
    async said(text) {
      while (!stderr.includes(text)) {
        const over = await Promise.race([once(child, 'said').then(() => false), ended.then(() => true)]);
        if (over && !stderr.includes(text)) throw new Error(`It ended without saying "${text}":\n${stderr}`);
      }
    },
  };
}

/** A port on which nothing listens. */
export const NOWHERE = 'http://127.0.0.1:1';

/** What the shortest run of the program takes on two idle cores, in milliseconds, with room. */
const IDLE_RUN = 300;

/**
 * How long what takes `ms` milliseconds on an idle machine may take on this one as busy as it is now: measured by
 * the shortest run of the program, so that a promise of so many seconds can be held to anywhere.
 */
export async function asBusyAsNow(ms: number): Promise<number> {
  const began = performance.now();
  await callspan(['--help']);
  return ms * Math.max(1, (performance.now() - began) / IDLE_RUN);
}
