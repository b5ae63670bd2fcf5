import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/contract.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import type { Settlement } from '../../../src/ledger/records.ts';
import { delivery, ONE } from '../contract.ts';
import { query, type TestDatabase, testDatabase } from './databases.ts';
import { LossyProxy } from './lossy-proxy.ts';

const NOW = Date.UTC(2026, 4, 1, 12);

let place: TestDatabase;
let ledger: Ledger;
let source: number;

beforeEach(async () => {
  place = await testDatabase();
  ledger = await openLedger(place.url);
  source = await ledger.source('elevenlabs', 'elevenlabs');
});

afterEach(async () => {
  await ledger.close();
  await place.remove();
});

async function see(of: Ledger, ...ids: string[]): Promise<void> {
  const sightings = ids.map((id) => ({ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }));
  await of.conversations.see(source, sightings, NOW);
}

describe('a COMMIT whose reply is lost', () => {
  test('is recorded again, and counts once: whether it was done is found out by what is there', async () => {
    const proxy = await LossyProxy.start(place.url);
    const over = await openLedger(proxy.url);
    const ids = Array.from({ length: 12 }, (_, index) => `c${index}`);
    await see(ledger, ...ids);
    for (const [index, id] of ids.entries()) {
      // Now the reply is lost, now the command itself.
      proxy.loseNext(index % 2 === 0 ? 'reply' : 'command');
      await over.record([delivery(source, id, [ONE])], NOW);
    }
    expect(proxy.lost).toBe(ids.length);
    await over.close();
    await proxy.close();
    expect((await ledger.series()).map(({ count }) => count)).toEqual([12n]);
    expect((await ledger.sources.tallies(source)).delivered).toBe(12);
  });

  test('would count twice where what is added is added without a look', async () => {
    await query(place.url, 'CREATE TABLE naive (v bigint)');
    await query(place.url, 'INSERT INTO naive VALUES (0)');
    // Done, and done again because nobody knew.
    for (let time = 0; time < 2; time++) await query(place.url, 'UPDATE naive SET v = v + 1');
    expect(await query(place.url, 'SELECT v FROM naive')).toEqual([{ v: '2' }]);
  });
});

describe('counters', () => {
  test('of two processes are added up, where two books that write what they hold would lose half', async () => {
    const other = await openLedger(place.url);
    const second = await other.source('second', 'elevenlabs');
    const write = async (of: Ledger, into: number, name: string) => {
      for (let index = 0; index < 20; index++) {
        const id = `${name}${index}`;
        const sighting = { id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
        await of.conversations.see(into, [sighting], NOW);
        await of.record([delivery(into, id, [ONE, { ...ONE, labels: { which: String(index % 5) } }])], NOW);
      }
    };
    await Promise.all([write(ledger, source, 'a'), write(other, second, 'b'), write(other, source, 'c')]);
    await other.close();
    const series = await ledger.series();
    expect(series.find(({ labels }) => labels.which === undefined)?.count).toBe(60n);
    expect(series.find(({ labels }) => labels.which === '3')?.count).toBe(12n);
  });

  test('of a histogram add up by bucket, and keep the latest exemplar of each', async () => {
    const latency = (value: bigint, traceId: string) =>
      ({
        metric: 'callspan.response.latency',
        labels: {},
        value,
        exemplar: { traceId, spanId: 'ab'.repeat(8) },
      }) as const;
    await see(ledger, 'a', 'b', 'c');
    await ledger.record([delivery(source, 'a', [latency(500_000_000n, '01'.repeat(16))])], NOW);
    await ledger.record([delivery(source, 'b', [latency(500_000_000n, '02'.repeat(16))])], NOW + 1);
    await ledger.record([delivery(source, 'c', [latency(9_000_000_000n, '03'.repeat(16))])], NOW + 2);
    const [series] = await ledger.series();
    expect(series?.buckets.filter((count) => count > 0)).toEqual([2, 1]);
    expect(series?.exemplars.flatMap((one) => (one ? [one.traceId] : []))).toEqual([
      '02'.repeat(16),
      '03'.repeat(16),
    ]);
  });
});

describe('two deliveries of one conversation that are recorded at once', () => {
  test('count once, also in two processes', async () => {
    const other = await openLedger(place.url);
    await see(ledger, 'a');
    const both = [ledger, other].map((of) => of.record([delivery(source, 'a', [ONE])], NOW));
    await Promise.all(both);
    await other.close();
    expect((await ledger.series()).map(({ count }) => count)).toEqual([1n]);
  });

  test('would count twice where each looks without a lock', async () => {
    await see(ledger, 'a');
    const looks = await Promise.all(
      [1, 2].map(() =>
        query(place.url, `SELECT spans IS NULL AS first FROM callspan.conversation WHERE id = 'a'`),
      ),
    );
    expect(looks.flat().map(({ first }) => first)).toEqual([true, true]);
  });
});

describe('a text that the server refuses', () => {
  const hostile = (id: string): Settlement => ({
    ...delivery(source, id, [{ ...ONE, labels: { agent: 'a\0b \ud800' } }]),
    summary: {
      agent: { name: 'x\0\ud800' },
      outcome: 'completed',
      startedAt: NOW,
      turns: 1,
      unanswered: 0,
      tools: 0,
    },
  });

  test('is kept where it can be written otherwise', async () => {
    await see(ledger, 'a', 'b');
    await ledger.record([hostile('a'), delivery(source, 'b', [ONE])], NOW);
    expect(await ledger.sources.tallies(source)).toMatchObject({ delivered: 2, dead: 0 });
  });

  test('makes its own conversation a dead letter, and nobody else’s', async () => {
    await see(ledger, 'a', 'b', 'c');
    const bad = { ...delivery(source, 'b', []), spans: Number.NaN };
    await ledger.record([delivery(source, 'a', [ONE]), bad, delivery(source, 'c', [ONE])], NOW);
    expect(await ledger.sources.tallies(source)).toMatchObject({ delivered: 2, dead: 1 });
    expect((await ledger.conversations.get(source, 'b'))?.reason).toBe(
      'what became of it cannot be recorded (an unfit text)',
    );
    expect((await ledger.series()).map(({ count }) => count)).toEqual([2n]);
  });

  test('makes its own conversation a dead letter where only the server finds it out', async () => {
    await see(ledger, 'a', 'b');
    // More spans than its column takes: 22003.
    const bad = { ...delivery(source, 'b', []), spans: 2 ** 40 };
    await ledger.record([delivery(source, 'a', [ONE]), bad], NOW);
    expect(await ledger.sources.tallies(source)).toMatchObject({ delivered: 1, dead: 1 });
    expect((await ledger.conversations.get(source, 'b'))?.reason).toContain('22003');
  });
});

test('what is read of 64 bits are numbers, and what is larger stays exact', async () => {
  await see(ledger, 'a');
  await ledger.record([delivery(source, 'a', [{ ...ONE, value: 2n ** 80n }])], NOW);
  expect((await ledger.conversations.get(source, 'a'))?.firstSeenAt).toBe(NOW);
  expect((await ledger.series())[0]?.sum).toBe(2n ** 80n);
});
