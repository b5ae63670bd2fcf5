import { expect, test } from 'vitest';
import { BEGIN, laneWorlds } from '../../bridge/runner-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const setUp = laneWorlds();

test('a call that is deleted as soon as it is over is gone where it was seen before, and else was never there', async () => {
  const { clock, book, collector, vendor, simulation, add } = await setUp({ provider: 'vapi' });
  const [before = ''] = add(1, BEGIN - HOUR, BEGIN - HOUR, 'deleted');
  const [seen = ''] = add(1, BEGIN - 5_000, BEGIN - 5_000, 'deleted');
  const [kept = ''] = add(1, BEGIN - HOUR, BEGIN - HOUR, 'ordinary');
  await simulation.start();
  await clock.pass(BEGIN + MINUTE / 6);
  const { ledger, runner } = simulation;
  const stateOf = async (id: string) => (await ledger.conversations.get(runner.id, id))?.state;
  expect(await stateOf(seen)).toBe('active');
  // Nothing of it comes up in the list any more: it is asked for when it has been silent for an hour.
  await clock.pass((book.call(seen)?.terminalAt ?? 0) / 1_000 + 2 * HOUR);
  expect([await stateOf(before), await stateOf(seen), await stateOf(kept)]).toEqual([
    undefined,
    'gone',
    'delivered',
  ]);
  expect([...collector.arrivals.keys()]).toEqual([kept]);
  expect(vendor.requests.get).toBeLessThanOrEqual(3);
});
