import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CallBook } from '../../../sandbox/index.ts';
import { SimulatedVendor } from '../../bridge/simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from '../../bridge/simulation.ts';
import { VirtualClock } from '../../bridge/virtual-clock.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 20, 12);

it('in steady state a call costs one fetch, beside the lists', async () => {
  const clock = new VirtualClock({ now: NOW, seed: 5 });
  const book = new CallBook();
  const count = 60;
  const ids = Array.from({ length: count }, (_, index) =>
    book.add({ provider: 'retell', seed: 5, index, startAt: NOW + Math.floor((index * 7 * HOUR) / count) }),
  );
  const vendor = new SimulatedVendor({ book, provider: 'retell', clock });
  const collector = new SimulatedCollector();
  const folder = await ledgerFolder();
  const file = join(folder.path, 'steady.db');
  const simulation = new Simulation({ clock, provider: 'retell', vendor, collector, file });
  await simulation.start();
  await clock.pass(NOW + 9 * HOUR);
  await simulation.stop();
  await folder.remove();
  expect([...collector.arrivals.keys()].sort()).toEqual(ids.toSorted());
  expect(vendor.requests.get / count).toBeLessThanOrEqual(1.05);
});
