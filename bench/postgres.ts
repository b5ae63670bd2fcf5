/**
 * `npm run bench:postgres [-- --runs N] [--conversations N]`: a backlog on a ledger on a local PostgreSQL server against
 * the same on a file, and two sources carried by two replicas against the same by one. Beside them run the vendors, the
 * collectors and the server: on a machine of few cores the second ratio says how many there are.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgres, type TestServer } from '../test/ledger/postgres/server.ts';
import { compete, ended, pidOf, startCallspan, withState } from './contestant.ts';
import type { Figures, Round } from './load.ts';
import { ratioOf, rowOf, table, together } from './result.ts';
import { ServerProcess } from './server-process.ts';

/** Settings under which a commit is on the disk, as it is in the file: the tests of it go without. */
const DURABLE = { fsync: 'on', synchronous_commit: 'on' };

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    conversations: { type: 'string', default: '3000' },
  },
});
const conversations = Number(values.conversations);
const round: Round = { provider: 'elevenlabs', load: 'mixed', conversations, warmUp: conversations / 2 };

async function once(place: ServerProcess, state?: string): Promise<Figures> {
  await place.ask({ kind: 'round', round }, 'ready');
  const onStart = (pid: number) => place.send({ kind: 'contestant', pid });
  await compete('callspan', round, place.url, { onStart, ...(state === undefined ? {} : { state }) });
  return (await place.ask({ kind: 'tell' }, 'figures')).figures;
}

/** Two sources, each with a vendor and a collector of its own, carried by so many replicas. */
async function twoSources(
  places: readonly ServerProcess[],
  postgres: TestServer,
  replicas: number,
): Promise<Figures> {
  const state = await postgres.database();
  return await withState(async (file) => {
    const settings = `${file}.json`;
    const sources = places.map(({ url }, place) => ({
      ...{ name: `source-${place}`, provider: 'elevenlabs', key: `\${ELEVENLABS_API_KEY}`, base_url: url },
      otlp: { endpoint: url },
    }));
    writeFileSync(settings, JSON.stringify({ sources }));
    const more = { CALLSPAN_CONFIG: settings };
    for (const place of places) await place.ask({ kind: 'round', round }, 'ready');
    const over = places.map(async (place) => await place.hear('over'));
    const bridges = Array.from({ length: replicas }, () =>
      startCallspan(['run'], { url: places[0]?.url ?? '', provider: 'elevenlabs', state }, { more }),
    );
    for (const [index, place] of places.entries()) {
      const bridge = bridges[index % replicas];
      if (bridge !== undefined) place.send({ kind: 'contestant', pid: pidOf(bridge) });
    }
    await Promise.all(over);
    for (const bridge of bridges) {
      bridge.kill('SIGTERM');
      await ended(bridge, 'callspan run');
    }
    const told = await Promise.all(places.map((place) => place.ask({ kind: 'tell' }, 'figures')));
    const all = together(told.map(({ figures }) => figures));
    // One process that carries both was looked at from both sides.
    const sides = places.length / replicas;
    return {
      ...all,
      cpuMillisPerConversation: all.cpuMillisPerConversation / sides,
      peakRssMiB: all.peakRssMiB / sides,
    };
  });
}

const places = [await ServerProcess.start(), await ServerProcess.start()];
const [first] = places;
if (first === undefined) throw new Error('the server did not open');
const postgres = await startPostgres(DURABLE);
const runs = {
  'on a file': [] as Figures[],
  'on PostgreSQL': [] as Figures[],
  'two sources, one replica': [] as Figures[],
  'two sources, two replicas': [] as Figures[],
};
try {
  for (let run = 1; run <= Number(values.runs); run++) {
    process.stderr.write(`run ${run} of ${values.runs}\n`);
    runs['on a file'].push(await once(first));
    runs['on PostgreSQL'].push(await once(first, await postgres.database()));
    runs['two sources, one replica'].push(await twoSources(places, postgres, 1));
    runs['two sources, two replicas'].push(await twoSources(places, postgres, 2));
  }
} finally {
  await Promise.all(places.map((place) => place.close()));
  await postgres.stop();
}
const ratio = (ours: keyof typeof runs, theirs: keyof typeof runs) =>
  ratioOf(runs[ours], runs[theirs], 'conversationsPerSecond');
process.stdout.write(
  table({
    rows: Object.entries(runs).map(([name, figures]) => rowOf(name, figures)),
    ratios: {
      postgresToFile: ratio('on PostgreSQL', 'on a file'),
      twoReplicasToOne: ratio('two sources, two replicas', 'two sources, one replica'),
      cores: cpus().length,
    },
  }),
);
