import { afterEach, beforeEach } from 'vitest';
import { CallBook, type Provider } from '../../sandbox/index.ts';
import type { Outcome } from '../../src/delivery/outcome.ts';
import { SimulatedVendor, type VendorOptions } from './simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from './simulation.ts';
import { VirtualClock } from './virtual-clock.ts';

/** When every simulation begins. */
export const BEGIN = Date.UTC(2026, 2, 1);

export interface RunnerWorldOptions {
  readonly provider?: Provider;
  readonly vendor?: Partial<VendorOptions>;
  readonly answer?: (conversation: string) => Outcome | undefined;
  readonly settings?: Record<string, string>;
}

/**
 * For a test file: makes one source's runner on virtual time, with everything around it, and ends it after each test.
 * @returns what makes it.
 */
export function laneWorlds() {
  let folder: Awaited<ReturnType<typeof ledgerFolder>>;
  let running: Simulation | undefined;

  beforeEach(async () => {
    folder = await ledgerFolder();
  });

  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await folder.remove();
  });

  return async function setUp({
    provider = 'elevenlabs',
    vendor: more = {},
    answer,
    settings = {},
  }: RunnerWorldOptions = {}) {
    const clock = new VirtualClock({ now: BEGIN, seed: 11 });
    const book = new CallBook();
    const vendor = new SimulatedVendor({ book, provider, clock, ...more });
    const collector = new SimulatedCollector(answer);
    const file = `${folder.path}/callspan.db`;
    const simulation = new Simulation({ clock, provider, vendor, collector, file, settings });
    running = simulation;
    const add = (count: number, from: number, to: number, scenario = 'ordinary') =>
      book.fill({ provider, seed: 4, count, from, to, scenario, firstIndex: book.size });
    const tallies = () => simulation.ledger.sources.tallies(simulation.runner.id);
    const lines = (level: string) => simulation.log.filter((line) => line.level === level);
    return { clock, book, vendor, collector, simulation, add, tallies, lines };
  };
}
