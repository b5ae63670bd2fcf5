import { expect, onTestFinished, test } from 'vitest';
import type { Numbers } from '../../../src/ledger/contract.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { delivery, ONE } from '../contract.ts';
import { query, testDatabase } from './databases.ts';

const NOW = Date.UTC(2026, 4, 1, 12);
const TIMES = 40;

async function place(): Promise<string> {
  const { url, remove } = await testDatabase();
  onTestFinished(remove);
  return url;
}

test('the sums never fall along the moments that they are of, whichever of two replicas tells them', async () => {
  const url = await place();
  const [writer, one, other] = [await openLedger(url), await openLedger(url), await openLedger(url)];
  const source = await writer.source('a', 'tavus');
  const ids = Array.from({ length: TIMES }, (_, index) => `c${index}`);
  const sightings = ids.map((id) => ({ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }));
  await writer.conversations.see(source, sightings, NOW);
  const told: Numbers[] = [];
  const tell = async (ledger: typeof one) => {
    for (let time = 0; time < TIMES; time++) {
      // Whatever a replica's own clock says.
      const numbers = await ledger.numbers(time % 2 === 0 ? 0 : NOW * 2);
      if (numbers !== undefined) told.push(numbers);
    }
  };
  const write = async () => {
    for (const id of ids) await writer.record([delivery(source, id, [ONE])], NOW);
  };
  await Promise.all([tell(one), tell(other), write()]);
  const points = told
    .map(({ at, series }) => ({ at, count: Number(series[0]?.count ?? 0n), start: series[0]?.start ?? 0 }))
    .sort((first, second) => first.at - second.at);
  expect(points).toHaveLength(2 * TIMES);
  expect(new Set(points.map(({ at }) => at)).size).toBe(points.length);
  const counts = points.map(({ count }) => count);
  expect(counts).toEqual(counts.toSorted((first, second) => first - second));
  expect(points.every(({ at, start }) => start < at)).toBe(true);
  for (const ledger of [writer, one, other]) await ledger.close();
});

test('one replica tells the numbers, and another only after that one’s lease', async () => {
  const url = await place();
  const [one, other] = [await openLedger(url), await openLedger(url)];
  const stop = new AbortController();
  const share = async (ledger: typeof one) => {
    const own = (await ledger.share?.(systemClock, stop.signal)) ?? expect.fail('nobody shares it');
    return own.run([], async () => {}, stop.signal);
  };
  const running = [share(one)];
  while ((await one.numbers(NOW)) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  running.push(share(other));
  const replicas = 'SELECT 1 FROM callspan.replica';
  while ((await query(url, replicas)).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await other.numbers(NOW)).toBeUndefined();
  expect(await one.numbers(NOW)).toBeDefined();
  stop.abort();
  await Promise.all(running);
  for (const ledger of [one, other]) {
    await ledger.release();
    await ledger.close();
  }
});
