import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { LedgerError } from '../../src/ledger/errors.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let file: string;
let umask: number;
const opened: Ledger[] = [];

beforeEach(async () => {
  folder = await ledgerFolder();
  file = `${folder.path}/callspan.db`;
  umask = process.umask(0);
});

afterEach(async () => {
  process.umask(umask);
  for (const ledger of opened.splice(0)) await ledger.close();
  await folder.remove();
});

async function open(path = file): Promise<Ledger> {
  const ledger = await openLedger(path);
  opened.push(ledger);
  return ledger;
}

async function held(path = file): Promise<Ledger> {
  const ledger = await open(path);
  await ledger.hold(systemClock, new AbortController().signal);
  return ledger;
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('the files of a ledger', () => {
  test.each([0o000, 0o022, 0o277])('are nobody else’s business with a umask of %o', async (mask) => {
    process.umask(mask);
    await held();
    for (const suffix of ['', '-wal', '-shm', '-reserve'])
      expect([suffix, mode(file + suffix)]).toEqual([suffix, '600']);
  });

  test('are hidden again where an older callspan left them readable', async () => {
    await (await openLedger(file)).close();
    chmodSync(file, 0o644);
    await open();
    expect([mode(file), mode(`${file}-wal`)]).toEqual(['600', '600']);
  });

  test('are beside what a symbolic link leads to', async () => {
    mkdirSync(`${folder.path}/real`);
    await (await openLedger(`${folder.path}/real/a.db`)).close();
    symlinkSync(`${folder.path}/real/a.db`, file);
    await held();
    expect(statSync(`${folder.path}/real/a.db-reserve`).isFile()).toBe(true);
  });
});

describe('what lies where the reserve is made', () => {
  test('is left alone where a link leads to it', async () => {
    await writeFile(`${folder.path}/victim`, 'precious');
    symlinkSync(`${folder.path}/victim`, `${file}-reserve`);
    const ledger = await held();
    expect(readFileSync(`${folder.path}/victim`, 'utf8')).toBe('precious');
    expect(statSync(`${file}-reserve`).size).toBeGreaterThan(1_000_000);
    await ledger.release();
    expect(readFileSync(`${folder.path}/victim`, 'utf8')).toBe('precious');
  });

  test('is left alone where it is another name of a file', async () => {
    await writeFile(`${folder.path}/victim`, 'precious');
    linkSync(`${folder.path}/victim`, `${file}-reserve`);
    await held();
    expect(readFileSync(`${folder.path}/victim`, 'utf8')).toBe('precious');
  });

  test('stops the start where it cannot go away', async () => {
    mkdirSync(`${file}-reserve`);
    await expect(held()).rejects.toThrow(LedgerError);
  });
});

describe('a ledger under a running bridge', () => {
  const LOSSES: [string, RegExp, () => Promise<void> | void][] = [
    ['deleted', /was deleted or moved while callspan was using it \(callspan\.db\)/, () => rmSync(file)],
    ['moved away', /was deleted or moved/, () => renameSync(file, `${file}.old`)],
    [
      'replaced by a copy of itself',
      /was replaced by another while callspan was using it/,
      async () => {
        await copyFile(file, `${file}.new`);
        renameSync(`${file}.new`, file);
      },
    ],
    ['given a second name', /has 2 names \(hard links\)/, () => linkSync(file, `${file}.other`)],
    ['robbed of its write-ahead log', /\(callspan\.db-wal\)/, () => rmSync(`${file}-wal`)],
    ['robbed of what its users see each other by', /\(callspan\.db-shm\)/, () => rmSync(`${file}-shm`)],
  ];

  test.each(LOSSES)('that is %s is noticed before anything is sent or recorded', async (_, said, lose) => {
    const ledger = await held();
    const source = await ledger.source('a', 'tavus');
    await lose();
    for (const attempt of [
      () => ledger.check(),
      () => ledger.prove(1),
      () => ledger.conversations.see(source, [{ id: 'a', ended: true, startedAt: 1, endedAt: 1, due: 1 }], 1),
      () => ledger.record([], 1),
    ]) {
      const error = await attempt().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LedgerError);
      expect(String(error)).toMatch(said);
    }
  });

  test('is refused by its second name', async () => {
    await (await openLedger(file)).close();
    linkSync(file, `${folder.path}/other.db`);
    await expect(open(`${folder.path}/other.db`)).rejects.toThrow(
      /has 2 names \(hard links\).*remove all but one/,
    );
  });
});
