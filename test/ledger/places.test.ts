import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerError } from '../../src/ledger/errors.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let file: string;
let server: Server | undefined;

beforeEach(async () => {
  folder = await ledgerFolder();
  file = `${folder.path}/callspan.db`;
});

afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  await folder.remove();
});

const never = () => new AbortController().signal;

/** Opens it and reads everything that a start reads. */
async function start(path: string): Promise<void> {
  const ledger = await openLedger(path);
  try {
    await ledger.source('a', 'tavus');
    await ledger.hold(systemClock, never());
    const source = await ledger.source('a', 'tavus');
    for await (const _ of ledger.conversations.delivered(source, 0));
    await ledger.conversations.active(source);
    await ledger.conversations.claim(source, { now: Date.now(), limit: 100 });
    await ledger.commands.open();
    await ledger.release();
  } finally {
    await ledger.close();
  }
}

describe('a place that is none for a ledger is refused in one line, and stays as it was', () => {
  const places: readonly (readonly [string, () => void | Promise<void>])[] = [
    ['a pipe', () => void execFileSync('mkfifo', [file])],
    [
      'a socket',
      async () => {
        server = createServer();
        await new Promise<void>((resolve) => server?.listen(file, resolve));
      },
    ],
    ['a folder', () => mkdirSync(file)],
    [
      'a link to a text',
      () => {
        writeFileSync(`${folder.path}/text`, 'precious '.repeat(1_000));
        symlinkSync(`${folder.path}/text`, file);
      },
    ],
    ['a link to itself', () => symlinkSync(file, file)],
    ['a link into a folder that is not there', () => symlinkSync(`${folder.path}/none/callspan.db`, file)],
  ];
  // Devices of our own: what is done to them must be done to nobody else's. Only root makes any.
  const device = (name: string) => void execFileSync('mknod', [name, 'c', '1', '3']);
  const devices: typeof places = [
    ['a device', () => device(file)],
    [
      'a link to a device',
      () => {
        device(`${folder.path}/null`);
        symlinkSync(`${folder.path}/null`, file);
      },
    ],
  ];
  test.each([...places, ...(process.getuid?.() === 0 ? devices : [])])('%s', async (_, make) => {
    await make();
    const before = statOf(file);
    const error = await start(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LedgerError);
    expect(String(error)).toMatch(/^LedgerError: [^\n]*callspan\.db[^\n]*$/);
    expect(statOf(file)).toEqual(before);
    if (before?.size === 9_000) expect(readFileSync(file, 'utf8')).toBe('precious '.repeat(1_000));
  });
});

function statOf(path: string): { mode: number; size: number } | undefined {
  try {
    const { mode, size } = statSync(path);
    return { mode, size };
  } catch {
    return undefined;
  }
}

test('a ledger whose folder is reached by a link is one ledger, by whichever way it is reached', async () => {
  mkdirSync(`${folder.path}/real`);
  symlinkSync(`${folder.path}/real`, `${folder.path}/link`);
  const one = await openLedger(`${folder.path}/link/callspan.db`);
  await one.hold(systemClock, never());
  const other = await openLedger(`${folder.path}/real/callspan.db`);
  expect(other.instance).toBe(one.instance);
  // The holder is this process, so it can have died only: what it had is taken over, and it notices.
  await other.hold(systemClock, never());
  await expect(one.check()).rejects.toThrow(/has taken over the ledger/);
  await other.release();
  await Promise.all([one.close(), other.close()]);
});

describe.each(['-wal', '-shm'])('what lies where SQLite keeps its %s', (suffix) => {
  test.each([
    ['a symbolic link', (victim: string, path: string) => symlinkSync(victim, path)],
    ['another name', (victim: string, path: string) => linkSync(victim, path)],
  ])('is left alone where it is %s of a file of somebody else', async (_, plant) => {
    await (await openLedger(file)).close();
    for (const companion of ['-wal', '-shm']) rmSync(`${file}${companion}`, { force: true });
    const victim = `${folder.path}/victim`;
    writeFileSync(victim, 'precious', { mode: 0o644 });
    plant(victim, `${file}${suffix}`);
    await expect(start(file)).rejects.toThrow(
      /there is .* where SQLite keeps a file of its own .*; remove it\.$/,
    );
    await expect(openLedger(file, { readOnly: true })).rejects.toThrow(LedgerError);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(statSync(victim).mode & 0o777).toBe(0o644);
  });
});

test('a folder that is exchanged for another under a running bridge is noticed before anything is written', async () => {
  mkdirSync(`${folder.path}/real`);
  mkdirSync(`${folder.path}/other`);
  symlinkSync(`${folder.path}/real`, `${folder.path}/link`);
  const ledger = await openLedger(`${folder.path}/link/callspan.db`);
  await ledger.hold(systemClock, never());
  rmSync(`${folder.path}/real`, { recursive: true });
  symlinkSync(`${folder.path}/other`, `${folder.path}/real`);
  await expect(ledger.check()).rejects.toThrow(/was deleted or moved while callspan was using it/);
  await ledger.close().catch(() => undefined);
});

describe('what another program has written into a ledger', () => {
  test.each([
    ['bytes that are no text', `UPDATE source SET name = CAST(x'ff00fe' AS TEXT)`],
    ['half a character for an id', `UPDATE conversation SET id = CAST(x'eda080' AS TEXT)`],
    ['a text that ends early', `UPDATE conversation SET id = 'a' || char(0) || 'b'`],
    ['a time beyond what numbers are exact', 'UPDATE conversation SET due = 9223372036854775807'],
    ['a state that is none', 'UPDATE conversation SET state = 77'],
    ['a reason of bytes', `UPDATE conversation SET reason = CAST(x'c328' AS TEXT)`],
    [
      'a command that is no JSON',
      `INSERT INTO request (body, state, progress, changed) VALUES ('{', 'waiting', '{}', 0)`,
    ],
    ['labels that are no JSON', `UPDATE series SET labels = '{'`],
    ['a trace id of another length', `UPDATE conversation SET trace_id = x'00'`],
  ])('is a ledger that is damaged, and ends no process: %s', async (_, sql) => {
    const ledger = await openLedger(file);
    const source = await ledger.source('a', 'tavus');
    const sighting = { id: 'c1', ended: true, startedAt: 1, endedAt: 2, due: 3 };
    await ledger.conversations.see(source, [sighting], 4);
    const one = { metric: 'callspan.conversations', labels: {}, value: 1n } as const;
    await ledger.record(
      [
        {
          ...{
            source,
            id: 'c1',
            kind: 'delivered',
            traceId: 'ab'.repeat(16),
            spans: 1,
            shape: 'cd'.repeat(16),
          },
          ...{ late: [], due: 5, endedAt: 2, observations: [one] },
        },
      ],
      5,
    );
    await ledger.close();
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
    await expect(start(file)).rejects.toThrow(/is damaged or is no callspan ledger; restore a backup/);
  });
});
