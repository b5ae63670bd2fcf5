import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/time/clock.ts';
import { createSource } from '../../src/vendors/create-source.ts';
import type { Page } from '../../src/vendors/vendor.ts';

const DAY = 86_400;
/** Unix seconds. */
const NOW = Math.floor(Date.now() / 1_000);
const SETTINGS = { source: 's', content: 'none', systemPrompt: false, resource: {}, secrets: [] } as const;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Walks the list of a vendor that answers every page as told; the pages that came, and how often it was asked. */
async function walk(
  provider: string,
  answer: (query: URLSearchParams, asked: number) => unknown,
  { memory, active = false }: { memory?: string; active?: boolean } = {},
) {
  let asked = 0;
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://vendor');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(searchParams, asked++)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const account = { name: 's', provider, apiKey: 'test-key', settle: 0, agents: [], concurrency: 1 };
  const source = await createSource(
    { ...account, baseUrl: `http://127.0.0.1:${port}` },
    SETTINGS,
    systemClock,
  );
  closers.push(async () => {
    await source.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { signal } = new AbortController();
  const pages: Page[] = [];
  const since = (NOW - DAY) * 1_000;
  const list = active
    ? source.stillActive([{ id: 'x', ended: false, startedAt: since }], signal)
    : source.discover({ since, ...(memory === undefined ? {} : { memory }) }, signal);
  for await (const page of list) pages.push(page);
  const ids = pages.flatMap(({ refs }) => refs.map(({ id }) => id));
  return {
    ids: [...new Set(ids)],
    refs: pages.flatMap(({ refs }) => refs),
    last: pages.at(-1),
    pages,
    asked,
  };
}

function elevenLabsRow(id: unknown, more: object = {}) {
  return {
    conversation_id: id,
    status: 'done',
    start_time_unix_secs: NOW - 60,
    call_duration_secs: 9,
    ...more,
  };
}

function tavusRow(id: unknown, more: object = {}) {
  const at = new Date((NOW - 60) * 1_000).toISOString();
  return { conversation_id: id, status: 'ended', created_at: at, updated_at: at, ...more };
}

const BAD_IDS = ['a\u0000b', '', '.', '..', 7, null, { a: 1 }, 'x'.repeat(5_000), 'line\nbreak', '\u202egnp'];
const BAD_TIMES = [1e18, -1e18, 9.3e18, 1e300, -1, 0, 'soon', null, {}, 253_402_300_800_000];

describe('a poisoned row costs itself and not its page', () => {
  test('of ElevenLabs, whatever its id is', async () => {
    const rows = [elevenLabsRow('one'), ...BAD_IDS.map((id) => elevenLabsRow(id)), elevenLabsRow('two')];
    const { ids, pages } = await walk('elevenlabs', () => ({ conversations: rows, has_more: false }));
    expect(ids).toEqual(['one', 'two']);
    expect(pages[0]?.drift).toContain('list row whose conversation_id is none');
  });

  test('of Tavus, whatever its id is', async () => {
    const rows = [tavusRow('one'), ...BAD_IDS.map((id) => tavusRow(id)), tavusRow('two')];
    const { ids, pages } = await walk('tavus', () => ({ data: rows, total_count: rows.length }));
    expect(ids).toEqual(['one', 'two']);
    expect(pages[0]?.drift).toContain('list row whose conversation_id is none');
  });

  test.each(BAD_TIMES)(
    'of ElevenLabs, with %j for its start or its length: it is listed without the time',
    async (time) => {
      const rows = [
        elevenLabsRow('start', { start_time_unix_secs: time }),
        elevenLabsRow('length', { call_duration_secs: time }),
        elevenLabsRow('good'),
      ];
      const { ids, refs } = await walk('elevenlabs', () => ({ conversations: rows, has_more: false }));
      expect(ids).toEqual(['start', 'length', 'good']);
      for (const moment of refs.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt])) {
        expect(moment === undefined || Number.isSafeInteger(moment)).toBe(true);
      }
      expect(refs[0]?.startedAt).toBeUndefined();
    },
  );

  test.each([...BAD_TIMES, '+275760-09-13T00:00:00Z', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z'])(
    'of Tavus, with %j for its times: it is listed without them',
    async (time) => {
      const rows = [tavusRow('odd', { created_at: time, updated_at: time }), tavusRow('good')];
      const { refs } = await walk('tavus', () => ({ data: rows, total_count: 2 }));
      const odd = refs.find(({ id }) => id === 'odd');
      expect([odd?.startedAt, odd?.endedAt]).toEqual([undefined, undefined]);
      expect(refs.map(({ id }) => id)).toContain('good');
    },
  );

  test('of ElevenLabs, with a start long before all others: the pages behind it are still asked for', async () => {
    const { ids } = await walk('elevenlabs', (query) =>
      query.get('cursor') === 'next'
        ? { conversations: [elevenLabsRow('behind')], has_more: false }
        : {
            conversations: [elevenLabsRow('odd', { start_time_unix_secs: -1e15 })],
            has_more: true,
            next_cursor: 'next',
          },
    );
    expect(ids).toEqual(['odd', 'behind']);
  });
});

describe('a list of ElevenLabs that always has more ends, and is known to be partial', () => {
  test.each<[string, (asked: number) => object]>([
    [
      'with the same rows and ever new cursors',
      (asked) => ({ conversations: [elevenLabsRow('one')], next_cursor: `c${asked}` }),
    ],
    ['with empty pages and ever new cursors', (asked) => ({ conversations: [], next_cursor: `c${asked}` })],
    [
      'with ever new rows of one second',
      (asked) => ({ conversations: [elevenLabsRow(`r${asked}`)], next_cursor: `c${asked}` }),
    ],
    [
      'with ever newer rows',
      (asked) => ({
        conversations: [elevenLabsRow(`r${asked}`, { start_time_unix_secs: NOW + asked })],
        next_cursor: `c${asked}`,
      }),
    ],
  ])('%s', async (_, page) => {
    const { asked, last } = await walk('elevenlabs', (_query, times) => ({ ...page(times), has_more: true }));
    expect(asked).toBeLessThan(300);
    expect(last).toMatchObject({ partial: true, drift: ['list without an end'] });
  });

  test('with one cursor for ever: it ends where nothing older comes', async () => {
    const page = { conversations: [elevenLabsRow('one')], has_more: true, next_cursor: 'same' };
    expect((await walk('elevenlabs', () => page)).asked).toBeLessThan(300);
  });
});

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
