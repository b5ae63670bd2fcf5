import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { LedgerError } from '../../src/ledger/errors.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import { delivery, ONE } from './contract.ts';

/** Bits that are changed, one in each ledger. More of them for a night: LEDGER_FLIPS=20000. */
const FLIPS = Number(process.env.LEDGER_FLIPS ?? '200');
const NOW = Date.UTC(2026, 4, 1, 12);
const IDS = Array.from({ length: 60 }, (_, index) => `conv_${String(index).padStart(3, '0')}_abcdefghij`);

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
    else if (index % 5 !== 0) await ledger.record([delivery(source, id, [{ ...ONE, labels }])], NOW);
  }
  await ledger.sources.walked(source, NOW, 'page');
  await ledger.sources.swept(source, NOW);
  await ledger.close();
});

afterEach(async () => {
  await folder.remove();
});

/** What decides what is sent and what is counted, as it is in the ledger at `path` for a bridge that starts on it. */
async function whatIsIn(path: string): Promise<string> {
  const ledger = await openLedger(path);
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

describe('a bit that has changed on the disk', () => {
  test(`is found at the start, or changes nothing that is sent or counted (${FLIPS} of them)`, async () => {
    const clean = readFileSync(file);
    const expected = await whatIsIn(file);
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
        if ((await whatIsIn(path)) !== expected) wrong.push(`bit ${bit} of byte ${at}`);
      } catch (error) {
        if (!(error instanceof LedgerError)) wrong.push(`bit ${bit} of byte ${at}: ${error}`);
        found++;
      }
    }
    expect(wrong).toEqual([]);
    expect(found).toBeGreaterThan(FLIPS / 50);
  }, 300_000);
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
