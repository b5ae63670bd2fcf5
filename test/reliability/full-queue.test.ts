import { expect, test } from 'vitest';
import { CallBook } from '../../sandbox/index.ts';
import { SimulatedVendor } from '../bridge/simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 2, 1);
const FULL = { kind: 'failed', blame: 'unknown', reason: 'answered 503: sending queue is full' } as const;

test('a queue that is nearly full takes the small conversations and not the large ones: none of them is given up, however long it lasts', async () => {
  const folder = await ledgerFolder();
  const clock = new VirtualClock({ now: BEGIN, seed: 5 });
  const book = new CallBook();
  const ids = book.fill({
    ...{ provider: 'elevenlabs', seed: 4, count: 40, scenario: 'ordinary' },
    ...{ from: BEGIN - 9 * HOUR, to: BEGIN - HOUR },
  });
  const large = new Set(ids.slice(-4));
  let room = 36;
  const collector = new SimulatedCollector((id) => {
    const size = large.has(id) ? 40 : 1;
    if (room < size) return FULL;
    room -= size;
    return undefined;
  });
  const simulation = new Simulation({
    ...{ clock, collector, provider: 'elevenlabs', file: `${folder.path}/callspan.db` },
    settings: { CALLSPAN_POLL_INTERVAL: '5m' },
    vendor: new SimulatedVendor({ book, provider: 'elevenlabs', clock }),
  });
  await simulation.start();
  try {
    const tallies = () => simulation.ledger.sources.tallies(simulation.runner.id);
    await clock.pass(BEGIN + 12 * HOUR);
    expect(await tallies()).toMatchObject({ dead: 0 });
    expect((await tallies()).due).toBeGreaterThan(0);
    room = Number.POSITIVE_INFINITY;
    await clock.pass(BEGIN + 14 * HOUR);
    expect(await tallies()).toMatchObject({ delivered: 40, due: 0, dead: 0 });
  } finally {
    await simulation.stop();
    await folder.remove();
  }
});
