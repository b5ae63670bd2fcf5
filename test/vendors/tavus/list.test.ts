import { describe, expect, test } from 'vitest';
import { NOW, tavusRow, walk } from '../listing.ts';

describe('a list of Tavus', () => {
  test.each<[string, number | undefined]>([
    ['that counts no rows', undefined],
    ['that counts a thousand million of them', 1e9],
    ['that counts fewer than none', -5],
    ['that counts beyond every number', 1e300],
  ])('%s and shows the same page for ever: the walk ends', async (_, total_count) => {
    const data = Array.from({ length: 100 }, (__, index) => tavusRow(`c${index}`));
    const { asked, ids } = await walk('tavus', () => ({ data, total_count }));
    expect(ids).toHaveLength(100);
    expect(asked).toBeLessThan(100);
  });

  test('whose count is far too high, where the oldest were seen to come first: everything is walked instead', async () => {
    const data = [tavusRow('old'), tavusRow('new')];
    const { ids } = await walk(
      'tavus',
      (query) => ({ data: query.get('page') === '1' ? data : [], total_count: 1e9 }),
      { memory: '{"order":"oldest"}' },
    );
    expect(ids).toEqual(['old', 'new']);
  });

  /** Sixty conversations, the oldest first, fifteen a page; `page` may have more or less than its own. */
  const sixty = Array.from({ length: 60 }, (_, index) =>
    tavusRow(`c${index}`, { created_at: new Date((NOW - 6_000 + index * 60) * 1_000).toISOString() }),
  );
  const pageOf = (query: URLSearchParams) => {
    const from = (Number(query.get('page')) - 1) * 15;
    return sixty.slice(from, from + 15);
  };

  test.each([
    ['is counted too low', 20],
    ['is counted as one less than there are', 59],
  ])('that %s is walked to its end, from either end', async (_, total_count) => {
    for (const memory of [undefined, '{"order":"oldest"}']) {
      const { ids, asked } = await walk(
        'tavus',
        (query) => ({ data: pageOf(query), total_count }),
        memory === undefined ? {} : { memory },
      );
      expect(ids).toContain('c59');
      expect(asked).toBeLessThan(20);
      if (memory === undefined) expect(ids).toHaveLength(60);
    }
  });

  test('with rows on its first page that are not counted loses none of the last', async () => {
    const strange = [tavusRow('strange 1'), tavusRow('strange 2'), tavusRow('strange 3')];
    for (const memory of [undefined, '{"order":"oldest"}']) {
      const { ids } = await walk(
        'tavus',
        (query) => ({
          data: query.get('page') === '1' ? [...strange, ...pageOf(query)] : pageOf(query),
          total_count: 60,
        }),
        memory === undefined ? {} : { memory },
      );
      expect(ids).toContain('c59');
      expect(ids).toContain('c58');
    }
  });

  test.each([1, 2, 5, 15])(
    'loses nothing where as many rows as its last page has (%i) stand uncounted on any other',
    async (many) => {
      for (const strangePage of [1, 2, 3]) {
        const { ids } = await walk('tavus', (query) => {
          const page = Number(query.get('page'));
          const count = page > 4 ? 0 : page === 4 ? many : 15;
          const rows = Array.from({ length: count }, (_, place) => tavusRow(`c${page}-${place}`));
          const strange = Array.from({ length: page === strangePage ? many : 0 }, (_, place) =>
            tavusRow(`strange ${place}`),
          );
          return { data: [...strange, ...rows], total_count: 45 + many };
        });
        expect(ids).toHaveLength(45 + 2 * many);
      }
    },
  );

  test.each(['', '{', 'null', '[]', '{"order":7}', '"newest"'])(
    'after %j was remembered of it is walked as if for the first time',
    async (memory) => {
      const { ids } = await walk('tavus', () => ({ data: [tavusRow('one')], total_count: 1 }), { memory });
      expect(ids).toEqual(['one']);
    },
  );

  test('of active ones that shows the same page for ever: the walk ends', async () => {
    const data = [tavusRow('one', { status: 'active' })];
    expect((await walk('tavus', () => ({ data }), { active: true })).asked).toBeLessThan(10);
  });
});
