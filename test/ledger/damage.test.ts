import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { LedgerError } from '../../src/ledger/errors.ts';
import { type OpenOptions, openLedger } from '../../src/ledger/open.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import { delivery, ONE } from './contract.ts';

/** Bits that are changed, one in each ledger. More of them for a night: LEDGER_FLIPS=20000. */
const FLIPS = Number(process.env.LEDGER_FLIPS ?? '200');
const NOW = Date.UTC(2026, 4, 1, 12);
const IDS = Array.from({ length: 60 }, (_, index) => `conv_${String(index).padStart(3, '0')}_abcdefghij`);

/** As a vendor gives them: one each. */
function traceIdOf(id: string): string {
  return createHash('md5').update(id).digest('hex');
}

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let file: string;

beforeEach(async () => {
  folder = await ledgerFolder();
  file = `${folder.path}/callspan.db`;
  const ledger = await openLedger(file);
  const source = await ledger.source('a', 'tavus');
  const sightings = IDS.map((id, index) => ({
    ...{ id, ended: index % 9 !== 0, startedAt: NOW - index, endedAt: NOW, due: NOW + index },
  }));
  await ledger.conversations.see(source, sightings, NOW);
  const labels = { 'callspan.source': 'a' };
  for (const [index, id] of IDS.entries()) {
    if (index % 9 === 0) continue;
    if (index % 7 === 0) await ledger.record([{ source, id, kind: 'dead', reason: 'refused' }], NOW);
    else if (index % 5 !== 0) {
      const traceId = traceIdOf(id);
      await ledger.conversations.takeTrace(source, id, [traceId]);
      await ledger.record([{ ...delivery(source, id, [{ ...ONE, labels }]), traceId }], NOW);
    }
  }
  await ledger.sources.walked(source, NOW, 'page');
  await ledger.sources.swept(source, NOW);
  await ledger.close();
});

afterEach(async () => {
  await folder.remove();
});

/** What decides what is sent and what is counted, as it is in the ledger at `path` for a bridge that starts on it. */
async function whatIsIn(path: string, options: OpenOptions = {}): Promise<string> {
  const ledger = await openLedger(path, options);
  try {
    await ledger.hold(systemClock, new AbortController().signal);
    const told = await dump(ledger);
    await ledger.release();
    return told;
  } finally {
    await ledger.close();
  }
}

async function dump(ledger: Ledger): Promise<string> {
  const source = await ledger.source('a', 'tavus');
  const rows: unknown[] = [];
  for (const id of IDS) {
    const row = await ledger.conversations.get(source, id);
    rows.push([id, row?.state, row?.dueAt, row?.attempts, row?.sent !== undefined]);
  }
  const series = (await ledger.series()).map((one) => ({ ...one, count: `${one.count}`, sum: `${one.sum}` }));
  const claimed = await ledger.conversations.claim(source, { now: NOW + 1_000, limit: 100 });
  const told = {
    instance: ledger.instance,
    ...{ rows, series, sources: await ledger.sources.all(), tallies: await ledger.sources.tallies(source) },
    due: claimed.map(({ id }) => id),
  };
  return JSON.stringify(told);
}

/** Does `work` with ledgers in each of which one bit has changed. @returns what it says is wrong, and how often it was found. */
async function flipBits(
  work: (path: string) => Promise<string | undefined>,
): Promise<{ wrong: string[]; found: number }> {
  const clean = readFileSync(file);
  const dice = new VirtualClock({ seed: 77 });
  const wrong: string[] = [];
  let found = 0;
  for (let flip = 0; flip < FLIPS; flip++) {
    const damaged = Buffer.from(clean);
    const at = Math.floor(dice.random() * damaged.length);
    const bit = Math.floor(dice.random() * 8);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
    const path = `${folder.path}/${flip}.db`;
    writeFileSync(path, damaged);
    try {
      const trouble = await work(path);
      if (trouble !== undefined) wrong.push(`bit ${bit} of byte ${at}: ${trouble}`);
    } catch (error) {
      if (!(error instanceof LedgerError)) wrong.push(`bit ${bit} of byte ${at}: ${error}`);
      found++;
    }
  }
  return { wrong, found };
}

/** As a ledger that is too large to be looked through before a start. */
const LARGE: OpenOptions = { wholeUpTo: 0 };

describe('a bit that has changed on the disk', () => {
  test.each([
    ['a ledger that is looked through at the start', {}],
    ['one that is too large for that, and inspected', LARGE],
  ])(
    `is found in %s, or changes nothing that is sent or counted (${FLIPS} of them)`,
    async (_, options) => {
      const expected = await whatIsIn(file, options);
      const { wrong, found } = await flipBits(async (path) =>
        (await whatIsIn(path, options)) === expected ? undefined : 'other content',
      );
      expect(wrong).toEqual([]);
      expect(found).toBeGreaterThan(FLIPS / 50);
    },
    300_000,
  );

  test(`has nothing sent or counted again before an inspection has come to it (${FLIPS} of them)`, async () => {
    const { wrong, found } = await flipBits(async (path) => {
      const again = await deliverAll(path);
      return again.length === 0 ? undefined : `sent again: ${again.join(', ')}`;
    });
    expect(wrong).toEqual([]);
    expect(found).toBeGreaterThan(0);
  });
});

/** A list shows everything once more, and all that is due is sent. @returns ids of what had been sent already. */
async function deliverAll(path: string): Promise<string[]> {
  const ledger = await openLedger(path);
  try {
    const source = await ledger.source('a', 'tavus');
    const sightings = IDS.map((id) => ({ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }));
    await ledger.conversations.see(source, sightings, NOW);
    const again: string[] = [];
    for (const { id } of await ledger.conversations.claim(source, { now: NOW + 1_000, limit: 100 })) {
      const traceId = await ledger.conversations.takeTrace(source, id, [traceIdOf(id)]);
      if (traceId === undefined) throw new Error(`no trace for ${id}`);
      const index = IDS.indexOf(id);
      if (index % 9 !== 0 && index % 7 !== 0 && index % 5 !== 0) again.push(id);
      await ledger.record([{ ...delivery(source, id, [ONE]), traceId }], NOW);
    }
    return again;
  } finally {
    await ledger.close();
  }
}

describe('a ledger that an older callspan wrote', () => {
  test('gets its checksums when it is inspected, and from then on none may be missing', async () => {
    const database = new Database(file);
    database.exec(`UPDATE conversation SET checksum = NULL; DELETE FROM ledger WHERE key = 'sealed'`);
    database.close();
    const expected = await whatIsIn(file, LARGE);
    expect(expected).toContain(IDS[1]);
    const again = new Database(file);
    expect(again.get('SELECT count(*) AS rows FROM conversation WHERE checksum IS NULL')?.rows).toBe(0);
    again.exec(`UPDATE conversation SET checksum = NULL WHERE id = '${IDS[1]}'`);
    again.close();
    await expect(whatIsIn(file, LARGE)).rejects.toThrow(LedgerError);
  });
});

describe('a row of a conversation that is not what was written', () => {
  test.each([
    ['its id', `UPDATE conversation SET id = id || 'x' WHERE id = '${IDS[1]}'`],
    ['its state', `UPDATE conversation SET state = 1 WHERE id = '${IDS[1]}'`],
    ['when it is due', `UPDATE conversation SET due = due + 1 WHERE id = '${IDS[5]}'`],
    ['that it is due', `UPDATE conversation SET due = NULL WHERE id = '${IDS[5]}'`],
    ['when it was settled', `UPDATE conversation SET settled = settled - 1 WHERE id = '${IDS[1]}'`],
    ['its number of spans', `UPDATE conversation SET spans = NULL WHERE id = '${IDS[1]}'`],
    ['its trace', `UPDATE conversation SET trace_id = zeroblob(16) WHERE id = '${IDS[1]}'`],
    ['its shape', `UPDATE conversation SET shape = x'00' WHERE id = '${IDS[1]}'`],
    ['its attempts', `UPDATE conversation SET attempts = 9 WHERE id = '${IDS[5]}'`],
    ['why it is dead', `UPDATE conversation SET reason = 'another' WHERE id = '${IDS[7]}'`],
    ['its checksum', `UPDATE conversation SET checksum = checksum + 1 WHERE id = '${IDS[1]}'`],
    ['that it has a checksum', `UPDATE conversation SET checksum = NULL WHERE id = '${IDS[1]}'`],
    ['a count of conversations', 'UPDATE tally SET conversations = conversations + 1'],
    ['whose count it is', 'UPDATE tally SET state = 9 WHERE state = 2'],
  ])('is found by an inspection where it is %s', async (_, sql) => {
    const database = new Database(file);
    database.exec(sql);
    database.close();
    await expect(whatIsIn(file, LARGE)).rejects.toThrow(/is damaged or is no callspan ledger/);
  });

  test.each(['ready', 'retry', 'active', 'settled', 'trace'])(
    'is found by an inspection where the index %s has lost it',
    async (index) => {
      const ledger = await openLedger(file);
      const source = await ledger.source('a', 'tavus');
      const due = { kind: 'postponed', due: NOW, attempts: 2, reason: 'no' } as const;
      await ledger.record([{ ...due, source, id: IDS[5] ?? '' }], NOW);
      await ledger.close();
      const database = new DatabaseSync(file, { defensive: false });
      const name = `conversation_${index}`;
      const sql = String(database.prepare('SELECT sql FROM sqlite_master WHERE name = ?').get(name)?.sql);
      const declare = (as: string) =>
        `PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = '${as}' WHERE name = '${name}';
         PRAGMA writable_schema = RESET`;
      // Filled by another rule, and read by its own.
      database.exec(declare(sql.replace(/ WHERE .*$/s, ' WHERE spans = 987654321')));
      database.exec(`REINDEX ${name}`);
      database.exec(declare(sql));
      database.close();
      await expect(whatIsIn(file, LARGE)).rejects.toThrow(/is damaged or is no callspan ledger/);
    },
  );
});

describe('a row that is not what was written', () => {
  test.each([
    ['a sum', `UPDATE series SET sum = '1000000001'`],
    ['a count', 'UPDATE series SET count = count + 1'],
    ['labels', `UPDATE series SET labels = '{"callspan.source":"b"}'`],
    ['a cursor', 'UPDATE source SET cursor = cursor - 1'],
    ['the instance', `UPDATE ledger SET value = 'f00d' WHERE key = 'instance'`],
    ['a tally', 'UPDATE tally SET conversations = conversations + 1'],
    ['a count beyond what a number can be', 'UPDATE series SET count = 9223372036854775807'],
  ])('of %s is found before anything is sent', async (_, sql) => {
    const database = new Database(file);
    database.exec(sql);
    database.close();
    const error = await whatIsIn(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LedgerError);
    expect(String(error)).toMatch(/is damaged or is no callspan ledger; restore a backup/);
  });
});
