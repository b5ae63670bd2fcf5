import { afterEach, beforeEach, expect, test } from 'vitest';
import { CallBook } from '../../sandbox/index.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { systemClock } from '../../src/time/clock.ts';
import { SimulatedVendor } from './simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from './simulation.ts';
import { VirtualClock } from './virtual-clock.ts';

const BEGIN = Date.UTC(2026, 2, 1);
const HOUR = 3_600_000;

let folder: Awaited<ReturnType<typeof ledgerFolder>>;

beforeEach(async () => {
  folder = await ledgerFolder();
});

afterEach(async () => {
  await folder.remove();
});

/** One source with conversations that have ended, and a way to have a process die over some of them. */
async function setUp(count: number) {
  const clock = new VirtualClock({ now: BEGIN, seed: 11 });
  const book = new CallBook();
  const [from, to] = [BEGIN - 12 * HOUR, BEGIN - 4 * HOUR];
  const ids = book.fill({ provider: 'elevenlabs', seed: 4, count, from, to, scenario: 'ordinary' });
  const vendor = new SimulatedVendor({ book, provider: 'elevenlabs', clock });
  const collector = new SimulatedCollector();
  const file = `${folder.path}/callspan.db`;
  const simulation = new Simulation({ clock, provider: 'elevenlabs', vendor, collector, file });
  const hold = async () => {
    const ledger = await openLedger(file);
    await ledger.hold(systemClock, new AbortController().signal);
    return ledger;
  };
  const begin = async (over: (ledger: Ledger, source: number) => Promise<unknown>) => {
    const ledger = await hold();
    const source = await ledger.source('elevenlabs', 'elevenlabs');
    const sightings = ids.map((id) => ({ id, ended: true, startedAt: from, endedAt: to, due: BEGIN }));
    await ledger.conversations.see(source, sightings, BEGIN);
    await over(ledger, source);
    await ledger.close();
  };
  /** The next process finds out, and ends in order. */
  const judge = async () => {
    const ledger = await hold();
    await ledger.release();
    await ledger.close();
  };
  const deliver = async () => {
    await simulation.start();
    await clock.pass(BEGIN + HOUR);
    const tallies = await simulation.ledger.sources.tallies(simulation.runner.id);
    const reasons = await Promise.all(
      ids.map(async (id) => (await simulation.ledger.conversations.get(simulation.runner.id, id))?.reason),
    );
    await simulation.stop();
    return { tallies, reasons: reasons.filter((reason) => reason !== undefined) };
  };
  return { ids, vendor, begin, judge, deliver };
}

test('a conversation that ends the process twice while its payload is taken apart is a dead letter that says so, and is not fetched again', async () => {
  const { ids, vendor, begin, judge, deliver } = await setUp(6);
  const bad = ids[2] ?? '';
  for (let time = 0; time < 2; time++) {
    await begin(async (ledger, source) => {
      await ledger.conversations.claim(source, { now: BEGIN, limit: 8 });
      await ledger.conversations.claim(source, { now: BEGIN, limit: 1, only: bad });
      await ledger.conversations.takeApart(source, bad);
    });
  }
  await judge();
  const { tallies, reasons } = await deliver();
  expect(tallies).toMatchObject({ delivered: 5, dead: 1 });
  expect(reasons).toEqual(['it killed the process 2 times']);
  expect(vendor.requests.get).toBe(5);
});

test('conversations that were under way beside others when the process died, however often, are all delivered', async () => {
  const { begin, judge, deliver } = await setUp(12);
  for (let time = 0; time < 10; time++) {
    await begin((ledger, source) => ledger.conversations.claim(source, { now: BEGIN, limit: 8 }));
  }
  await judge();
  expect((await deliver()).tallies).toMatchObject({ delivered: 12, dead: 0 });
});

test('one that was alone under way when the process was killed is a dead letter only after that was so five times', async () => {
  const four = await setUp(1);
  const alone = (ledger: Ledger, source: number) =>
    ledger.conversations.claim(source, { now: BEGIN, limit: 1 });
  for (let time = 0; time < 4; time++) await four.begin(alone);
  await four.judge();
  expect((await four.deliver()).tallies).toMatchObject({ delivered: 1, dead: 0 });
});

test('one whose process dies each time that it is fetched comes to an end', async () => {
  const five = await setUp(1);
  for (let time = 0; time < 5; time++) {
    await five.begin((ledger, source) => ledger.conversations.claim(source, { now: BEGIN, limit: 1 }));
  }
  await five.judge();
  const { tallies, reasons } = await five.deliver();
  expect(tallies).toMatchObject({ delivered: 0, dead: 1 });
  expect(reasons).toEqual(['it killed the process 5 times']);
});
