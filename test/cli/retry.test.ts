import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/open.ts';
import { callspan } from './program.ts';

let folder: string;
let settings: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
  settings = {
    CALLSPAN_STATE: join(folder, 'callspan.db'),
    ...{ TAVUS_API_KEY: 'key-of-a-test', TAVUS_BASE_URL: 'http://127.0.0.1:1' },
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  };
  const ledger = await openLedger(settings.CALLSPAN_STATE ?? '');
  const source = await ledger.source('tavus', 'tavus');
  const sighting = { id: 'dead', ended: true, startedAt: 1, endedAt: 2, due: 3 };
  await ledger.conversations.see(source, [sighting], 4);
  await ledger.record([{ source, id: 'dead', kind: 'dead', reason: 'no' }], 5);
  await ledger.close();
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each([
  [
    'one that nobody knows',
    ['--dead', '--id', 'nobody'],
    'nobody is no conversation that waits for another attempt.',
  ],
  [
    'a dead letter that is not asked for as one',
    ['--id', 'dead'],
    'dead is no conversation that waits for another attempt; with --dead a dead letter is tried too.',
  ],
  [
    'a name with what steers a screen',
    ['--dead', '--id', '\u001b]8;;x\u0007'],
    '\\u{1b}]8;;x\\u{7} is no conversation that waits for another attempt.',
  ],
])('callspan retry of %s says so, 1', async (_, args, said) => {
  expect(await callspan(['retry', ...args], settings)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `callspan: ${said}\n`,
  });
});
