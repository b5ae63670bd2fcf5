import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CallBook } from '../../../sandbox/index.ts';
import { SimulatedVendor } from '../../bridge/simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from '../../bridge/simulation.ts';
import { VirtualClock } from '../../bridge/virtual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.UTC(2026, 2, 1, 8);
const HOURS = 3;
const CALLS = 90;
/** Requests a conversation, beside the list's. */
const MOST_GETS = 0.1;

let folder: Awaited<ReturnType<typeof ledgerFolder>>;

beforeAll(async () => {
  folder = await ledgerFolder();
});

afterAll(async () => {
  await folder.remove();
});

async function day(name: string, settings: Record<string, string>, scenario?: string) {
  const clock = new VirtualClock({ now: BEGIN, seed: 11 });
  const book = new CallBook();
  const stretch = { from: BEGIN + 10 * MINUTE, to: BEGIN + HOURS * HOUR };
  book.fill({
    ...{ provider: 'vapi', seed: 12, count: CALLS, ...stretch },
    ...(scenario === undefined ? {} : { scenario }),
  });
  const vendor = new SimulatedVendor({ book, provider: 'vapi', clock });
  const collector = new SimulatedCollector();
  const file = join(folder.path, `${name}.db`);
  const simulation = new Simulation({ clock, provider: 'vapi', vendor, collector, file, settings });
  await simulation.start();
  await clock.pass(BEGIN + (HOURS + 2) * HOUR);
  const { delivered, dead } = await simulation.ledger.sources.tallies(simulation.runner.id);
  await simulation.stop();
  return { delivered, dead, repeated: collector.repeated, ...vendor.requests };
}

it('in steady state hardly a call is asked for by itself: the list has shown it', async () => {
  const { delivered, dead, repeated, get } = await day('steady', {});
  expect({ dead, repeated }).toEqual({ dead: 0, repeated: [] });
  expect(delivered).toBe(CALLS);
  expect(get / delivered).toBeLessThanOrEqual(MOST_GETS);
});

it('nor where nothing is kept of what was said: once it is known that the list leaves nothing out', async () => {
  const { delivered, get } = await day('zero-retention', {}, 'zero-retention');
  expect(delivered).toBe(CALLS);
  expect(get / delivered).toBeLessThanOrEqual(MOST_GETS);
});

it('and the list is asked for no oftener than it is polled and swept', async () => {
  const { list } = await day('polls', { CALLSPAN_POLL_INTERVAL: '1m' });
  // A poll a minute, and sweeps, which halve their window where it is full.
  expect(list).toBeLessThan((HOURS + 2) * 60 + (HOURS + 2) * 4 * 20);
});
