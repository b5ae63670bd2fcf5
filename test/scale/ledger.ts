/**
 * A ledger of ten million conversations: how long it takes to open, and how long a cycle of the bridge in which there
 * is nothing new spends in it. `npx tsx test/scale/ledger.ts [--rows N]`; ends with 1 where that is too long.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLedger } from '../../src/ledger/open.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { systemClock } from '../../src/time/clock.ts';
import { SimulatedCollector, Simulation } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import { fillLedger, LongList } from './long-list.ts';
import { check, print, verdict } from './report.ts';

/** Opening is a matter of reading the schema: a scan of ten million rows would take seconds. In milliseconds. */
const LONGEST_OPENING = 200;
/** Of a ledger of this size only the small tables are. In milliseconds. */
const LONGEST_VERIFYING = 200;
/** In milliseconds. */
const LONGEST_CYCLE = 50;
const NOW = Date.UTC(2026, 5, 1);
const CYCLES = 25;
const POLL_INTERVAL = 30_000;
/** All through the cycles the list shows conversations that are known. */
const UNTIL = NOW + (CYCLES + 1) * POLL_INTERVAL;

const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000000' } } });
const rows = Number(values.rows);
const folder = await mkdtemp(join(tmpdir(), 'callspan-scale-'));
try {
  const file = join(folder, 'callspan.db');
  const began = performance.now();
  await fillLedger(file, NOW, { rows, until: UNTIL });
  const { size } = await stat(file);
  print('rows', rows);
  print('made in', `${((performance.now() - began) / 1000).toFixed(0)} s`);
  print('size', `${(size / 1e6).toFixed(0)} MB, ${(size / rows).toFixed(0)} bytes a row`);
  const openings: number[] = [];
  for (let time = 0; time < 5; time++) openings.push(await opening(file));
  check('opening, the slowest of five', Math.max(...openings), LONGEST_OPENING, 'ms');
  check('what is verified of it at a start', await verifying(file), LONGEST_VERIFYING, 'ms');
  const { rate, slices } = await inspecting(file);
  check('an inspection of 100 rows, the median', median(slices), LONGEST_CYCLE, 'ms');
  print('an inspection of 100 rows, the slowest of a thousand', `${Math.max(...slices).toFixed(1)} ms`);
  print('rows inspected in a second of CPU', rate.toFixed(0));
  print('all of it verified would be', `${wholeCheck(file).toFixed(0)} ms`);
  const cycles = await idleCycles(file);
  const total = cycles.map(({ reading, writing }) => reading + writing);
  check('ledger time of an idle cycle, the median', median(total), LONGEST_CYCLE, 'ms');
  print('ledger time of an idle cycle, the longest', `${Math.max(...total).toFixed(1)} ms`);
  // A cycle writes two rows, however many there are: that is the disk's time, and a disk that others use has its moods.
  const reading = cycles.map((cycle) => cycle.reading);
  print('of it reading, the median', `${median(reading).toFixed(1)} ms`);
  check('of it reading, the longest', Math.max(...reading), LONGEST_CYCLE, 'ms');
  const takings = await takingTraces(file);
  check('finding who has a trace, the median', median(takings), LONGEST_CYCLE, 'ms');
  print('finding who has a trace, the slowest of a thousand', `${Math.max(...takings).toFixed(1)} ms`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = verdict();

async function opening(file: string): Promise<number> {
  const began = performance.now();
  const ledger = await openLedger(file);
  const took = performance.now() - began;
  await ledger.close();
  return took;
}

async function verifying(file: string): Promise<number> {
  const ledger = await openLedger(file);
  const began = performance.now();
  await ledger.hold(systemClock, new AbortController().signal);
  const took = performance.now() - began;
  await ledger.release();
  await ledger.close();
  return took;
}

/** Stretch by stretch, as a running bridge does it. Milliseconds. */
async function inspecting(file: string): Promise<{ rate: number; slices: number[] }> {
  const ledger = await openLedger(file);
  await ledger.hold(systemClock, new AbortController().signal);
  const slices: number[] = [];
  let rows = 0;
  const began = process.cpuUsage();
  for (let step = 0; step < 1_000; step++) {
    const before = performance.now();
    rows += (await ledger.inspect(100)).rows;
    slices.push(performance.now() - before);
  }
  const { user, system } = process.cpuUsage(began);
  await ledger.release();
  await ledger.close();
  return { rate: (rows / (user + system)) * 1e6, slices };
}

/** Of new conversations, each of which has a trace id that nobody has. Milliseconds. */
async function takingTraces(file: string): Promise<number[]> {
  const ledger = await openLedger(file);
  const source = await ledger.source('elevenlabs', 'elevenlabs');
  const takings: number[] = [];
  for (let index = 0; index < 1_000; index++) {
    const id = `new_${index}`;
    const sighting = { id, ended: false, startedAt: NOW, endedAt: undefined, due: NOW };
    await ledger.conversations.see(source, [sighting], NOW);
    const began = performance.now();
    await ledger.conversations.takeTrace(source, id, [randomBytes(16).toString('hex')]);
    takings.push(performance.now() - began);
  }
  await ledger.close();
  return takings;
}

/** What it would cost to look at everything, from a disk that has not been read lately or from memory. */
function wholeCheck(file: string): number {
  const database = new Database(file);
  const began = performance.now();
  database.get('PRAGMA integrity_check(1)');
  const took = performance.now() - began;
  database.close();
  return took;
}

function median(figures: readonly number[]): number {
  return figures.toSorted((one, other) => one - other)[figures.length >> 1] ?? Number.NaN;
}

/** Milliseconds in the ledger. */
interface Spent {
  readonly reading: number;
  /** Transactions, with what is read in them, until they are on the disk. */
  readonly writing: number;
}

/** The time that each cycle spends in the ledger: what the list shows is looked up, and what is due is looked for. */
async function idleCycles(file: string): Promise<Spent[]> {
  const clock = new VirtualClock({ now: NOW });
  const vendor = new LongList({ clock, rows, until: UNTIL });
  const collector = new SimulatedCollector();
  const settings = { CALLSPAN_POLL_INTERVAL: `${POLL_INTERVAL}ms` };
  const simulation = new Simulation({ clock, provider: 'elevenlabs', vendor, collector, file, settings });
  const spent = timeInDatabase();
  await simulation.start();
  // The first second opens the ledger and begins.
  await clock.pass(NOW + 1_000);
  const cycles: Spent[] = [];
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    const before = spent();
    await clock.pass(NOW + 1_000 + cycle * POLL_INTERVAL);
    const { reading, writing } = spent();
    cycles.push({ reading: reading - before.reading, writing: writing - before.writing });
  }
  await simulation.stop();
  print('list pages a cycle', (vendor.pages / CYCLES).toFixed(1));
  check('conversations fetched, of none that are new', vendor.fetched, 0, '');
  return cycles;
}

/** Adds up how long all calls of the database take. @returns what they have taken so far. */
function timeInDatabase(): () => Spent {
  const spent = { reading: 0, writing: 0 };
  let depth = 0;
  const kinds = {
    ...{ get: 'reading', all: 'reading' },
    ...{ run: 'writing', exec: 'writing', transaction: 'writing' },
  } as const;
  const methods = Database.prototype as unknown as Record<string, (...values: unknown[]) => unknown>;
  for (const [name, kind] of Object.entries(kinds) as [string, keyof Spent][]) {
    const method = methods[name];
    if (method === undefined) throw new Error(`A database has no ${name} any more`);
    methods[name] = function (this: Database, ...args: unknown[]) {
      const began = performance.now();
      depth++;
      try {
        return method.apply(this, args);
      } finally {
        depth--;
        // A statement inside of a transaction is part of its time already.
        if (depth === 0) spent[kind] += performance.now() - began;
      }
    };
  }
  return () => ({ ...spent });
}
