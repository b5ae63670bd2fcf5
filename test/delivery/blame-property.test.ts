import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallBook } from '../../sandbox/index.ts';
import type { Failure, Outcome } from '../../src/delivery/outcome.ts';
import { SimulatedVendor } from '../bridge/simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.UTC(2026, 2, 1);
const CALLS = 24;

const failure = (blame: Failure['blame'], more: Partial<Failure> = {}): Failure => ({
  ...{ kind: 'failed', blame, reason: `no, says the ${blame}`, ...more },
});
const FAILURES = [
  failure('conversation', { status: 400 }),
  failure('destination', { status: 401 }),
  failure('unknown', { status: 400 }),
  failure('unknown', { status: 503, retryAfterMs: 90_000 }),
  failure('unknown'),
];

/** A source's life on virtual time, with a collector that answers what it is told to. */
async function live(
  seed: number,
  answer: (conversation: string, now: number) => Outcome | undefined,
  run: (simulation: Simulation, clock: VirtualClock, ids: string[]) => Promise<void>,
): Promise<void> {
  const folder = await ledgerFolder();
  const clock = new VirtualClock({ now: BEGIN, seed });
  const book = new CallBook();
  const ids = book.fill({
    ...{ provider: 'elevenlabs', seed: 4, count: CALLS, scenario: 'ordinary' },
    ...{ from: BEGIN - 2 * HOUR, to: BEGIN + 4 * HOUR },
  });
  const collector = new SimulatedCollector((id) => answer(id, clock.trueNow()));
  const simulation = new Simulation({
    ...{ clock, collector, provider: 'elevenlabs', file: `${folder.path}/callspan.db` },
    vendor: new SimulatedVendor({ book, provider: 'elevenlabs', clock }),
  });
  await simulation.start();
  try {
    await run(simulation, clock, ids);
    expect(collector.repeated).toEqual([]);
  } finally {
    await simulation.stop();
    await folder.remove();
  }
}

const tallies = ({ ledger, runner }: Simulation) => ledger.sources.tallies(runner.id);

test('whatever is answered for hours, in whatever order, no conversation is a dead letter while none passes', async () => {
  const answers = fc.array(fc.constantFrom(...FAILURES), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.nat(), answers, fc.integer({ min: 1, max: 3 * HOUR }), async (seed, told, from) => {
      let asked = 0;
      const isAway = (now: number) => now >= BEGIN + from && now < BEGIN + 5 * HOUR;
      const answer = (_: string, now: number) => (isAway(now) ? told[asked++ % told.length] : undefined);
      await live(seed, answer, async (simulation, clock) => {
        await clock.pass(BEGIN + 5 * HOUR);
        expect((await tallies(simulation)).dead).toBe(0);
        await clock.pass(BEGIN + 12 * HOUR);
        expect(await tallies(simulation)).toMatchObject({ delivered: CALLS, due: 0, dead: 0 });
      });
    }),
    { numRuns: 8 },
  );
});

test('those that the collector refuses in so many words are dead letters in the end, and all others are delivered', async () => {
  const picks = fc.uniqueArray(fc.nat({ max: CALLS - 6 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.nat(), picks, async (seed, places) => {
      const bad = new Set<string>();
      const answer = (id: string) => (bad.has(id) ? FAILURES[0] : undefined);
      await live(seed, answer, async (simulation, clock, ids) => {
        for (const place of places) bad.add(ids[place] ?? '');
        await clock.pass(BEGIN + 12 * HOUR);
        expect(await tallies(simulation)).toMatchObject({
          delivered: CALLS - bad.size,
          due: 0,
          dead: bad.size,
        });
      });
    }),
    { numRuns: 8 },
  );
});
