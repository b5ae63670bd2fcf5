import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { copyFile, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { LedgerError } from '../../src/ledger/errors.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../src/ledger/sqlite/schema.ts';
import { SqliteLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let file: string;

beforeEach(async () => {
  folder = await ledgerFolder();
  file = `${folder.path}/callspan.db`;
});

afterEach(async () => {
  await rm(folder.path, { recursive: true, force: true });
});

/** What opening throws. */
async function refusal(path = file, options = {}): Promise<unknown> {
  try {
    await (await openLedger(path, options)).close();
  } catch (error) {
    return error;
  }
  return undefined;
}

function expectRefusal(error: unknown, said: RegExp): void {
  expect(error).toBeInstanceOf(LedgerError);
  expect(String(error)).toMatch(said);
  expect(String(error).split('\n')).toHaveLength(1);
}

describe('the file', () => {
  test('is in WAL mode, and every commit is flushed to the disk', async () => {
    const database = new Database(file);
    expect(database.get('PRAGMA journal_mode')).toMatchObject({ journal_mode: 'wal' });
    expect(database.get('PRAGMA synchronous')).toMatchObject({ synchronous: 2 });
    database.close();
  });

  test('waits for the disk with a transaction, whatever came before it, and not with one that may be lost', () => {
    const database = new Database(file);
    const level = () => database.get('PRAGMA synchronous')?.synchronous;
    const [FULL, NORMAL] = [2, 1];
    expect(database.transaction(level)).toBe(FULL);
    expect(database.unflushed(level)).toBe(NORMAL);
    expect(database.unflushed(level)).toBe(NORMAL);
    expect(database.transaction(level)).toBe(FULL);
    expect(() =>
      database.unflushed(() => {
        throw new Error('on the way');
      }),
    ).toThrow('on the way');
    expect(database.transaction(level)).toBe(FULL);
    database.close();
  });

  test('says whose it is and of which version', async () => {
    await (await openLedger(file)).close();
    const raw = new DatabaseSync(file);
    expect(raw.prepare('PRAGMA application_id').get()).toMatchObject({ application_id: APPLICATION_ID });
    expect(raw.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: MIGRATIONS.length });
    raw.close();
  });

  test('keeps its instance from one opening to the next', async () => {
    const first = await openLedger(file);
    const second = await openLedger(file);
    expect(second.instance).toBe(first.instance);
    expect(first.instance).toMatch(/^[0-9a-f]{32}$/);
    await first.close();
    await second.close();
  });

  test('of a bridge at work can be read by others', async () => {
    const ledger = await openLedger(file);
    await ledger.source('a', 'tavus');
    const reader = await openLedger(file, { readOnly: true });
    expect((await reader.sources.all()).map(({ name }) => name)).toEqual(['a']);
    await expect(reader.source('b', 'tavus')).rejects.toThrow(LedgerError);
    await reader.close();
    await ledger.close();
  });
});

describe('a ledger of an older version', () => {
  test.each(MIGRATIONS.map((_, index) => index + 1))('%i is taken over as it is', async (version) => {
    await copyFile(fileURLToPath(new URL(`./versions/${version}.sqlite`, import.meta.url)), file);
    const ledger = await openLedger(file);
    expect(await ledger.sources.all()).toMatchObject([
      { id: 1, name: 'clinic', provider: 'elevenlabs', cursor: 1767225600000, sweptAt: 1767225000000 },
      { id: 2, name: 'shop', provider: 'tavus', memory: '{"order":"newest"}' },
    ]);
    const due = await ledger.conversations.claim(1, { now: 1767225600000, limit: 10 });
    expect(due.map(({ id }) => id)).toEqual(['conv_due']);
    expect((await ledger.conversations.active(1)).map(({ id }) => id)).toEqual(['conv_active']);
    expect((await ledger.conversations.get(2, 'c0ffee'))?.sent).toEqual({
      ...{ traceId: 'ab'.repeat(16), spans: 12, shape: 'cd'.repeat(16), late: ['0123456789abcdef'] },
    });
    expect(await ledger.sources.tallies(2)).toMatchObject({ delivered: 1, dead: 1 });
    expect(await ledger.commands.open()).toHaveLength(version >= 2 ? 1 : 0);
    expect(await ledger.series()).toHaveLength(version >= 3 ? 1 : 0);
    expect(await ledger.conversations.revive(2, { dead: true, only: undefined }, 1767225800000)).toBe(1);
    await ledger.close();
    expect(await refusal()).toBeUndefined();
  });

  test('is not touched by who only reads', async () => {
    await copyFile(fileURLToPath(new URL('./versions/1.sqlite', import.meta.url)), file);
    expectRefusal(
      await refusal(file, { readOnly: true }),
      /was written by an older callspan.*start the bridge/,
    );
    const raw = new DatabaseSync(file);
    expect(raw.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 1 });
    raw.close();
  });
});

describe('is refused, in one line that says what to do', () => {
  test('a ledger of a newer version', async () => {
    await (await openLedger(file)).close();
    const raw = new DatabaseSync(file);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    expectRefusal(
      await refusal(),
      /written by a newer callspan \(its version is 99, this program knows \d+\)/,
    );
    expectRefusal(await refusal(file, { readOnly: true }), /newer callspan/);
  });

  test("another program's database", async () => {
    const raw = new DatabaseSync(file);
    raw.exec('CREATE TABLE theirs (a)');
    raw.close();
    expectRefusal(
      await refusal(),
      /is a database, but no callspan ledger; set CALLSPAN_STATE to another file/,
    );
  });

  test('a file that is no database', async () => {
    await writeFile(file, 'something else '.repeat(500));
    expectRefusal(await refusal(), /is damaged or is no callspan ledger; restore a backup, or move it away/);
  });

  test('a ledger that has lost its end', async () => {
    const ledger = await openLedger(file);
    const source = await ledger.source('a', 'tavus');
    const sightings = Array.from({ length: 2_000 }, (_, index) => ({
      ...{ id: `c${index}`, ended: true, startedAt: index, endedAt: index, due: index },
    }));
    await ledger.conversations.see(source, sightings, 1);
    await ledger.close();
    const raw = new DatabaseSync(file);
    raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    raw.close();
    await truncate(file, 20_000);
    const cut = async () => {
      const again = await openLedger(file);
      try {
        await again.conversations.claim(source, { now: 10_000, limit: 10_000 });
      } finally {
        await again.close();
      }
    };
    let error: unknown;
    try {
      await cut();
    } catch (thrown) {
      error = thrown;
    }
    expectRefusal(error, /is damaged or is no callspan ledger/);
  });

  test('a file in a folder that is not there', async () => {
    expectRefusal(
      await refusal(`${folder.path}/missing/callspan.db`),
      /cannot be opened; check that its folder exists/,
    );
  });

  test('a folder', async () => {
    await mkdir(file);
    expectRefusal(await refusal(), /is a folder and no file; set CALLSPAN_STATE to the path of a file/);
  });

  test('one that is not there, for who only reads', async () => {
    expectRefusal(await refusal(file, { readOnly: true }), /There is no ledger at .*; check CALLSPAN_STATE/);
  });

  test('an empty file, for who only reads', async () => {
    await writeFile(file, '');
    expectRefusal(await refusal(file, { readOnly: true }), /was never finished; start the bridge/);
  });
});

/** What taking the right to change a ledger throws. */
async function held(path: string): Promise<unknown> {
  let ledger: Ledger | undefined;
  try {
    ledger = await openLedger(path);
    await ledger.hold(systemClock, new AbortController().signal);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await ledger?.close();
  }
}

test('a file that may not grow any more is no reason to lose what is in it', async () => {
  const database = new Database(file);
  const ledger = new SqliteLedger(database);
  const source = await ledger.source('a', 'tavus');
  database.get('PRAGMA max_page_count = 1');
  const many = Array.from({ length: 5_000 }, (_, index) => ({
    ...{ id: `c${index}`, ended: true, startedAt: 1, endedAt: 1, due: 1 },
  }));
  let error: unknown;
  try {
    await ledger.conversations.see(source, many, 1);
  } catch (thrown) {
    error = thrown;
  }
  expectRefusal(error, /cannot grow because the disk is full; free some space/);
  expect(await ledger.sources.tallies(source)).toMatchObject({ due: 0 });
  await ledger.close();
});

/** Whether this process may make file systems of its own: only root can, and not in every container. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.runIf(canMount())('on a file system that may not be written', () => {
  test('a ledger is refused before anything is sent', async () => {
    await (await openLedger(file)).close();
    chmodSync(file, 0o644);
    // Not by permissions, which do not stop root.
    execFileSync('mount', ['--bind', folder.path, folder.path]);
    try {
      execFileSync('mount', ['-o', 'remount,ro,bind', folder.path]);
      expectRefusal(await held(file), /cannot be (written|opened); check/);
    } finally {
      execFileSync('umount', ['-l', folder.path]);
    }
  });
});

describe.runIf(canMount())('a disk that is full', () => {
  let disk: string;

  beforeEach(async () => {
    disk = `${folder.path}/disk`;
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]);
  });

  afterEach(() => {
    execFileSync('umount', ['-l', disk]);
  });

  const fill = () => execFileSync('sh', ['-c', `dd if=/dev/zero of=${disk}/rest bs=4k 2>/dev/null || true`]);

  test('is found out before anything is sent', async () => {
    await (await openLedger(`${disk}/callspan.db`)).close();
    fill();
    expectRefusal(await held(`${disk}/callspan.db`), /cannot grow because the disk is full; free some space/);
  });

  test('still takes what has been sent already, and then nothing more', async () => {
    const ledger = await openLedger(`${disk}/callspan.db`);
    const source = await ledger.source('a', 'tavus');
    await ledger.hold(systemClock, new AbortController().signal);
    const sightings = Array.from({ length: 500 }, (_, index) => ({
      ...{ id: `c${index}`, ended: true, startedAt: index, endedAt: index, due: index },
    }));
    await ledger.conversations.see(source, sightings, 1);
    fill();
    const reason = 'because '.repeat(100);
    await ledger.record(
      sightings.map(({ id }) => ({ source, id, kind: 'empty', reason })),
      2,
    );
    expect(await ledger.sources.tallies(source)).toMatchObject({ due: 0, empty: 500 });
    await expect(ledger.check()).rejects.toThrow(/disk is full/);
    const proving = async () => {
      for (let turn = 0; turn < 100; turn++) await ledger.prove(turn);
    };
    await expect(proving()).rejects.toThrow(/disk is full/);
    await ledger.close();
    const raw = new SqliteLedger(new Database(`${disk}/callspan.db`));
    expect(await raw.sources.tallies(source)).toMatchObject({ due: 0, empty: 500 });
    raw.close();
  });
});
