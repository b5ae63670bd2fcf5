import { describe, expect, test } from 'vitest';
import { dated, elevenLabsRow, NOW, retellRow, tavusRow, vapiRow, walk } from './listing.ts';

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

  test('of Retell, whatever its id is', async () => {
    const items = [retellRow('one'), ...BAD_IDS.map((id) => retellRow(id)), retellRow('two')];
    const { ids, pages } = await walk(
      'retell',
      dated(() => ({ items })),
    );
    expect(ids).toEqual(['one', 'two']);
    expect(pages[0]?.drift).toContain('list row whose call_id is none');
  });

  test('of Vapi, whatever its id is', async () => {
    const rows = [vapiRow('one'), ...BAD_IDS.map((id) => vapiRow(id)), vapiRow('two')];
    const { ids, pages } = await walk('vapi', () => rows);
    expect(ids).toEqual(['one', 'two']);
    expect(pages[0]?.drift).toContain('list row whose id is none');
  });

  test.each(BAD_TIMES)('of Retell, with %j for its times: it is listed without them', async (time) => {
    const items = [
      retellRow('start', { start_timestamp: time }),
      retellRow('end', { end_timestamp: time }),
      retellRow('both', { start_timestamp: time, end_timestamp: time }),
      retellRow('good'),
    ];
    const { ids, refs } = await walk(
      'retell',
      dated(() => ({ items })),
    );
    expect(ids).toEqual(['start', 'end', 'both', 'good']);
    const told = refs.map(({ startedAt, endedAt }) => [startedAt !== undefined, endedAt !== undefined]);
    expect(told).toEqual([
      [false, true],
      [true, false],
      [false, false],
      [true, true],
    ]);
  });

  test.each([...BAD_TIMES, '+275760-09-13T00:00:00Z', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z'])(
    'of Vapi, with %j for its times: it is listed without them',
    async (time) => {
      const none = { createdAt: time, updatedAt: time, startedAt: time, endedAt: time };
      const { refs } = await walk('vapi', () => [vapiRow('odd', none), vapiRow('good')]);
      const odd = refs.find(({ id }) => id === 'odd');
      expect(odd).toEqual({ id: 'odd', ended: true });
      expect(refs.map(({ id }) => id)).toContain('good');
    },
  );

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
