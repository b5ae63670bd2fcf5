import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Provider } from '../sandbox/index.ts';
import { Baseline } from './baseline.ts';
import { type Contestant, compete } from './contestant.ts';
import { Encoding, type EncodingFigures } from './encoding.ts';
import { tooWeak } from './gate.ts';
import type { Figures, Load, Round } from './load.ts';
import { SIZES } from './payload.ts';
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
  /** Of which loads; all where absent. */
  readonly loads?: readonly Load[];
}

const ENTRANTS: readonly Entrant[] = [
  { name: 'callspan, ElevenLabs', contestant: 'callspan', provider: 'elevenlabs' },
  { name: 'bare forwarder', contestant: 'forwarder', provider: 'elevenlabs' },
  { name: 'floor', contestant: 'floor', provider: 'elevenlabs' },
  { name: 'callspan, Tavus', contestant: 'callspan', provider: 'tavus' },
  { name: 'SDK, Tavus', contestant: 'sdk', provider: 'tavus' },
  { name: 'SDK, one a request, Tavus', contestant: 'sdk-each', provider: 'tavus', loads: ['short'] },
];
/** The same beside an earlier build. */
const EARLIER: readonly Entrant[] = [
  { name: 'earlier, ElevenLabs', contestant: 'baseline', provider: 'elevenlabs' },
  { name: 'earlier, Tavus', contestant: 'baseline', provider: 'tavus' },
];
/** What two threads that share nothing could bring. */
const PAIRS: readonly Entrant[] = [
  { name: 'two of callspan, ElevenLabs', contestant: 'callspan', provider: 'elevenlabs', atOnce: 2 },
  { name: 'two of callspan, Tavus', contestant: 'callspan', provider: 'tavus', atOnce: 2 },
];

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    /** A commit, built and measured beside today's. */
    against: { type: 'string' },
  },
});
const plan = options.short ? SHORT : FULL;

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const project = fileURLToPath(new URL('tsconfig.json', import.meta.url));
const compiled = spawnSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
if (compiled.status !== 0) throw new Error('the benchmark could not be compiled');

const baseline = options.against === undefined ? undefined : await Baseline.build(options.against);
const entrants = baseline === undefined ? ENTRANTS : [...ENTRANTS, ...EARLIER];
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
  await compete(contestant, round, place.url, {
    onStart: (pid) => place.send({ kind: 'contestant', pid }),
    baseline: baseline?.program,
  });
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

const encoding = options.short ? undefined : await Encoding.prepare();
const encoded: EncodingFigures[] = [];
const started: { help: number[]; run: number[] } = { help: [], run: [] };
for (let run = 1; run <= plan.runs; run++) {
  process.stderr.write(`run ${run} of ${plan.runs}\n`);
  started.help.push(await helpCpuMillis());
  started.run.push(await runCpuMillis(server));
  if (encoding !== undefined) encoded.push(await encoding.once());
  for (const [load, conversations] of Object.entries(plan.conversations) as [Load, number][]) {
    const warmUp = Math.floor(conversations * WARM_UP);
    for (const { name, contestant, provider, atOnce, loads } of [
      ...entrants,
      ...(plan.pairs === load ? PAIRS : []),
    ]) {
      if (loads !== undefined && !loads.includes(load)) continue;
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
await Promise.all([...servers.map((one) => one.close()), baseline?.close()]);
encoding?.close();

const [less, more] = plan.backlogs.map(
  (conversations) => figuresOf(`callspan, backlog of ${conversations}`)[0]?.peakRssMiB ?? Number.NaN,
);
const perSecond = (ours: string, theirs: string, load: Load) =>
  ratioOf(figuresOf(keyOf(ours, load)), figuresOf(keyOf(theirs, load)), 'conversationsPerSecond');

/** What was measured beside an earlier build, and beside the peers that only encode. */
function beside(): Record<string, number> {
  const ratios: Record<string, number> = {};
  if (plan.conversations.short !== undefined)
    ratios.tavusToSdkOneARequest = perSecond('callspan, Tavus', 'SDK, one a request, Tavus', 'short');
  for (const load of Object.keys(plan.conversations) as Load[]) {
    for (const vendor of baseline === undefined ? [] : ['ElevenLabs', 'Tavus']) {
      const ours = figuresOf(keyOf(`callspan, ${vendor}`, load));
      const theirs = figuresOf(keyOf(`earlier, ${vendor}`, load));
      ratios[`cpuToEarlier ${vendor} ${load}`] = ratioOf(ours, theirs, 'cpuMillisPerConversation');
      ratios[`bytesToEarlier ${vendor} ${load}`] = ratioOf(ours, theirs, 'bytesPerConversation');
    }
  }
  for (const size of SIZES) {
    for (const peer of ['pdata', 'python']) {
      const of = (name: string) => encoded.flatMap((figures) => figures.get(`${name}, ${size}`) ?? []);
      if (of(peer).length === 0) continue;
      ratios[`encodingCpuTo ${peer} ${size}`] = ratioOf(of('callspan'), of(peer), 'cpuMillis');
      ratios[`protobufCpuTo ${peer} ${size}`] = ratioOf(of('callspan in protobuf'), of(peer), 'cpuMillis');
    }
  }
  return ratios;
}

const ratios: Ratios = {
  elevenlabsToForwarder: perSecond('callspan, ElevenLabs', 'bare forwarder', 'mixed'),
  tavusToSdk: perSecond('callspan, Tavus', 'SDK, Tavus', 'mixed'),
  rss100kTo10k: rounded((more ?? Number.NaN) / (less ?? Number.NaN)),
  elevenlabsCallsPerConversation: rounded(everyday.callsPerConversation),
  p99DoneToAcceptedSeconds: rounded(everyday.p99),
  helpCpuMillis: median(started.help),
  runCpuMillis: median(started.run),
  ...beside(),
};
const result = { rows: [...runs].map(([name, figures]) => rowOf(name, figures)), ratios };
process.stdout.write(table(result));
const file = new URL('results.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
const weak = options.short ? tooWeak(ratios) : [];
for (const complaint of weak) process.stderr.write(`${complaint}\n`);
if (weak.length > 0) process.exitCode = 1;
