import { afterEach, describe, expect, it } from 'vitest';
import { CallBook, type Json, startTavus, type TavusOptions, type TavusServer } from '../../sandbox/index.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

let server: TavusServer | undefined;
let now = NOON;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: TavusOptions = {}): Promise<TavusServer> {
  now = NOON;
  server = await startTavus({ apiKey: 'secret', now: () => now, ...options });
  return server;
}

async function ask(path: string, key = 'secret'): Promise<{ status: number; json: Json }> {
  const response = await fetch(`${server?.url}/v2/conversations${path}`, { headers: { 'x-api-key': key } });
  return { status: response.status, json: (await response.json()) as Json };
}

async function list(query: string): Promise<{ ids: string[]; total: number }> {
  const { json } = await ask(`?${query}`);
  return {
    ids: (json.data as Json[]).map((row) => row.conversation_id as string),
    total: json.total_count as number,
  };
}

async function all(query: string): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 1; ; page++) {
    const found = await list(`${query}&page=${page}`);
    if (found.ids.length === 0) return ids;
    ids.push(...found.ids);
  }
}

function minutes(count: number): { book: CallBook; newest: string[] } {
  const book = new CallBook();
  const ids = book.fill({ provider: 'tavus', seed: 61, count, from: NOON - count * 60_000, to: NOON });
  return { book, newest: ids.reverse() };
}

describe('the list of Tavus', () => {
  it('gives 10 rows and how many there are, and pages from 1', async () => {
    const { book, newest } = minutes(34);
    await start({ book });
    expect(await list('')).toEqual({ ids: newest.slice(0, 10), total: 34 });
    expect(await all('limit=7')).toEqual(newest);
    expect(await list('page=9')).toEqual({ ids: [], total: 34 });
  });

  it('caps the limit at 100', async () => {
    const { book } = minutes(130);
    await start({ book });
    expect((await list('limit=500')).ids).toHaveLength(100);
    await server?.close();
    await start({ book, pageCap: 20 });
    expect((await list('limit=500')).ids).toHaveLength(20);
  });

  it('comes newest first, oldest first, shuffled, or in another order at every request', async () => {
    const { book, newest } = minutes(40);
    await start({ book, order: 'oldest' });
    expect(await all('limit=9')).toEqual(newest.toReversed());
    await server?.close();

    await start({ book, order: 'shuffled' });
    const shuffled = await all('limit=9');
    expect(shuffled).not.toEqual(newest);
    expect(shuffled.toSorted()).toEqual(newest.toSorted());
    expect(await all('limit=9')).toEqual(shuffled);
    await server?.close();

    await start({ book, order: 'unstable' });
    const first = await list('limit=40');
    expect(await list('limit=40')).not.toEqual(first);
    expect(first.ids.toSorted()).toEqual(newest.toSorted());
  });

  it('shifts its pages when a conversation is added', async () => {
    const { book, newest } = minutes(20);
    await start({ book });
    expect((await list('limit=5&page=1')).ids).toEqual(newest.slice(0, 5));
    book.add({ provider: 'tavus', seed: 62, index: 1, startAt: now });
    now += 1000;
    expect((await list('limit=5&page=2')).ids).toEqual(newest.slice(4, 9));
    expect((await list('')).total).toBe(21);
  });

  it('orders rows by the creation that it publishes', async () => {
    const { book } = minutes(0);
    for (let index = 0; index < 100; index++)
      book.add({ provider: 'tavus', seed: 63, index, startAt: NOON - 5000 + index * 30 });
    await start({ book });
    const { json } = await ask('?limit=100');
    const created = (json.data as Json[]).map((row) =>
      String(row.created_at).replace(/(:\d\d)Z$/, '$1.000000Z'),
    );
    expect(created).toEqual(created.toSorted().reverse());
  });

  it('filters by status, in step with the clock', async () => {
    const { book, newest } = minutes(30);
    await start({ book });
    for (const at of [NOON, NOON + 45_000, NOON + 4 * HOUR]) {
      now = at;
      const is = (status: string) =>
        newest.filter(
          (id) => (book.call(id)?.steps.findLast((step) => step.at <= at * 1000)?.status ?? '') === status,
        );
      expect(await all('limit=4&status=active')).toEqual(is('active'));
      expect(await all('limit=4&status=ended')).toEqual(is('ended'));
      expect((await list('status=active')).total + (await list('status=ended')).total).toBe(30);
    }
    expect((await ask('?status=over')).status).toBe(400);
  });

  it('shows a conversation late where the book says so, and counts it only then', async () => {
    const { book, newest } = minutes(12);
    const late = book.add(
      { provider: 'tavus', seed: 64, index: 1, startAt: NOON - 150_000 },
      { visibleAt: NOON + 1000 },
    );
    await start({ book });
    expect(await list('limit=20')).toEqual({ ids: newest, total: 12 });
    now += 1000;
    expect(await list('limit=20')).toEqual({
      ids: [...newest.slice(0, 2), late, ...newest.slice(2)],
      total: 13,
    });
  });

  it('has no event log, and refuses a wrong key in the vendor’s words', async () => {
    const { book } = minutes(3);
    await start({ book });
    const { json } = await ask('');
    expect((json.data as Json[]).some((row) => 'events' in row)).toBe(false);
    expect(await ask('', 'wrong')).toEqual({ status: 401, json: { message: 'Invalid access token' } });
    expect((await ask('?limit=0')).status).toBe(400);
  });
});

describe('a conversation of Tavus', () => {
  it('shows its events with verbose only, as they happen', async () => {
    const book = new CallBook();
    const id = book.add({
      provider: 'tavus',
      seed: 65,
      index: 1,
      startAt: NOON,
      scenario: 'perception-late',
    });
    const call = book.call(id);
    await start({ book });
    now += 100;
    expect((await ask(`/${id}`)).json).not.toHaveProperty('events');
    expect((await ask(`/${id}?verbose=true`)).json).toMatchObject({ status: 'active' });

    now = Math.ceil((call?.end ?? 0) / 1000) + 120_000;
    const ended = (await ask(`/${id}?verbose=true`)).json;
    expect(ended.status).toBe('ended');
    const types = (ended.events as Json[]).map((event) => event.event_type);
    expect(types).toEqual(expect.arrayContaining(['system.shutdown', 'application.transcription_ready']));
    expect(types).not.toContain('application.perception_analysis');

    now += 120_000;
    const late = (await ask(`/${id}?verbose=true`)).json.events as Json[];
    expect(late.map((event) => event.event_type)).toContain('application.perception_analysis');
  });

  it('is unknown with 400 as documented, or with 404', async () => {
    const book = new CallBook();
    const deleted = book.add({
      provider: 'tavus',
      seed: 65,
      index: 2,
      startAt: NOON - HOUR,
      scenario: 'deleted',
    });
    await start({ book });
    expect((await list('')).ids).toEqual([deleted]);
    expect(await ask(`/${deleted}`)).toEqual({ status: 400, json: { error: 'Invalid conversation_id' } });
    await server?.close();
    await start({ book, unknown: 404 });
    expect((await ask('/c000')).status).toBe(404);
  });
});
