/**
 * `npx tsx test/chaos/run.ts [--ledger sqlite|postgres] [--seed N] [--short] [--no-poison] [--json FILE]`: the built program is killed at every moment that has
 * a danger of its own and at many others, while vendors and collector misbehave; afterwards everything that was
 * promised is checked. The seed draws all of it but the scheduling of processes. Ends with 1 where a promise is broken.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { CrashPoint } from '../../src/crash-point.ts';
import type { Figures } from './figures.ts';
import { type Dose, INTAKE, ROAD } from './plan.ts';
import { type ChaosResult, json, resultOf, table } from './result.ts';
import { Shard } from './shard.ts';

/** Ledgers that are tormented side by side: a life is mostly waiting for its program to start. */
const SHARDS = 2;

const FULL: Omit<Dose, 'poison'> = {
  ...{
    perPoint: 14,
    migrations: 12,
    backfills: 10,
    backfillKills: 4,
    walkKills: 6,
    randomKills: 38,
    terminations: 8,
  },
  conversations: { backlog: 500, past: 140, fresh: 880, told: 120, longest: true },
};
const SHORT: Omit<Dose, 'poison'> = {
  ...{
    perPoint: 2,
    migrations: 3,
    backfills: 2,
    backfillKills: 1,
    walkKills: 2,
    randomKills: 2,
    terminations: 2,
  },
  conversations: { backlog: 80, past: 20, fresh: 80, told: 16, longest: false },
};

/** On a server: three replicas on one ledger, and faults of the network and the server besides. */
const REPLICAS = {
  full: { faults: 300, backlog: 1_000, fresh: 2_000, branches: 5 },
  short: { faults: 14, backlog: 80, fresh: 80, branches: 2 },
};

/** Below these a run has proven nothing. */
const LEAST = {
  full: { kills: 400, hits: 10, conversations: 3_000 },
  short: { kills: 50, hits: 2, conversations: 300 },
};

const { values: options } = parseArgs({
  options: {
    ledger: { type: 'string', default: 'sqlite' },
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    /** To compare what poison costs. */
    'no-poison': { type: 'boolean', default: false },
    /** A file for the result, whatever it is. */
    json: { type: 'string' },
  },
});

const seed = Number(options.seed);
if (!Number.isSafeInteger(seed)) throw new TypeError(`--seed: expected a whole number, got ${options.seed}`);
if (options.ledger !== 'sqlite' && options.ledger !== 'postgres')
  throw new TypeError(`--ledger: expected sqlite or postgres, got ${options.ledger}`);
const onServer = options.ledger === 'postgres';
const poison = !options['no-poison'];
const started = performance.now();
const result = resultOf(await torment(seed, { ...(options.short ? SHORT : FULL), poison }), {
  seed,
  short: options.short,
  seconds: Math.round((performance.now() - started) / 100) / 10,
  least: leastOf(),
  points: onServer
    ? []
    : ([...ROAD, ...INTAKE, 'during-migration', 'during-backfill'] satisfies CrashPoint[]),
});
process.stdout.write(table(result));
if (options.json !== undefined) await writeFile(options.json, json(result));
process.exitCode = passed(result) ? 0 : 1;

async function torment(seed: number, dose: Dose): Promise<Figures[]> {
  let lives = 0;
  const onLife = () => {
    if (++lives % 20 === 0) process.stderr.write(`${lives} lives\n`);
  };
  if (onServer) {
    const replicas = options.short ? REPLICAS.short : REPLICAS.full;
    return [await Shard.runReplicas(seed, { ...replicas, poison }, onLife)];
  }
  const shards = Array.from({ length: SHARDS }, (_, shard) => Shard.run(seed * SHARDS + shard, dose, onLife));
  return await Promise.all(shards);
}

function leastOf() {
  if (!onServer) return options.short ? LEAST.short : LEAST.full;
  const { faults, backlog, fresh } = options.short ? REPLICAS.short : REPLICAS.full;
  return { kills: Math.floor(faults / 10), hits: 0, conversations: backlog + fresh };
}

function passed({ promises }: ChaosResult): boolean {
  return Object.values(promises).every((violations) => violations.length === 0);
}
