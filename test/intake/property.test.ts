import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallBook, type Provider } from '../../sandbox/index.ts';
import { UnavailableError } from '../../src/http/errors.ts';
import { SimulatedVendor } from '../bridge/simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LOOKBACK = DAY;
const BEGIN = Date.UTC(2026, 2, 1);

/** One way in which some weeks may go. */
const weeks = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  days: fc.integer({ min: 7, max: 15 }),
  calls: fc.integer({ min: 40, max: 130 }),
  pageCap: fc.constantFrom(15, 40, 100),
  pollInterval: fc.constantFrom('5m', '10m', '20m'),
  /** Per mille of the vendor's answers that fail. */
  failing: fc.constantFrom(0, 5, 50, 200),
  /** Hours by which conversations appear late in the list; most do not. */
  late: fc.array(fc.integer({ min: 0, max: 22 }), { maxLength: 40 }),
  deleted: fc.array(fc.record({ call: fc.nat(), after: fc.integer({ min: 0, max: 72 * 60 }) }), {
    maxLength: 25,
  }),
  outages: fc.array(
    fc.record({ perMille: fc.integer({ min: 0, max: 800 }), hours: fc.integer({ min: 1, max: 90 }) }),
    {
      maxLength: 3,
    },
  ),
  cursorLifetime: fc.constantFrom(undefined, 100, 10 * SECOND),
});

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let files = 0;

beforeAll(async () => {
  folder = await ledgerFolder();
});

afterAll(async () => {
  await folder.remove();
});

async function live(
  provider: Provider,
  order: 'newest' | 'oldest' | 'shuffled' | 'unstable',
  plan: typeof weeks extends fc.Arbitrary<infer Plan> ? Plan : never,
): Promise<void> {
  const clock = new VirtualClock({ now: BEGIN, seed: plan.seed });
  const book = new CallBook();
  const end = BEGIN + plan.days * DAY;
  const late = new Map<string, number>();
  const ids = Array.from({ length: plan.calls }, (_, index) => {
    const startAt = Math.floor(BEGIN - 2 * DAY + clock.random() * (plan.days + 2) * DAY);
    const spec = { provider, seed: plan.seed, index, startAt };
    const id = book.add(spec, {});
    const hours = plan.late[index];
    if (hours !== undefined && hours > 0) {
      const terminal = Math.ceil((book.call(id)?.terminalAt ?? 0) / 1000);
      book.remove(id);
      late.set(id, terminal + hours * HOUR);
      book.add(spec, { visibleAt: terminal + hours * HOUR });
    }
    return id;
  });
  let healing = false;
  const vendor = new SimulatedVendor({
    ...{ book, provider, clock, order, pageCap: plan.pageCap },
    latency: () => 20 + clock.random() * 400,
    ...(plan.cursorLifetime === undefined ? {} : { list: { cursorLifetimeMs: plan.cursorLifetime } }),
    fail: () =>
      !healing && clock.random() * 1000 < plan.failing
        ? new UnavailableError('GET /simulated', 5, { reason: 'answered 500', status: 500 })
        : undefined,
  });
  const collector = new SimulatedCollector();
  const file = join(folder.path, `${++files}.db`);
  const settings = { CALLSPAN_POLL_INTERVAL: plan.pollInterval };
  const simulation = new Simulation({ clock, provider, vendor, collector, file, settings });

  const removed = new Set<string>();
  const events = [
    ...plan.deleted.map(({ call, after }) => {
      const id = ids[call % ids.length] ?? '';
      return { at: (book.call(id)?.terminalAt ?? 0) / 1000 + after * MINUTE, what: 'delete', id } as const;
    }),
    ...plan.outages.flatMap(({ perMille, hours }) => {
      const down = BEGIN + (perMille / 1000) * plan.days * DAY;
      return [
        { at: down, what: 'stop' } as const,
        { at: Math.min(end, down + hours * HOUR), what: 'start' } as const,
      ];
    }),
  ].sort((one, other) => one.at - other.at);

  await simulation.start();
  for (const event of events) {
    await clock.pass(Math.max(clock.trueNow(), event.at));
    if (event.what === 'stop') await simulation.stop();
    else if (event.what === 'start') {
      if (!simulation.isUp) await simulation.start();
    } else if (!removed.has(event.id)) {
      removed.add(event.id);
      book.remove(event.id);
    }
  }
  await clock.pass(end);
  healing = true;
  if (!simulation.isUp) await simulation.start();
  await clock.pass(end + 2 * DAY);

  // The look-back counts from the vendor's first answer.
  const began = vendor.firstAnswer ?? end;
  const owed = ids.filter((id) => {
    if (removed.has(id)) return false;
    const call = book.call(id);
    if (call?.fate !== 'exported') return false;
    const seen = Math.max(call.terminalAt / 1000, late.get(id) ?? 0);
    return call.terminalAt / 1000 >= began - LOOKBACK + 5 * MINUTE && seen < end + DAY;
  });
  const missing = owed.filter((id) => !collector.arrivals.has(id));
  const { delivered, dead } = await simulation.ledger.sources.tallies(simulation.runner.id);
  await simulation.stop();
  expect({ missing, repeated: collector.repeated, dead }).toEqual({ missing: [], repeated: [], dead: 0 });
  expect(delivered).toBe(collector.arrivals.size);
  expect(owed.length).toBeGreaterThan(0);
}

/** More of them for a night: DISCOVERY_RUNS=100. */
const TIMES = Number(process.env.DISCOVERY_RUNS ?? '1');

test.each([
  ['elevenlabs', 'newest', 5],
  ['tavus', 'newest', 3],
  ['tavus', 'oldest', 3],
  ['tavus', 'shuffled', 2],
  ['tavus', 'unstable', 2],
  ['retell', 'newest', 2],
  ['vapi', 'newest', 1],
  ['vapi', 'oldest', 1],
  ['vapi', 'unstable', 2],
] as const)(
  '%s, listed in %s order: whatever ends inside the look-back is delivered, and once',
  async (provider, order, runs) => {
    await fc.assert(
      fc.asyncProperty(weeks, (plan) => live(provider, order, plan)),
      { numRuns: runs * TIMES, endOnFailure: true },
    );
  },
  600_000 * TIMES,
);
