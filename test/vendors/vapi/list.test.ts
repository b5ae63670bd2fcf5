import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GetOptions, HttpClient } from '../../../src/http/client.ts';
import { BadAnswerError } from '../../../src/http/errors.ts';
import { type Moment, walkCalls } from '../../../src/vendors/vapi/list.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const SIGNAL = new AbortController().signal;

interface Stamped {
  readonly id: string;
  readonly at: number;
}

type Answer = (rows: readonly Stamped[], limit: number, window: { from: number; to: number }) => unknown;

/** A vendor that keeps to the window, in whatever order. */
function vendorOf(calls: readonly Stamped[], answer?: Answer) {
  const windows: { from: number; to: number }[] = [];
  const client = {
    async getJson(_: unknown, { query = {} }: GetOptions = {}): Promise<unknown> {
      const bound = (name: string, none: number) => {
        const text = query[`updatedAt${name}`] ?? query[`createdAt${name}`];
        return typeof text === 'string' ? Date.parse(text) : none;
      };
      const window = {
        from: bound('Ge', Number.NEGATIVE_INFINITY),
        to: bound('Lt', Number.POSITIVE_INFINITY),
      };
      windows.push(window);
      const limit = Number(query.limit);
      const found = calls.filter(({ at }) => at >= window.from && at < window.to);
      return answer?.(found, limit, window) ?? found.slice(0, limit).map(rowOf);
    },
  } as unknown as HttpClient;
  return { client, windows };
}

function rowOf({ id, at }: Stamped): object {
  const moment = new Date(at).toISOString();
  return { id, status: 'ended', createdAt: moment, updatedAt: moment };
}

async function walked(client: HttpClient, from: number, to?: number, by: Moment = 'updatedAt') {
  const pages = [];
  const stretch = to === undefined ? { from } : { from, to };
  for await (const page of walkCalls(client, by, stretch, NOW, SIGNAL)) pages.push(page);
  return {
    ids: pages.flatMap(({ rows }) => rows.map(({ id }) => String(id))),
    partial: pages.some(({ partial }) => partial === true),
    drift: pages.flatMap(({ drift }) => drift),
  };
}

function spread(count: number, from: number, to: number): Stamped[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `call-${index}`,
    at: Math.floor(from + ((to - from) * index) / count),
  }));
}

describe('a list without order, cursor or count', () => {
  it('is asked for once where a page has room', async () => {
    const { client, windows } = vendorOf(spread(49, NOW - DAY, NOW));
    const { ids } = await walked(client, NOW - DAY);
    expect([ids.length, windows.length]).toEqual([49, 1]);
  });

  it.each([
    ['in order', (rows: readonly Stamped[]) => rows],
    ['backwards', (rows: readonly Stamped[]) => rows.toReversed()],
    ['in none', (rows: readonly Stamped[]) => [...rows].sort((one, other) => (one.id < other.id ? -1 : 1))],
  ])('is seen whole, each call once, %s', async (_, arranged) => {
    const calls = spread(1_000, NOW - DAY, NOW);
    const { client } = vendorOf(calls, (rows, limit) => arranged(rows).slice(0, limit).map(rowOf));
    const { ids, partial } = await walked(client, NOW - DAY);
    expect([ids.length, new Set(ids).size, partial]).toEqual([1_000, 1_000, false]);
  });

  it('whatever lies where, is seen whole', async () => {
    const stamps = fc.array(fc.integer({ min: NOW - DAY, max: NOW + 5_000 }), { maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(
        stamps,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (at, random) => {
          const calls = at.map((moment, index) => ({ id: `call-${index}`, at: moment }));
          const { client } = vendorOf(calls, (rows, limit) =>
            rows
              .map((row) => ({ row, rank: random.next().value ?? 0 }))
              .sort((one, other) => one.rank - other.rank)
              .slice(0, limit)
              .map(({ row }) => rowOf(row)),
          );
          const { ids } = await walked(client, NOW - DAY);
          expect(ids.toSorted()).toEqual(calls.map(({ id }) => id).toSorted());
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has more at one moment than a page holds: that moment is asked for as a whole', async () => {
    const calls = Array.from({ length: 300 }, (_, index) => ({ id: `call-${index}`, at: NOW - 5 }));
    const { ids, partial } = await walked(vendorOf(calls).client, NOW - DAY);
    expect([new Set(ids).size, partial]).toEqual([300, false]);
  });

  it('has more at one moment than anybody is given: that is said', async () => {
    const calls = Array.from({ length: 1_200 }, (_, index) => ({ id: `call-${index}`, at: NOW - 5 }));
    const { partial, drift } = await walked(vendorOf(calls).client, NOW - DAY);
    expect([partial, drift]).toEqual([true, ['more calls at one moment than a page holds']]);
  });

  it('that does not keep to its window ends, and is said to be partial', async () => {
    const old = Array.from({ length: 60 }, (_, index) => rowOf({ id: `old-${index}`, at: NOW - 90 * DAY }));
    const { client, windows } = vendorOf([], () => old.slice(0, 50));
    const { partial, drift } = await walked(client, NOW - DAY);
    expect([partial, drift, windows.length]).toEqual([true, ['list that does not know its window'], 1]);
  });

  it('whose rows have no moment, and which shows the same ones whatever it is asked for, ends', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => ({
      id: `call-${index}`,
      status: 'ended',
      updatedAt: 'soon',
    }));
    const { client, windows } = vendorOf([], (_, limit) => rows.slice(0, limit));
    const { ids, partial, drift } = await walked(client, NOW - DAY);
    expect([ids.length, partial]).toEqual([1_000, true]);
    expect(drift).toContain('list without an end');
    expect(windows.length).toBeLessThan(300);
  });

  it('of a past stretch asks for nothing outside of it', async () => {
    const calls = spread(500, NOW - 9 * DAY, NOW);
    const { client, windows } = vendorOf(calls);
    const { ids } = await walked(client, NOW - 5 * DAY, NOW - 4 * DAY, 'createdAt');
    expect(ids.length).toBe(calls.filter(({ at }) => at >= NOW - 5 * DAY && at < NOW - 4 * DAY).length);
    for (const { from, to } of windows) {
      expect(from).toBeGreaterThanOrEqual(NOW - 5 * DAY);
      expect(to).toBeLessThanOrEqual(NOW - 4 * DAY);
    }
  });

  it('of rows too large for one answer is asked for in smaller pages', async () => {
    const calls = spread(100, NOW - DAY, NOW);
    const { client } = vendorOf(calls, (rows, limit) => {
      if (limit > 12) throw new BadAnswerError('GET /call', 200, 'application/json', 'is too large', true);
      return rows.slice(0, limit).map(rowOf);
    });
    expect((await walked(client, NOW - DAY)).ids.length).toBe(100);
  });

  it('with rows that are none costs those rows', async () => {
    const bad = [null, 7, 'row', {}, { id: '..' }, { id: 'a\u0000b' }];
    const { client } = vendorOf(spread(3, NOW - DAY, NOW), (rows) => [...bad, ...rows.map(rowOf)]);
    const { ids, drift } = await walked(client, NOW - DAY);
    expect(ids).toEqual(['call-0', 'call-1', 'call-2']);
    expect(drift).toContain('list row whose id is none');
  });

  it.each([{}, null, 'calls', { results: [] }])('that answers %j is none', async (answer) => {
    const { client } = vendorOf([], () => answer ?? Object(0));
    await expect(walked(client, NOW - DAY)).rejects.toThrow(/is no list of calls/);
  });
});
