import { ended, pidOf, startCallspan, withState } from './contestant.ts';
import type { ServerProcess } from './server-process.ts';
import type { SteadyFigures, SteadyPlan } from './steady-vendor.ts';

/** The poll interval under which the delay is promised. */
const POLL_INTERVAL = '5s';

/** Everyday business: calls are done at an even pace, and callspan finds and carries them. */
export async function steady(server: ServerProcess, plan: SteadyPlan): Promise<SteadyFigures> {
  await server.ask({ kind: 'steady', plan }, 'ready');
  return await withState(async (state) => {
    const over = server.hear('over');
    const child = startCallspan(
      ['run'],
      { url: server.url, provider: 'elevenlabs', state },
      { more: { CALLSPAN_POLL_INTERVAL: POLL_INTERVAL } },
    );
    server.send({ kind: 'contestant', pid: pidOf(child) });
    await over;
    child.kill('SIGTERM');
    await ended(child, 'callspan run');
    const { figures } = await server.ask({ kind: 'tell' }, 'steady');
    return figures;
  });
}
