import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

const NOW = 1_000_000;
const LATER = NOW + 1_000;

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let ledger: Ledger;
let source: number;

beforeEach(async () => {
  folder = await ledgerFolder();
  ledger = await openLedger(`${folder.path}/callspan.db`);
  source = await ledger.source('a', 'tavus');
});

afterEach(async () => {
  await ledger.close();
  await rm(folder.path, { recursive: true, force: true });
});

async function see(id: string, due: number): Promise<void> {
  await ledger.conversations.see(source, [{ id, ended: true, startedAt: 1, endedAt: 2, due }], NOW);
}

async function claim(limit: number): Promise<string[]> {
  const claimed = await ledger.conversations.claim(source, { now: NOW, limit, early: true });
  return claimed.map(({ id }) => id);
}

describe('a conversation that is wanted before its time', () => {
  test('comes behind all whose time has come, the latest first', async () => {
    await see('in a while', LATER + 1);
    await see('soon', LATER);
    await see('long due', NOW - 2);
    await see('due', NOW);
    expect(await claim(1)).toEqual(['due']);
    expect(await claim(2)).toEqual(['long due', 'in a while']);
    expect(await claim(2)).toEqual(['soon']);
    expect(await claim(2)).toEqual([]);
  });

  test('is none that was delivered and is to be looked at again', async () => {
    await see('delivered', NOW);
    await ledger.record(
      [
        {
          ...{ source, id: 'delivered', kind: 'delivered', due: LATER, endedAt: 2, spans: 1, late: [] },
          ...{ traceId: 'ab'.repeat(16), shape: '00'.repeat(16), observations: [] },
        },
      ],
      NOW,
    );
    expect(await claim(2)).toEqual([]);
  });
});
