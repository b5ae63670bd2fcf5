import { describe, expect, test } from 'vitest';
import { dated, NOW, retellRow, walk } from '../listing.ts';

describe('a list of Retell', () => {
  test.each<[string, (asked: number) => object]>([
    [
      'with the same rows and ever new keys',
      (asked) => ({ items: [retellRow('one')], pagination_key: `k${asked}` }),
    ],
    ['with empty pages and ever new keys', (asked) => ({ items: [], pagination_key: `k${asked}` })],
    [
      'with ever new rows of one moment',
      (asked) => ({ items: [retellRow(`r${asked}`)], pagination_key: `k${asked}` }),
    ],
    [
      'with rows that turn in a circle',
      (asked) => ({
        items: [retellRow(`r${asked % 3}`, { start_timestamp: (NOW - 60 + (asked % 3)) * 1_000 })],
        pagination_key: `k${asked}`,
      }),
    ],
    [
      'with one row without times for ever',
      (asked) => ({
        items: [retellRow('one', { start_timestamp: null, end_timestamp: null })],
        pagination_key: `k${asked}`,
      }),
    ],
    ['with one key for ever', () => ({ items: [retellRow('one')], pagination_key: 'same' })],
    ['and does not say where', () => ({ items: [retellRow('one')] })],
  ])('that always has more, %s, ends, and is known to be partial', async (_, page) => {
    const { asked, pages } = await walk(
      'retell',
      dated((times) => ({ ...page(times), has_more: true })),
    );
    expect(asked).toBeLessThan(300);
    expect(pages.filter(({ partial }) => partial)).toMatchObject([{ drift: ['list without an end'] }]);
  });

  test('with a row far ahead of all others on its first page is walked to its end', async () => {
    const { ids, pages } = await walk(
      'retell',
      dated((asked) => ({
        items: [
          ...(asked === 0 ? [retellRow('odd', { start_timestamp: 7e12 })] : []),
          ...[0, 1, 2].map((place) =>
            retellRow(`r${asked}-${place}`, { start_timestamp: (NOW - 9_000 + asked * 10 + place) * 1_000 }),
          ),
        ],
        has_more: asked < 200,
        pagination_key: `k${asked}`,
      })),
    );
    expect(ids).toHaveLength(604);
    expect(pages.some(({ partial }) => partial)).toBe(false);
  });

  test('shows a call whose end lies years ahead, and one that is never analyzed', async () => {
    const ahead = { end_timestamp: (NOW + 1e9) * 1_000, call_analysis: null };
    const { ids } = await walk(
      'retell',
      dated(() => ({ items: [retellRow('ahead', ahead), retellRow('late', { call_analysis: {} })] })),
    );
    expect(ids).toEqual(['ahead', 'late']);
  });

  test.each([{}, null, [], 'calls', { items: null }, { items: 'none' }])(
    'that answers %j is none',
    async (answer) => {
      await expect(walk('retell', () => answer)).rejects.toThrow(/has no list of calls/);
    },
  );
});
