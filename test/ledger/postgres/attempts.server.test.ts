import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/contract.ts';
import { LeaseLostError } from '../../../src/ledger/errors.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { query, testDatabase } from './databases.ts';
import { LossyProxy } from './lossy-proxy.ts';

/** What was under way when a replica died, or was taken for dead. */

const NOW = Date.UTC(2026, 4, 1, 12);

interface Replica {
  readonly ledger: Ledger;
  /** Resolves when it carries the source, with what is aborted when that ends. */
  readonly carrying: () => Promise<AbortSignal>;
  readonly stop: () => Promise<void>;
}

async function replica(url: string): Promise<Replica> {
  const ledger = await openLedger(url);
  const source = await ledger.source('a', 'tavus');
  const stopping = new AbortController();
  const tenures: AbortSignal[] = [];
  const share = (await ledger.share?.(systemClock, stopping.signal)) ?? expect.fail('nobody shares it');
  const running = share.run(
    [source],
    async (_, tenure) => {
      tenures.push(tenure);
      if (!tenure.aborted) await new Promise((resolve) => tenure.addEventListener('abort', resolve));
    },
    stopping.signal,
  );
  const stop = async () => {
    stopping.abort();
    await running;
    await ledger.release();
    await ledger.close();
  };
  const carrying = async () => {
    for (;;) {
      const tenure = tenures.at(-1);
      if (tenure !== undefined && !tenure.aborted) return tenure;
      await sleep(20);
    }
  };
  return { ledger, carrying, stop };
}

async function place(): Promise<string> {
  const { url, remove } = await testDatabase();
  onTestFinished(remove);
  return url;
}

async function see(ledger: Ledger, source: number, ...ids: string[]): Promise<void> {
  const sightings = ids.map((id) => ({ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }));
  await ledger.conversations.see(source, sightings, NOW);
}

test('a replica that was taken for dead and lives takes back what was held against what it had under way', async () => {
  const url = await place();
  const proxy = await LossyProxy.start(url);
  onTestFinished(() => proxy.close());
  const first = await replica(proxy.url);
  const lost = await first.carrying();
  const source = await first.ledger.source('a', 'tavus');
  await see(first.ledger, source, 'x');
  expect(await first.ledger.conversations.claim(source, { now: NOW, limit: 1 })).toHaveLength(1);
  const second = await replica(url);
  proxy.still(true);
  await second.carrying();
  // It had stopped by its own clock before that.
  expect(lost.reason).toBeInstanceOf(LeaseLostError);
  const accused = await query(url, 'SELECT id, alone, running FROM callspan.attempt');
  expect(accused).toEqual([{ id: 'x', alone: 1, running: false }]);
  proxy.still(false);
  proxy.cut();
  while ((await query(url, 'SELECT 1 FROM callspan.attempt')).length > 0) await sleep(20);
  await first.stop();
  await second.stop();
});

test('a replica that stops in order leaves nothing under way, and its lease at once', async () => {
  const url = await place();
  const first = await replica(url);
  await first.carrying();
  const source = await first.ledger.source('a', 'tavus');
  await see(first.ledger, source, 'x', 'y');
  await first.ledger.conversations.claim(source, { now: NOW, limit: 2 });
  await first.stop();
  expect(await query(url, 'SELECT 1 FROM callspan.attempt')).toEqual([]);
  expect(await query(url, 'SELECT 1 FROM callspan.lease WHERE holder IS NOT NULL')).toEqual([]);
  expect(await query(url, 'SELECT 1 FROM callspan.replica')).toEqual([]);
});

test('a ledger may be held again by the process that gave it back', async () => {
  const url = await place();
  const ledger = await openLedger(url);
  await ledger.source('a', 'tavus');
  for (let time = 0; time < 3; time++) {
    const { lost } = await ledger.hold(systemClock, new AbortController().signal);
    expect(lost.aborted).toBe(false);
    await ledger.release();
  }
  const epochs = await query(url, `SELECT epoch FROM callspan.lease WHERE name LIKE 'source:%'`);
  expect(epochs).toEqual([{ epoch: '3' }]);
  await ledger.close();
});
