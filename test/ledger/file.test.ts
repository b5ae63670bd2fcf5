import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerError } from '../../src/ledger/errors.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../src/ledger/sqlite/schema.ts';
import { Ledger, openLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
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
function refusal(path = file, options = {}): unknown {
  try {
    openLedger(path, options).close();
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
  test('is in WAL mode, and every commit is flushed to the disk', () => {
    const database = new Database(file);
    expect(database.get('PRAGMA journal_mode')).toMatchObject({ journal_mode: 'wal' });
    expect(database.get('PRAGMA synchronous')).toMatchObject({ synchronous: 2 });
    database.close();
  });

  test('says whose it is and of which version', () => {
    openLedger(file).close();
    const raw = new Libsql(file);
    expect(raw.prepare('PRAGMA application_id').get()).toMatchObject({ application_id: APPLICATION_ID });
    expect(raw.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: MIGRATIONS.length });
    raw.close();
  });

  test('keeps its instance from one opening to the next', () => {
    const first = openLedger(file);
    const second = openLedger(file);
    expect(second.instance).toBe(first.instance);
    expect(first.instance).toMatch(/^[0-9a-f]{32}$/);
    first.close();
    second.close();
  });

  test('of a bridge at work can be read by others', () => {
    const ledger = openLedger(file);
    ledger.source('a', 'tavus');
    const reader = openLedger(file, { readOnly: true });
    expect(reader.sources.all().map(({ name }) => name)).toEqual(['a']);
    expect(() => reader.source('b', 'tavus')).toThrow(LedgerError);
    reader.close();
    ledger.close();
  });
});

describe('a ledger of an older version', () => {
  test.each(MIGRATIONS.map((_, index) => index + 1))('%i is taken over as it is', async (version) => {
    await copyFile(fileURLToPath(new URL(`./versions/${version}.sqlite`, import.meta.url)), file);
    const ledger = openLedger(file);
    expect(ledger.sources.all()).toMatchObject([
      { id: 1, name: 'clinic', provider: 'elevenlabs', cursor: 1767225600000, sweptAt: 1767225000000 },
      { id: 2, name: 'shop', provider: 'tavus', memory: '{"order":"newest"}' },
    ]);
    expect(ledger.conversations.due(1, 1767225600000, 10)).toEqual(['conv_due']);
    expect(ledger.conversations.active(1).map(({ id }) => id)).toEqual(['conv_active']);
    expect(ledger.conversations.get(2, 'c0ffee')?.sent).toEqual({
      ...{ traceId: 'ab'.repeat(16), spans: 12, shape: 'cd'.repeat(16), late: ['0123456789abcdef'] },
    });
    expect(ledger.sources.tallies(2)).toMatchObject({ delivered: 1, dead: 1 });
    expect(ledger.commands.open()).toHaveLength(version >= 2 ? 1 : 0);
    expect([...ledger.numbers.series]).toHaveLength(version >= 3 ? 1 : 0);
    expect(ledger.conversations.revive(2, { dead: true, only: undefined }, 1767225800000)).toBe(1);
    ledger.close();
    expect(refusal()).toBeUndefined();
  });

  test('is not touched by who only reads', async () => {
    await copyFile(fileURLToPath(new URL('./versions/1.sqlite', import.meta.url)), file);
    expectRefusal(refusal(file, { readOnly: true }), /was written by an older callspan.*start the bridge/);
    const raw = new Libsql(file);
    expect(raw.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 1 });
    raw.close();
  });
});

describe('is refused, in one line that says what to do', () => {
  test('a ledger of a newer version', () => {
    openLedger(file).close();
    const raw = new Libsql(file);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    expectRefusal(refusal(), /written by a newer callspan \(its version is 99, this program knows \d+\)/);
    expectRefusal(refusal(file, { readOnly: true }), /newer callspan/);
  });

  test("another program's database", () => {
    const raw = new Libsql(file);
    raw.exec('CREATE TABLE theirs (a)');
    raw.close();
    expectRefusal(refusal(), /is a database, but no callspan ledger; set CALLSPAN_STATE to another file/);
  });

  test('a file that is no database', async () => {
    await writeFile(file, 'something else '.repeat(500));
    expectRefusal(refusal(), /is damaged or is no callspan ledger; restore a backup, or move it away/);
  });

  test('a ledger that has lost its end', async () => {
    const ledger = openLedger(file);
    const source = ledger.source('a', 'tavus');
    const sightings = Array.from({ length: 2_000 }, (_, index) => ({
      ...{ id: `c${index}`, ended: true, startedAt: index, endedAt: index, due: index },
    }));
    ledger.conversations.see(source, sightings, 1);
    ledger.close();
    const raw = new Libsql(file);
    raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    raw.close();
    await truncate(file, 20_000);
    const cut = () => {
      const again = openLedger(file);
      try {
        return again.conversations
          .due(source, 10_000, 10_000)
          .map((id) => again.conversations.get(source, id));
      } finally {
        again.close();
      }
    };
    let error: unknown;
    try {
      cut();
    } catch (thrown) {
      error = thrown;
    }
    expectRefusal(error, /is damaged or is no callspan ledger/);
  });

  test('a file in a folder that is not there', () => {
    expectRefusal(
      refusal(`${folder.path}/missing/callspan.db`),
      /cannot be opened; check that its folder exists/,
    );
  });

  test('a folder', async () => {
    await mkdir(file);
    expectRefusal(refusal(), /cannot be opened/);
  });

  test('one that is not there, for who only reads', () => {
    expectRefusal(refusal(file, { readOnly: true }), /There is no ledger at .*; check CALLSPAN_STATE/);
  });

  test('an empty file, for who only reads', async () => {
    await writeFile(file, '');
    expectRefusal(refusal(file, { readOnly: true }), /was never finished; start the bridge/);
  });
});

/** What taking the right to change a ledger throws. */
async function held(path: string): Promise<unknown> {
  let ledger: Ledger | undefined;
  try {
    ledger = openLedger(path);
    await ledger.hold(systemClock, new AbortController().signal);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    ledger?.close();
  }
}

test('a file that may not grow any more is no reason to lose what is in it', () => {
  const database = new Database(file);
  const ledger = new Ledger(database);
  const source = ledger.source('a', 'tavus');
  database.get('PRAGMA max_page_count = 1');
  const many = Array.from({ length: 5_000 }, (_, index) => ({
    ...{ id: `c${index}`, ended: true, startedAt: 1, endedAt: 1, due: 1 },
  }));
  let error: unknown;
  try {
    ledger.conversations.see(source, many, 1);
  } catch (thrown) {
    error = thrown;
  }
  expectRefusal(error, /cannot grow because the disk is full; free some space/);
  expect(ledger.sources.tallies(source)).toMatchObject({ due: 0 });
  ledger.close();
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
    openLedger(file).close();
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
    openLedger(`${disk}/callspan.db`).close();
    fill();
    expectRefusal(await held(`${disk}/callspan.db`), /cannot grow because the disk is full; free some space/);
  });

  test('still takes what has been sent already, and then nothing more', async () => {
    const ledger = openLedger(`${disk}/callspan.db`);
    const source = ledger.source('a', 'tavus');
    await ledger.hold(systemClock, new AbortController().signal);
    const sightings = Array.from({ length: 500 }, (_, index) => ({
      ...{ id: `c${index}`, ended: true, startedAt: index, endedAt: index, due: index },
    }));
    ledger.conversations.see(source, sightings, 1);
    fill();
    const reason = 'because '.repeat(100);
    ledger.record(
      sightings.map(({ id }) => ({ source, id, kind: 'empty', reason })),
      2,
    );
    expect(ledger.sources.tallies(source)).toMatchObject({ due: 0, empty: 500 });
    expect(() => ledger.check()).toThrow(/disk is full/);
    expect(() => {
      for (let turn = 0; turn < 100; turn++) ledger.prove(turn);
    }).toThrow(/disk is full/);
    ledger.close();
    const raw = new Ledger(new Database(`${disk}/callspan.db`));
    expect(raw.sources.tallies(source)).toMatchObject({ due: 0, empty: 500 });
    raw.close();
  });
});
