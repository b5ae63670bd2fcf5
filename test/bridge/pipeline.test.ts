import { expect, test } from 'vitest';
import { CallBook } from '../../sandbox/index.ts';
import { BadAnswerError, HttpStatusError } from '../../src/http/errors.ts';
import { NO_TELEMETRY } from '../../src/telemetry/no-telemetry.ts';
import type { Work } from '../../src/telemetry/work.ts';
import { SimulatedVendor } from './simulated-vendor.ts';
import { ledgerFolder, SimulatedCollector, Simulation } from './simulation.ts';
import { VirtualClock } from './virtual-clock.ts';

const BEGIN = Date.UTC(2026, 2, 1);
const HOUR = 3_600_000;

test.each([
  ['ready', undefined, undefined],
  ['gone', new HttpStatusError('GET /c', 404, {}), undefined],
  ['failed', new HttpStatusError('GET /c', 422, {}), undefined],
  ['broken', new TypeError('no turns'), 'it could not be translated: no turns'],
  ['broken', new BadAnswerError('GET /c', 200, 'application/json', 'is too large', true), /is too large$/],
])('callspan’s own trace says of a fetch that it was %s, where it brought %s', async (said, error, dead) => {
  const folder = await ledgerFolder();
  const clock = new VirtualClock({ now: BEGIN, seed: 11 });
  const book = new CallBook();
  const stretch = { from: BEGIN - 12 * HOUR, to: BEGIN - 4 * HOUR };
  const [id = ''] = book.fill({
    provider: 'elevenlabs',
    seed: 4,
    count: 1,
    scenario: 'ordinary',
    ...stretch,
  });
  const fail = (route: 'list' | 'get') => (route === 'get' ? error : undefined);
  const vendor = new SimulatedVendor({ book, provider: 'elevenlabs', clock, fail });
  const told: unknown[] = [];
  const work = (name: string): Work => ({
    part: (part) => work(part),
    end: (result, how) => told.push([name, result, how?.failed]),
  });
  const simulation = new Simulation({
    ...{ clock, provider: 'elevenlabs', vendor, file: `${folder.path}/callspan.db` },
    collector: new SimulatedCollector(),
    telemetry: { ...NO_TELEMETRY, carry: () => work('carry') },
  });
  await simulation.start();
  await clock.pass(BEGIN + 20_000);
  expect(told).toContainEqual(['fetch', said, error !== undefined && said !== 'gone']);
  const row = await simulation.ledger.conversations.get(simulation.runner.id, id);
  if (dead === undefined) expect(row?.state).not.toBe('dead');
  else expect(row).toMatchObject({ state: 'dead', reason: expect.stringMatching(dead) });
  await simulation.stop();
  await folder.remove();
});
