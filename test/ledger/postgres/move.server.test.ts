import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/contract.ts';
import { HeldError } from '../../../src/ledger/errors.ts';
import { moveLedger } from '../../../src/ledger/move.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import type { Settlement } from '../../../src/ledger/records.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { callspan } from '../../cli/program.ts';
import { delivery, ONE } from '../contract.ts';
import { testDatabase } from './databases.ts';

const NOW = Date.UTC(2026, 4, 1, 12);
const NEVER = new AbortController().signal;
const IDS = Array.from({ length: 30 }, (_, index) => `c${index} ü\u2028'"\\`);

let folder: string;
let file: string;
let url: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-move-'));
  file = join(folder, 'old.db');
  const place = await testDatabase({ empty: true });
  url = place.url;
  onTestFinished(async () => {
    await place.remove();
    await rm(folder, { recursive: true, force: true });
  });
});

/** A ledger that has something of everything. */
async function fill(state: string): Promise<void> {
  const ledger = await openLedger(state);
  await ledger.hold(systemClock, NEVER);
  const sources = [await ledger.source('a', 'tavus'), await ledger.source('b', 'elevenlabs')];
  for (const source of sources) await fillSource(ledger, source);
  await ledger.commands.add({ kind: 'retry', dead: true }, NOW);
  await ledger.release();
  await ledger.close();
}

async function fillSource(ledger: Ledger, source: number): Promise<void> {
  const sightings = IDS.map((id, index) => ({
    ...{ id, ended: index !== 0, startedAt: NOW - 1_000 * index, endedAt: NOW, due: NOW },
  }));
  await ledger.conversations.see(source, sightings, NOW);
  const settlements = IDS.slice(1, 25).map((id, index): Settlement => {
    if (index === 0) return { source, id, kind: 'dead', reason: 'no' };
    if (index === 1) return { source, id, kind: 'postponed', due: NOW + 5, attempts: 2, reason: 'later' };
    if (index === 2) return { source, id, kind: 'parked', reason: 'too old' };
    const labels = { 'callspan.source': source === 1 ? 'a' : 'b', which: String(index % 3) };
    return {
      ...delivery(source, id, [{ ...ONE, labels }]),
      traceId: `${source}${index}`.padStart(32, 'a'),
      summary: {
        agent: { name: `agent ${index % 2}` },
        ...{ outcome: 'completed', startedAt: NOW - index, turns: 3, unanswered: 0, tools: 1 },
      },
    };
  });
  await ledger.record(settlements, NOW);
  await ledger.sources.walked(source, NOW - 7, '{"order":"newest"}');
  await ledger.sources.polled(source, { at: NOW, next: NOW + 30, error: 'HTTP 500' });
  const payload = Buffer.from([0, 255, source]);
  const notice = {
    source,
    type: 'post_call',
    final: true,
    terminal: true,
    payload,
  };
  const digest = createHash('sha256').update(payload).digest('hex');
  await ledger.inbox.put([{ ...notice, conversation: IDS[26], at: NOW, digest }], NOW);
  // What retention has left of the first that were delivered is that they were counted.
  const forgotten = await ledger.conversations.forget(source, NOW + 1, 5);
  expect(forgotten).toBe(5);
}

/** Everything that a ledger says. */
async function told(state: string): Promise<unknown> {
  const ledger = await openLedger(state);
  try {
    const all = [];
    for (const source of await ledger.sources.all()) {
      const { id } = source;
      const rows = [];
      for (const conversation of IDS) {
        const { latest, payload } = await ledger.inbox.of(id, conversation);
        const body = payload && { final: payload.final, body: Buffer.from(payload.body).toString('hex') };
        rows.push(await ledger.conversations.get(id, conversation), latest, body);
      }
      const summaries = [];
      for await (const row of ledger.summaries.between(id, 0, NOW + 1)) summaries.push(row);
      all.push({ source, rows, summaries });
      all.push(await ledger.sources.tallies(id), await ledger.inbox.waiting(id, 10));
      all.push(await ledger.conversations.active(id));
    }
    const series = [...(await ledger.series())].sort((one, other) => (one.key < other.key ? -1 : 1));
    const commands = (await ledger.commands.open()).map(({ command }) => command);
    return { instance: ledger.instance, all, series, commands };
  } finally {
    await ledger.close();
  }
}

/** A list that shows everything again finds nothing that was counted. */
async function expectNothingNew(state: string): Promise<void> {
  const ledger = await openLedger(state);
  for (const { id } of await ledger.sources.all()) {
    const sightings = IDS.map((one) => ({ id: one, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }));
    // The one that had not ended has now.
    expect(await ledger.conversations.see(id, sightings, NOW)).toBe(1);
    const wishes = IDS.map((one) => ({ id: one, startedAt: NOW, endedAt: NOW }));
    const granted = await ledger.conversations.want(id, wishes, NOW, undefined);
    expect(granted.filter((grant) => grant === 'settled').length).toBeGreaterThanOrEqual(21);
  }
  expect(await ledger.source('c', 'vapi')).toBe(3);
  await ledger.close();
}

describe('a ledger that is moved', () => {
  test('to a server and back to a file says the same everywhere, and nothing of it is delivered again', async () => {
    await fill(file);
    const before = await told(file);
    const { rows } = await moveLedger(file, url, systemClock, NEVER);
    expect(rows).toBeGreaterThan(80);
    expect(await told(url)).toEqual(before);
    const back = join(folder, 'new.db');
    await moveLedger(url, back, systemClock, NEVER);
    expect(await told(back)).toEqual(before);
    await expectNothingNew(back);
  });

  test('goes on counting in the same series, as one ledger', async () => {
    await fill(file);
    await moveLedger(file, url, systemClock, NEVER);
    await expectNothingNew(url);
    const ledger = await openLedger(url);
    const before = await ledger.series();
    const labels = before[0]?.labels ?? {};
    await ledger.record([delivery(1, IDS[28] ?? '', [{ ...ONE, labels }])], NOW);
    const after = await ledger.series();
    expect(after.length).toBe(before.length);
    expect(after.find(({ key }) => key === before[0]?.key)).toMatchObject({
      ...{ start: before[0]?.start, count: (before[0]?.count ?? 0n) + 1n },
    });
    await ledger.close();
  });

  test('is not to be used any more where it was, and says where it is now, without a password', async () => {
    await fill(file);
    const secret = url.replace('callspan@', 'callspan:secret@');
    await moveLedger(file, secret, systemClock, NEVER);
    const refused = await openLedger(file).catch((error: Error) => error.message);
    expect(refused).toMatch(/was moved to postgres:\/\/127\.0\.0\.1:\d+\/\w+; set CALLSPAN_STATE to that\.$/);
    await expect(openLedger(file, { readOnly: true })).rejects.toThrow('was moved to');
    // Once more is nothing more.
    expect(await moveLedger(file, secret, systemClock, NEVER)).toEqual({ rows: 0 });
    await expect(moveLedger(file, join(folder, 'other.db'), systemClock, NEVER)).rejects.toThrow(
      'was moved to postgres',
    );
  });

  test('is moved to no place where there is another one, and not while a bridge is running on it', async () => {
    await fill(file);
    await fill(url);
    await expect(moveLedger(file, url, systemClock, NEVER)).rejects.toThrow('There is another ledger at');
    const bridge = await openLedger(url);
    await bridge.hold(systemClock, NEVER);
    await expect(moveLedger(url, join(folder, 'new.db'), systemClock, NEVER)).rejects.toThrow(HeldError);
    await bridge.release();
    await bridge.close();
    expect(await told(file)).toMatchObject({ commands: [{ kind: 'retry' }] });
  });

  test.each(['to a server', 'to a file'])(
    'is whole after it was killed in the middle, %s: wherever that was, it is gone on with',
    async (way) => {
      const [from, to] = way === 'to a server' ? [file, url] : [url, file];
      await fill(from);
      const before = await told(from);
      let kills = 0;
      for (let end: Awaited<ReturnType<typeof callspan>> | undefined; end?.code !== 0; ) {
        end = await callspan(['ledger', 'move', '--to', to], {
          ...{ CALLSPAN_STATE: from, CALLSPAN_CRASH_AT: 'during-move:4' },
        });
        if (end.signal === 'SIGKILL') kills++;
        else expect(end, end.stderr).toMatchObject({ code: 0 });
        if (end.code === 0) continue;
        // Neither can be used as if it were whole.
        await expect(openLedger(to, { readOnly: true })).rejects.toThrow(/is being moved to|was moved to/);
      }
      expect(kills).toBeGreaterThan(1);
      expect(await told(to)).toEqual(before);
      await expect(openLedger(from)).rejects.toThrow('was moved to');
    },
  );
});
