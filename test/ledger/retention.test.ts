import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Retention } from '../../src/bridge/retention.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Settlement } from '../../src/ledger/records.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import { recordingLog } from '../bridge/world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 5, 1);

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let ledger: Ledger;
let source: number;
let clock: VirtualClock;

beforeEach(async () => {
  folder = await ledgerFolder();
  ledger = await openLedger(`${folder.path}/callspan.db`);
  source = await ledger.source('a', 'tavus');
  clock = new VirtualClock({ now: NOW });
});

afterEach(async () => {
  await ledger.close();
  await rm(folder.path, { recursive: true, force: true });
});

const sighting = (id: string, at: number) => ({ id, ended: true, startedAt: at, endedAt: at, due: at });

async function settle(
  id: string,
  kind: 'delivered' | 'empty' | 'gone' | 'dead' | 'parked',
  at: number,
  due?: number,
): Promise<void> {
  await ledger.conversations.see(source, [sighting(id, at)], at);
  const settlement: Settlement =
    kind === 'delivered'
      ? {
          ...{ source, id, kind, due, endedAt: at, spans: 1, late: [] },
          ...{ traceId: '00'.repeat(16), shape: '00'.repeat(16) },
          observations: [{ metric: 'callspan.conversations', labels: {}, value: 1_000_000_000n }],
        }
      : { source, id, kind, reason: 'why' };
  await ledger.record([settlement], at);
}

async function forget(retention = 90 * DAY, lookback = DAY): Promise<number> {
  const { log } = recordingLog();
  const forgetting = new Retention({ ledger, retention, lookback, clock, log }).once(
    new AbortController().signal,
  );
  let removed: number | undefined;
  forgetting.then((count) => {
    removed = count;
  });
  while (removed === undefined) await clock.pass(clock.trueNow() + 100);
  return removed;
}

const isKnown = async (id: string) => (await ledger.conversations.get(source, id)) !== undefined;
const counted = async () => Number((await ledger.series())[0]?.count ?? 0n);

describe('what was settled longer ago than CALLSPAN_RETENTION', () => {
  test('is removed, whatever became of it, and nothing else', async () => {
    for (const kind of ['delivered', 'empty', 'gone', 'dead', 'parked'] as const) {
      await settle(`old ${kind}`, kind, NOW - 91 * DAY);
      await settle(`new ${kind}`, kind, NOW - 89 * DAY);
    }
    await ledger.conversations.see(source, [sighting('due', NOW - 200 * DAY)], NOW - 200 * DAY);
    expect(await forget()).toBe(5);
    for (const kind of ['delivered', 'empty', 'gone', 'dead', 'parked']) {
      expect([await isKnown(`old ${kind}`), await isKnown(`new ${kind}`)]).toEqual([false, true]);
    }
    expect(await isKnown('due')).toBe(true);
    expect(await ledger.sources.tallies(source)).toEqual({
      ...{ active: 0, due: 1, delivered: 1, empty: 1, gone: 1, dead: 1, parked: 1 },
    });
  });

  test('is not removed while it is due', async () => {
    await settle('looked at', 'delivered', NOW - 100 * DAY, NOW + HOUR);
    await settle('asked for', 'delivered', NOW - 100 * DAY);
    const wish = { id: 'asked for', startedAt: undefined, endedAt: undefined };
    await ledger.conversations.want(source, [wish], NOW, NOW);
    expect(await forget()).toBe(0);
    expect([await isKnown('looked at'), await isKnown('asked for')]).toEqual([true, true]);
  });

  test('is neither counted nor delivered again when it turns up again', async () => {
    await settle('a', 'delivered', NOW - 100 * DAY);
    await forget();
    expect(await isKnown('a')).toBe(false);
    expect(await ledger.conversations.see(source, [sighting('a', NOW - 100 * DAY)], NOW)).toBe(0);
    const wish = { id: 'a', startedAt: undefined, endedAt: undefined };
    expect(await ledger.conversations.want(source, [wish], NOW, undefined)).toEqual(['settled']);
    expect(await counted()).toBe(1);
  });

  test('can be forced to be delivered once more, and still counts once', async () => {
    await settle('a', 'delivered', NOW - 100 * DAY);
    await forget();
    const wish = { id: 'a', startedAt: undefined, endedAt: undefined };
    expect(await ledger.conversations.want(source, [wish], NOW, NOW)).toEqual(['now']);
    await settle('a', 'delivered', NOW);
    expect(await counted()).toBe(1);
  });

  test('is kept as long as a sweep may still come by it', async () => {
    await settle('a', 'delivered', NOW - 10 * DAY);
    expect(await forget(DAY, 30 * DAY)).toBe(0);
    expect(await forget(DAY, 2 * DAY)).toBe(1);
  });

  test('is removed a few hundred at a time, with a rest for others in between', async () => {
    for (let index = 0; index < 450; index++) await settle(`c${index}`, 'empty', NOW - 100 * DAY);
    expect(await forget()).toBe(450);
    expect(clock.trueNow() - NOW).toBeGreaterThanOrEqual(300);
  });

  test('is removed of sources that are not configured any more, too', async () => {
    await settle('a', 'empty', NOW - 100 * DAY);
    const before = source;
    source = await ledger.source('b', 'tavus');
    expect(await forget()).toBe(1);
    expect((await ledger.sources.tallies(before)).empty).toBe(0);
  });
});

test('a bridge removes it some minutes after its start and every hour, and with 0s never', async () => {
  const stop = new AbortController();
  const { log } = recordingLog();
  const options = { ledger, lookback: DAY, clock, log };
  await settle('a', 'empty', NOW - 100 * DAY);
  await new Retention({ ...options, retention: 0 }).run(stop.signal);
  expect(await isKnown('a')).toBe(true);
  const running = new Retention({ ...options, retention: 90 * DAY }).run(stop.signal);
  await clock.pass(NOW + 600_000);
  expect(await isKnown('a')).toBe(false);
  await settle('b', 'empty', NOW - 100 * DAY);
  await clock.pass(NOW + 2 * HOUR);
  expect(await isKnown('b')).toBe(false);
  stop.abort();
  await running;
});
