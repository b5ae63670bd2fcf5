import { chmodSync, existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { backUpLedger, openLedger } from '../../src/ledger/open.ts';
import { systemClock } from '../../src/time/clock.ts';

const NOW = 1_800_000_000_000;

let folder: string;
let file: string;
let ledger: Ledger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  file = join(folder, 'callspan.db');
  ledger = await openLedger(file);
  // As a running bridge has it.
  await ledger.hold(systemClock, new AbortController().signal);
  await add('first');
});

afterEach(async () => {
  await ledger.release();
  await ledger.close();
  await rm(folder, { recursive: true, force: true });
});

async function add(id: string): Promise<void> {
  const source = await ledger.source('a', 'tavus');
  await ledger.conversations.see(source, [{ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }], NOW);
}

async function dueIn(path: string): Promise<number> {
  const copy = await openLedger(path);
  try {
    const [source] = await copy.sources.all();
    // Whoever restores it holds it.
    await copy.hold(systemClock, new AbortController().signal);
    await copy.release();
    return (await copy.sources.tallies(source?.id ?? 0)).due;
  } finally {
    await copy.close();
  }
}

test('a backup is the whole ledger at one moment, taken beside a running bridge, and private', async () => {
  const copy = join(folder, 'copy.db');
  await backUpLedger(file, copy);
  await add('later');
  expect(await dueIn(copy)).toBe(1);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  const source = await ledger.source('a', 'tavus');
  expect((await ledger.sources.tallies(source)).due).toBe(2);
});

test.for(['a file', 'a link'])('what is there already is not written over: %s', async (kind) => {
  const taken = join(folder, 'taken');
  const target = join(folder, 'target');
  if (kind === 'a link') symlinkSync(target, taken);
  else writeFileSync(taken, 'precious');
  await expect(backUpLedger(file, taken)).rejects.toThrow(/is there already, and no backup is written over/);
  expect(existsSync(target)).toBe(false);
});

test('where there is no ledger, or no folder, nothing is written', async () => {
  const copy = join(folder, 'copy.db');
  await expect(backUpLedger(join(folder, 'none.db'), copy)).rejects.toThrow(/There is no ledger at/);
  const other = join(folder, 'other');
  writeFileSync(other, 'no database, but long enough to be looked at. '.repeat(50));
  chmodSync(other, 0o600);
  await expect(backUpLedger(other, copy)).rejects.toThrow(/is damaged or is no callspan ledger/);
  expect(existsSync(copy)).toBe(false);
  await expect(backUpLedger(file, join(folder, 'no/such/copy.db'))).rejects.toThrow(
    /cannot be written \(ENOENT\)/,
  );
});

test('a ledger on a server is its own tools’ to back up, and its password is not told', async () => {
  const error = await backUpLedger('postgres://me:secret@db/calls', join(folder, 'x')).catch(
    (error) => error,
  );
  expect(error.message).toMatch(/pg_dump/);
  expect(error.message).not.toContain('secret');
});
