import { spawn } from 'node:child_process';
import { ended, PROGRAM, pidOf, startCallspan, withState } from './contestant.ts';
import { cpuMillisOfChildren } from './process-figures.ts';
import type { ServerProcess } from './server-process.ts';

/** The CPU time of `callspan --help`, from start to end, in milliseconds. */
export async function helpCpuMillis(): Promise<number> {
  const before = cpuMillisOfChildren();
  await ended(spawn(process.execPath, [PROGRAM, '--help'], { stdio: 'ignore' }), 'callspan --help');
  return cpuMillisOfChildren() - before;
}

/** The CPU time of `callspan run` until the vendor hears its first request, in milliseconds. */
export async function runCpuMillis(server: ServerProcess): Promise<number> {
  const round = { provider: 'elevenlabs', load: 'short', conversations: 1, warmUp: 0 } as const;
  await server.ask({ kind: 'round', round }, 'ready');
  return await withState(async (state) => {
    const heard = server.hear('first request');
    // The first poll comes at a moment within the poll interval.
    const child = startCallspan(
      ['run'],
      { url: server.url, provider: round.provider, state },
      { more: { CALLSPAN_POLL_INTERVAL: '100ms' } },
    );
    server.send({ kind: 'contestant', pid: pidOf(child) });
    const { cpuMillis } = await heard;
    child.kill('SIGTERM');
    await ended(child, 'callspan run');
    return cpuMillis;
  });
}
