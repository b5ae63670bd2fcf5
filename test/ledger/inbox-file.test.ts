import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Notice } from '../../src/ledger/records.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { delivery } from './contract.ts';

const NOW = Date.UTC(2026, 4, 1, 12);
/** What nobody may find on the disk once it was delivered. */
const WORDS = 'my number is 0791 1234567 and I live at Rose Lane 4';

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let ledger: Ledger;
let source: number;

beforeEach(async () => {
  folder = await ledgerFolder();
  ledger = await openLedger(`${folder.path}/callspan.db`);
  source = await ledger.source('clinic', 'elevenlabs');
});

afterEach(async () => {
  await ledger.close();
  await folder.remove();
});

/** The files beside the ledger in which the words stand. */
function filesWithWords(): string[] {
  return readdirSync(folder.path).filter((name) => readFileSync(join(folder.path, name)).includes(WORDS));
}

async function put(id: string, size: number): Promise<void> {
  const payload = Buffer.from(`${randomBytes(size).toString('base64')} ${WORDS} ${id}`);
  const notice: Notice = {
    ...{ source, conversation: id, type: 'post_call_transcription', at: NOW, payload, final: true },
    ...{ terminal: true, digest: createHash('sha256').update(payload).digest('hex') },
  };
  await ledger.inbox.put([notice], NOW);
  const [waiting] = await ledger.inbox.waiting(source, 1);
  await ledger.inbox.take(source, [{ number: waiting?.number ?? 0, due: NOW }], NOW);
}

describe('what was said in a call that nobody may keep', () => {
  test.each([[10], [3_000], [200_000], [3_000_000]])(
    'is gone from every file once it was delivered and its log was cut off: %i bytes',
    async (size) => {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const id of ids) await put(id, size);
      expect(filesWithWords()).not.toEqual([]);
      for (const id of ids) await ledger.record([delivery(source, id, [])], NOW);
      await ledger.inbox.scrub();
      expect(filesWithWords()).toEqual([]);
    },
  );

  test('is gone also where it was deleted by a process that died before it could cut the log off', async () => {
    await put('a', 20_000);
    await ledger.record([delivery(source, 'a', [])], NOW);
    // A reader keeps what it has opened from going; then whoever opens the ledger next sees to it.
    const next = await openLedger(`${folder.path}/callspan.db`);
    await next.inbox.scrub();
    await next.close();
    expect(filesWithWords()).toEqual([]);
  });

  test('stays until then, also beyond the end of the process', async () => {
    await put('a', 20_000);
    await ledger.close();
    ledger = await openLedger(`${folder.path}/callspan.db`);
    const { payload } = await ledger.inbox.of(source, 'a');
    expect(Buffer.from(payload?.body ?? []).toString()).toContain(WORDS);
  });
});
