import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sink, startSink } from '../../sandbox/index.ts';
import { Bridge, type Summary } from '../../src/bridge/bridge.ts';
import { loadConfig } from '../../src/config/config.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Due } from '../../src/ledger/records.ts';
import { type PlainVendor, startPlainVendor } from './plain-vendor.ts';
import { ledgerFolder } from './simulation.ts';
import { type LogLine, recordingLog } from './world.ts';

let vendor: PlainVendor;
let sink: Sink;
let folder: Awaited<ReturnType<typeof ledgerFolder>>;

beforeEach(async () => {
  vendor = await startPlainVendor();
  sink = await startSink();
  folder = await ledgerFolder();
});

afterEach(async () => {
  await Promise.all([vendor.close(), sink.close()]);
  await rm(folder.path, { recursive: true, force: true });
});

/** What one run makes of all that the vendor has. */
async function run(): Promise<{ summary: Summary; log: LogLine[]; rowOf: (id: string) => Due | undefined }> {
  const config = await loadConfig({
    ...{ ELEVENLABS_API_KEY: 'test-key', ELEVENLABS_BASE_URL: vendor.url },
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    CALLSPAN_STATE: join(folder.path, 'callspan.db'),
  });
  const { log, lines } = recordingLog();
  const ledger = await openLedger(config.state);
  try {
    const summary = await new Bridge({ config, ledger, log }).runOnce(new AbortController().signal);
    const rows = new Map<string, Due | undefined>();
    for (const id of ['bad', 'good 1', 'good 2']) rows.set(id, await ledger.conversations.get(1, id));
    return { summary, log: lines, rowOf: (id) => rows.get(id) };
  } finally {
    await ledger.close();
  }
}

const id = (index: number) => `good ${index}`;
const TRACES = ['1a'.repeat(16), '2b'.repeat(16)];

/** Two that are as they should be around one that is not. */
function surround(bad: Parameters<PlainVendor['add']>[1]): void {
  vendor.add(id(1), { traceId: TRACES[0] });
  vendor.add('bad', bad);
  vendor.add(id(2), { traceId: TRACES[1] });
}

const numbers = [
  '1e400',
  '-1e400',
  '-1',
  '"1790847000"',
  '"NaN"',
  'true',
  '[1790847000]',
  '{"value":1790847000}',
  '1790847000000000000000',
  '5e-324',
  'null',
];

describe('a row of a list whose time is no time', () => {
  test.each(numbers)('%s costs neither itself nor others', async (time) => {
    const row = `{"start_time_unix_secs":${time},"call_duration_secs":${time}}`;
    surround({ traceId: '3c'.repeat(16), row });
    const { summary } = await run();
    expect(summary).toMatchObject({ delivered: 3, dead: 0, failures: [] });
  });
});

const OVER = '"status":"done","agent_id":"agent_1"';
const rows = (row: string) =>
  `{${OVER},"transcript":[${row},{"role":"user","message":"hi","time_in_call_secs":1}]}`;
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const inText = (text: string) => JSON.stringify(text);

const UNWANTED: readonly (readonly [string, string])[] = [
  ['a million empty lists', `{${OVER},"pad":[${'[],'.repeat(1_000_000)}[]]}`],
  ['a million empty objects in a row', rows(`{"role":"agent","tool_calls":[${'{},'.repeat(1_000_000)}{}]}`)],
  ['lists in lists, 200,000 deep', `{${OVER},"pad":${deep(200_000)}}`],
  [
    'a text that holds JSON, 100,000 deep',
    rows(`{"role":"agent","tool_calls":[{"tool_name":"t","params_as_json":${inText(deep(100_000))}}]}`),
  ],
  [
    'a text that holds a text that holds JSON',
    rows(`{"role":"agent","message":${inText(inText(inText(deep(9_000))))}}`),
  ],
  ['a name of a megabyte', rows(`{"role":"agent","tool_calls":[{"tool_name":"${'n'.repeat(1_000_000)}"}]}`)],
  [
    'a member of every name',
    `{${OVER},${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
  ],
  [
    'the members of every object',
    `{${OVER},"__proto__":{"status":"x"},"constructor":{"prototype":1},"toString":1}`,
  ],
  ['one member a hundred thousand times', `{${'"status":"done",'.repeat(100_000)}"transcript":[]}`],
  ['no object', '[]'],
  ['a number', '1e400'],
  ['a text', '"done"'],
  ['nothing', ''],
  ['a byte order mark', `\ufeff{${OVER}}`],
  ['two payloads', `{${OVER}}{${OVER}}`],
  ...numbers.map(
    (time) =>
      [
        `the time ${time} everywhere`,
        `{${OVER},"metadata":{"start_time_unix_secs":${time},"call_duration_secs":${time},"cost":${time}},"transcript":[{"role":"user","message":"hi","time_in_call_secs":${time}},{"role":"agent","message":"yes","time_in_call_secs":${time},"conversation_turn_metrics":{"metrics":{"convai_ttf_audio_since_silence":{"elapsed_time":${time}}}}}]}`,
      ] as const,
  ),
];

describe('a payload that nobody can want', () => {
  test.each(UNWANTED)('such as %s costs itself alone', async (_, text) => {
    surround({ text });
    const { summary, rowOf } = await run();
    expect([rowOf(id(1))?.state, rowOf(id(2))?.state]).toEqual(['delivered', 'delivered']);
    expect(sink.traces()).toEqual(expect.arrayContaining(TRACES));
    expect(summary.refused).toBe(false);
    const bad = rowOf('bad');
    expect(bad?.state).toMatch(/^(?:delivered|empty|dead|due)$/);
    if (bad?.state !== 'delivered') expect(bad?.reason ?? '').not.toBe('');
    expect((bad?.reason ?? '').length).toBeLessThan(1_000);
  });
});

describe('a vendor’s Date that is none', () => {
  test.each([
    'yesterday',
    '',
    'Thu, 32 Foo 2026 99:99:99 GMT',
    '-1',
    'Fri, 31 Dec 275760 00:00:00 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '2026-11-28T10:00:00Z',
    'x'.repeat(40),
  ])('%j stops nothing', async (date) => {
    await vendor.close();
    vendor = await startPlainVendor({ date });
    surround({ traceId: '3c'.repeat(16) });
    expect((await run()).summary).toMatchObject({ delivered: 3, dead: 0, failures: [] });
  });
});
