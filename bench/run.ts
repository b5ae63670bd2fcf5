import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Provider } from '../sandbox/index.ts';
import { type Contestant, compete } from './contestant.ts';
import { tooWeak } from './gate.ts';
import type { Figures, Load, Round } from './load.ts';
import { median, type Ratios, ratioOf, rounded, rowOf, table, together } from './result.ts';
import { ServerProcess } from './server-process.ts';
import { helpCpuMillis, runCpuMillis } from './startup.ts';
import { steady } from './steady.ts';
import type { SteadyPlan } from './steady-vendor.ts';

/** What is run, and how much of it. */
interface Plan {
  readonly runs: number;
  readonly conversations: Partial<Record<Load, number>>;
  /** The load that pairs carry too. */
  readonly pairs?: Load;
  readonly backlogs: readonly [number, number];
  readonly steady: SteadyPlan;
}

const FULL: Plan = {
  runs: 5,
  conversations: { mixed: 9_000, short: 6_000, medium: 1_800, long: 120 },
  pairs: 'mixed',
  backlogs: [10_000, 100_000],
  steady: { perSecond: 50, warmUp: 30, seconds: 60 },
};
const SHORT: Plan = {
  runs: 3,
  conversations: { mixed: 600 },
  backlogs: [400, 4_000],
  steady: { perSecond: 50, warmUp: 10, seconds: 15 },
};
/** Of each round's conversations, carried before the clock starts. */
const WARM_UP = 1 / 2;

interface Entrant {
  readonly name: string;
  readonly contestant: Contestant;
  readonly provider: Provider;
  /** How many of it run at the same time, each with its share of the conversations. @default 1 */
  readonly atOnce?: number;
}

const ENTRANTS: readonly Entrant[] = [
  { name: 'callspan, ElevenLabs', contestant: 'callspan', provider: 'elevenlabs' },
  { name: 'bare forwarder', contestant: 'forwarder', provider: 'elevenlabs' },
  { name: 'floor', contestant: 'floor', provider: 'elevenlabs' },
  { name: 'callspan, Tavus', contestant: 'callspan', provider: 'tavus' },
  { name: 'SDK, Tavus', contestant: 'sdk', provider: 'tavus' },
];
/** What two threads that share nothing could bring. */
const PAIRS: readonly Entrant[] = [
  { name: 'two of callspan, ElevenLabs', contestant: 'callspan', provider: 'elevenlabs', atOnce: 2 },
  { name: 'two of callspan, Tavus', contestant: 'callspan', provider: 'tavus', atOnce: 2 },
];

const { values: options } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const plan = options.short ? SHORT : FULL;

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const project = fileURLToPath(new URL('tsconfig.json', import.meta.url));
const compiled = spawnSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
if (compiled.status !== 0) throw new Error('the benchmark could not be compiled');

const server = await ServerProcess.start();
/** One for each that runs at the same time. */
const servers = [server, await ServerProcess.start()];
const runs = new Map<string, Figures[]>();
const keyOf = (name: string, load: string) => `${name}, ${load}`;

async function measure(name: string, contestant: Contestant, round: Round, atOnce = 1): Promise<void> {
  const share = { ...round, conversations: round.conversations / atOnce, warmUp: round.warmUp / atOnce };
  const places = servers.slice(0, atOnce);
  const figures = together(await Promise.all(places.map((place) => carry(place, contestant, share))));
  const known = runs.get(name);
  if (known) known.push(figures);
  else runs.set(name, [figures]);
}

async function carry(place: ServerProcess, contestant: Contestant, round: Round): Promise<Figures> {
  await place.ask({ kind: 'round', round }, 'ready');
  await compete(contestant, round, place.url, (pid) => place.send({ kind: 'contestant', pid }));
  const { figures } = await place.ask({ kind: 'tell' }, 'figures');
  // The SDK's processor sends many conversations in one request; everybody else each by itself.
  if (contestant !== 'sdk' && figures.requests < round.conversations) {
    throw new Error(
      `${contestant}: ${figures.requests} of ${round.conversations} conversations were accepted`,
    );
  }
  return figures;
}

function figuresOf(name: string): readonly Figures[] {
  return runs.get(name) ?? [];
}

const started: { help: number[]; run: number[] } = { help: [], run: [] };
for (let run = 1; run <= plan.runs; run++) {
  process.stderr.write(`run ${run} of ${plan.runs}\n`);
  started.help.push(await helpCpuMillis());
  started.run.push(await runCpuMillis(server));
  for (const [load, conversations] of Object.entries(plan.conversations) as [Load, number][]) {
    const warmUp = Math.floor(conversations * WARM_UP);
    for (const { name, contestant, provider, atOnce } of [
      ...ENTRANTS,
      ...(plan.pairs === load ? PAIRS : []),
    ]) {
      await measure(keyOf(name, load), contestant, { provider, load, conversations, warmUp }, atOnce);
    }
  }
}
process.stderr.write('steady\n');
const everyday = await steady(server, plan.steady);
process.stderr.write('backlogs\n');
for (const conversations of plan.backlogs) {
  const round = { provider: 'elevenlabs', load: 'short', conversations, warmUp: 0 } as const;
  await measure(`callspan, backlog of ${conversations}`, 'callspan', round);
}
await Promise.all(servers.map((one) => one.close()));

const [less, more] = plan.backlogs.map(
  (conversations) => figuresOf(`callspan, backlog of ${conversations}`)[0]?.peakRssMiB ?? Number.NaN,
);
const ratios: Ratios = {
  elevenlabsToForwarder: ratioOf(
    figuresOf(keyOf('callspan, ElevenLabs', 'mixed')),
    figuresOf(keyOf('bare forwarder', 'mixed')),
  ),
  tavusToSdk: ratioOf(figuresOf(keyOf('callspan, Tavus', 'mixed')), figuresOf(keyOf('SDK, Tavus', 'mixed'))),
  rss100kTo10k: rounded((more ?? Number.NaN) / (less ?? Number.NaN)),
  elevenlabsCallsPerConversation: rounded(everyday.callsPerConversation),
  p99DoneToAcceptedSeconds: rounded(everyday.p99),
  helpCpuMillis: median(started.help),
  runCpuMillis: median(started.run),
};
const result = { rows: [...runs].map(([name, figures]) => rowOf(name, figures)), ratios };
process.stdout.write(table(result));
const file = new URL('results.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
const weak = options.short ? tooWeak(ratios) : [];
for (const complaint of weak) process.stderr.write(`${complaint}\n`);
if (weak.length > 0) process.exitCode = 1;
