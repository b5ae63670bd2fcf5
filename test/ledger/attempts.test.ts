import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Claimed } from '../../src/ledger/records.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

const NOW = Date.UTC(2026, 4, 1, 12);
const NONE = { certain: 0, alone: 0, inCompany: 0 };

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let ledger: Ledger;
let source: number;

beforeEach(async () => {
  folder = await ledgerFolder();
  ledger = await start();
  source = await ledger.source('a', 'tavus');
});

afterEach(async () => {
  await ledger.release();
  await ledger.close();
  await folder.remove();
});

async function start(): Promise<Ledger> {
  const opened = await openLedger(`${folder.path}/callspan.db`);
  await opened.hold(systemClock, new AbortController().signal);
  return opened;
}

/** The process dies, and another one begins. */
async function die(): Promise<void> {
  await ledger.close();
  ledger = await start();
}

async function see(...ids: string[]): Promise<void> {
  const sightings = ids.map((id) => ({ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }));
  await ledger.conversations.see(source, sightings, NOW);
}

async function claim(limit = 10): Promise<readonly Claimed[]> {
  return await ledger.conversations.claim(source, { now: NOW, limit });
}

async function settle(id: string): Promise<void> {
  await ledger.record([{ source, id, kind: 'empty', reason: 'nothing' }], NOW);
}

const told = (claimed: readonly Claimed[]) => claimed.map(({ id, deaths }) => [id, deaths]);

describe('a process that dies', () => {
  test('while a payload is taken apart is that conversation’s doing, and nobody else’s', async () => {
    await see('bad', 'one', 'other');
    await claim();
    await ledger.conversations.takeApart(source, 'bad');
    await die();
    expect(told(await claim())).toEqual([
      ['bad', { ...NONE, certain: 1 }],
      ['other', NONE],
      ['one', NONE],
    ]);
    await ledger.conversations.takeApart(source, 'bad');
    await die();
    expect(told(await claim(1))).toEqual([['bad', { ...NONE, certain: 2 }]]);
  });

  test('after a payload was taken apart says nothing against it', async () => {
    await see('good', 'other');
    await claim();
    const end = await ledger.conversations.takeApart(source, 'good');
    await end();
    await die();
    expect((await claim()).every(({ deaths }) => deaths.certain === 0)).toBe(true);
  });

  test('with several under way has them taken one at a time, beside those nothing is known of', async () => {
    await see('a', 'b', 'c');
    await claim();
    await die();
    await see('new');
    const first = await claim();
    expect(told(first)).toEqual([
      ['a', { ...NONE, inCompany: 1 }],
      ['new', NONE],
    ]);
    expect(await claim()).toEqual([]);
    await settle('a');
    expect(told(await claim())).toEqual([['b', { ...NONE, inCompany: 1 }]]);
  });

  test('with one alone under way has that known, until it has come through', async () => {
    await see('a');
    for (let deaths = 1; deaths <= 3; deaths++) {
      await claim();
      await die();
    }
    expect(told(await claim())).toEqual([['a', { ...NONE, alone: 3 }]]);
    await settle('a');
    await ledger.conversations.want(source, [{ id: 'a', startedAt: 1, endedAt: 2 }], NOW, NOW + 1);
    expect(told(await claim())).toEqual([['a', NONE]]);
  });

  test('over one that was taken early has it taken early again', async () => {
    await see('a');
    const early = { now: NOW - 1, limit: 1, early: true };
    await ledger.conversations.claim(source, early);
    await die();
    expect(await ledger.conversations.claim(source, { ...early, early: false })).toEqual([]);
    expect(told(await ledger.conversations.claim(source, early))).toEqual([['a', { ...NONE, alone: 1 }]]);
  });

  test('is no death where it has ended in order', async () => {
    await see('a', 'b');
    await claim();
    await ledger.conversations.takeApart(source, 'a');
    await ledger.release();
    await die();
    expect(told(await claim())).toEqual([
      ['b', NONE],
      ['a', NONE],
    ]);
  });

  test('is told by what was written before it, and none of that waits for the disk', async () => {
    const database = new Database(`${folder.path}/callspan.db`);
    await see('a');
    await claim();
    expect(database.get('SELECT id, running FROM attempt')).toEqual(
      expect.objectContaining({ id: 'a', running: 1 }),
    );
    expect(database.get('PRAGMA synchronous')).toMatchObject({ synchronous: 2 });
    database.close();
  });
});
