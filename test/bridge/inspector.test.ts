import { afterEach, beforeEach, expect, test } from 'vitest';
import { Inspector } from '../../src/bridge/inspector.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { LedgerError } from '../../src/ledger/errors.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { ledgerFolder } from './simulation.ts';
import { VirtualClock } from './virtual-clock.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = Date.UTC(2026, 5, 1);

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let file: string;
let ledger: Ledger;
let clock: VirtualClock;
let stop: AbortController;

beforeEach(async () => {
  folder = await ledgerFolder();
  file = `${folder.path}/callspan.db`;
  ledger = await openLedger(file);
  clock = new VirtualClock({ now: NOW });
  stop = new AbortController();
  const source = await ledger.source('a', 'tavus');
  const sightings = Array.from({ length: 1_050 }, (_, index) => ({
    ...{ id: `c${index}`, ended: true, startedAt: NOW, endedAt: NOW, due: NOW },
  }));
  await ledger.conversations.see(source, sightings, NOW);
});

afterEach(async () => {
  stop.abort(new Error('The test is over'));
  await ledger.close();
  await folder.remove();
});

/** How far an inspection has come, as it is written down. */
function noted(): unknown {
  const database = new Database(file);
  const row = database.get(`SELECT value FROM ledger WHERE key = 'inspected'`);
  database.close();
  return row === undefined ? undefined : JSON.parse(String(row.value));
}

function damage(id: string): void {
  const database = new Database(file);
  database.exec(`UPDATE conversation SET started = started + 1 WHERE id = '${id}'`);
  database.close();
}

/** Begins to look through the ledger. @returns what it ends with. */
function inspect(): Promise<unknown> {
  const running = new Inspector({ ledger, clock }).run(stop.signal);
  return running.then(
    () => 'ended',
    (error: unknown) => error,
  );
}

test('a bridge looks through its ledger in little steps, soon after the start and every day', async () => {
  const ended = inspect();
  await clock.pass(NOW + MINUTE + 500);
  expect(noted()).toBeUndefined();
  await clock.pass(NOW + 2 * MINUTE);
  expect(noted()).toEqual({ source: -1, id: '' });
  damage('c77');
  await clock.pass(NOW + DAY);
  await clock.pass(NOW + DAY + 2 * MINUTE);
  expect(await ended).toBeInstanceOf(LedgerError);
  expect(String(await ended)).toMatch(/is damaged or is no callspan ledger; restore a backup/);
});

test('goes on where it was stopped, also as another process', async () => {
  const ended = inspect();
  await clock.pass(NOW + MINUTE + 500);
  stop.abort(new Error('stopped'));
  await clock.pass(NOW + 2 * MINUTE);
  expect(await ended).toBe('ended');
  await ledger.hold(clock, new AbortController().signal);
  await ledger.release();
  const before = noted() as { id: string };
  expect(before.id).toMatch(/^c\d+$/);
  const other = await openLedger(file);
  expect(await other.inspect(2_000)).toMatchObject({ isEnd: true });
  await other.close();
  expect(noted()).toEqual({ source: -1, id: '' });
});
