import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { HeldError, LedgerError } from '../../src/ledger/errors.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { SqliteLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';

const BEGIN = Date.UTC(2026, 0, 1);
const HERE = processSpace();

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let database: Database;
let ledger: Ledger;
let clock: VirtualClock;

beforeEach(async () => {
  folder = await ledgerFolder();
  database = new Database(`${folder.path}/callspan.db`);
  ledger = new SqliteLedger(database);
  clock = new VirtualClock({ now: BEGIN });
});

afterEach(async () => {
  await ledger.release();
  await ledger.close();
  await rm(folder.path, { recursive: true, force: true });
});

function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'host';
  }
}

/** Somebody else's lease. */
function heldBy({ space = HERE, host = hostname(), pid = 1, renewed = BEGIN } = {}): void {
  database.run(
    `INSERT INTO lease (one, holder, pid, host, since, renewed) VALUES (1, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET holder = excluded.holder, pid = excluded.pid, host = excluded.host,
       renewed = excluded.renewed`,
    ...[`${space} somebody`, pid, host, BEGIN - 60_000, renewed],
  );
}

/** Somebody else's lease, renewed every three seconds from now on. @returns what ends that. */
function keptBy(renewedAt: () => number, host?: string): () => void {
  const ended = new AbortController();
  const hold = () => heldBy({ renewed: renewedAt(), ...(host === undefined ? {} : { host }) });
  const renew = async () => {
    while (!ended.signal.aborted) {
      await clock.sleep(3_000, ended.signal);
      hold();
    }
  };
  hold();
  // It rejects as soon as it is ended, and only then.
  renew().catch(() => {});
  return () => ended.abort();
}

/** How long it takes until the lease is ours, in milliseconds; or the name of what is thrown. */
async function taken(): Promise<number | string> {
  let result: number | string | undefined;
  ledger.hold(clock, new AbortController().signal).then(
    () => {
      result = clock.trueNow() - BEGIN;
    },
    (error: unknown) => {
      result = error instanceof HeldError ? error.message : String(error);
    },
  );
  while (result === undefined) await clock.pass(clock.trueNow() + 50);
  return result;
}

test('a ledger that nobody holds is taken at once', async () => {
  expect(await taken()).toBeLessThan(100);
  expect(await ledger.holder(clock)).toMatchObject({ pid: process.pid, host: hostname(), since: BEGIN });
});

test('who holds it is told, as soon as it has shown that it lives', async () => {
  const end = keptBy(() => clock.trueNow());
  try {
    expect(await taken()).toMatch(
      /^Another callspan is the bridge on .*: process 1 on .*, since 2025-12-31T23:59:00/,
    );
    expect(clock.trueNow() - BEGIN).toBeLessThan(5_000);
  } finally {
    end();
  }
});

test('a holder whose process is not there any more is followed at once', async () => {
  const dead = spawn('true');
  await once(dead, 'exit');
  heldBy({ pid: dead.pid ?? 0 });
  expect(await taken()).toBeLessThan(100);
});

test('one whose number now is another process is waited for, and no longer than fifteen seconds', async () => {
  heldBy({ pid: 1 });
  const millis = await taken();
  expect(millis).toBeGreaterThan(9_000);
  expect(millis).toBeLessThan(15_000);
});

test('one on another host is waited for, whatever its number', async () => {
  const dead = spawn('true');
  await once(dead, 'exit');
  heldBy({ host: 'elsewhere', pid: dead.pid ?? 0 });
  const millis = await taken();
  expect(millis).toBeGreaterThan(9_000);
  expect(millis).toBeLessThan(15_000);
});

test('one in another container of the same host name is waited for, even if it has our own number', async () => {
  heldBy({ space: 'pid:[1]', pid: process.pid });
  expect(await taken()).toBeGreaterThan(9_000);
});

test('one that has not been heard of for long is waited for only as long as a sign of life takes', async () => {
  heldBy({ host: 'elsewhere', renewed: BEGIN - 3_600_000 });
  const millis = await taken();
  expect(millis).toBeGreaterThan(3_000);
  expect(millis).toBeLessThan(6_000);
});

test('one whose clock is an hour behind ours is not robbed while it lives', async () => {
  const end = keptBy(() => clock.trueNow() - 3_600_000, 'elsewhere');
  try {
    expect(await taken()).toMatch(/Another callspan is the bridge/);
  } finally {
    end();
  }
});

test('the lease is renewed while it is held, and gone when it is given back', async () => {
  await taken();
  await clock.pass(BEGIN + 60_000);
  expect(await ledger.holder(clock)).toBeDefined();
  await ledger.release();
  expect(await ledger.holder(clock)).toBeUndefined();
});

test('whoever has lost it records nothing any more, and is told', async () => {
  const stop = new AbortController();
  const holding = ledger.hold(clock, stop.signal);
  await clock.pass(BEGIN + 100);
  const lease = await holding;
  const source = await ledger.source('a', 'tavus');
  heldBy({ renewed: BEGIN + 30_000 });

  await expect(ledger.check()).rejects.toThrow(/Another callspan has taken over the ledger/);
  await expect(ledger.prove(BEGIN)).rejects.toThrow(LedgerError);
  const sighting = { id: 'a', ended: true, startedAt: 1, endedAt: 1, due: 1 };
  await expect(ledger.conversations.see(source, [sighting], 1)).rejects.toThrow(LedgerError);
  await expect(ledger.sources.walked(source, 5, undefined)).rejects.toThrow(LedgerError);
  await expect(ledger.sources.polled(source, { at: 1, next: 2, error: undefined })).rejects.toThrow(
    LedgerError,
  );
  await expect(ledger.commands.add({ kind: 'retry', dead: false }, 1)).rejects.toThrow(LedgerError);
  expect(lease.lost.aborted).toBe(false);
  await clock.pass(BEGIN + 4_000);
  expect(lease.lost.aborted).toBe(true);
  expect(lease.lost.reason).toBeInstanceOf(LedgerError);

  await ledger.release();
  expect(database.get('SELECT holder FROM lease')?.holder).toBe(`${HERE} somebody`);
});

test('to wait for it can be given up', async () => {
  heldBy({ host: 'elsewhere' });
  const stop = new AbortController();
  const holding = ledger.hold(clock, stop.signal);
  holding.catch(() => undefined);
  await clock.pass(BEGIN + 1_000);
  stop.abort(new Error('enough'));
  await expect(holding).rejects.toThrow('enough');
});
