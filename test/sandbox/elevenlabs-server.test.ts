import { afterEach, describe, expect, it } from 'vitest';
import {
  CallBook,
  type ElevenLabsOptions,
  type ElevenLabsServer,
  type Json,
  startElevenLabs,
} from '../../sandbox/index.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

let server: ElevenLabsServer | undefined;
let now = NOON;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: ElevenLabsOptions = {}): Promise<ElevenLabsServer> {
  now = NOON;
  server = await startElevenLabs({ apiKey: 'secret', now: () => now, ...options });
  return server;
}

async function ask(
  path: string,
  key: string | undefined = 'secret',
): Promise<{ status: number; headers: Headers; json: Json }> {
  const response = await fetch(`${server?.url}/v1/convai/conversations${path}`, {
    headers: key === undefined ? {} : { 'xi-api-key': key },
  });
  return { status: response.status, headers: response.headers, json: (await response.json()) as Json };
}

async function list(
  query: string,
): Promise<{ ids: string[]; cursor: string | null; more: boolean; rows: Json[] }> {
  const { json } = await ask(`?${query}`);
  const rows = json.conversations as Json[];
  return {
    rows,
    ids: rows.map((row) => row.conversation_id as string),
    cursor: json.next_cursor as string | null,
    more: json.has_more as boolean,
  };
}

/** Follows the cursor to the end. */
async function all(query: string, between?: () => void): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; between?.()) {
    const page = await list(`${query}&cursor=${cursor}`);
    ids.push(...page.ids);
    cursor = page.more ? page.cursor : null;
  }
  return ids;
}

/** So many calls, one a minute, the last of them a minute before noon. */
function minutes(count: number, book = new CallBook()): { book: CallBook; newest: string[] } {
  const ids = book.fill({ provider: 'elevenlabs', seed: 51, count, from: NOON - count * 60_000, to: NOON });
  return { book, newest: ids.reverse() };
}

describe('the key', () => {
  it.each([
    [
      'modern',
      undefined,
      401,
      { type: 'authentication_error', code: 'missing_api_key', status: 'missing_api_key' },
    ],
    ['modern', 'wrong', 401, { type: 'authentication_error', code: 'invalid_api_key' }],
    ['modern', 'weak', 403, { type: 'authorization_error', code: 'insufficient_permissions' }],
    ['legacy', undefined, 401, { status: 'missing_api_key' }],
    ['legacy', 'wrong', 401, { status: 'invalid_api_key', message: 'Invalid API key' }],
    ['legacy', 'weak', 401, { status: 'missing_permissions' }],
  ] as const)('%s: %s is answered %i', async (errors, key, status, detail) => {
    await start({ errors, powerlessKey: 'weak' });
    const answer = await ask('', key ?? '');
    expect(answer.status).toBe(status);
    expect(answer.json.detail).toMatchObject(detail);
    expect('code' in (answer.json.detail as Json)).toBe(errors === 'modern');
  });
});

describe('the list', () => {
  it('gives 30 rows, the newest first, and pages on without a gap or a repetition', async () => {
    const { book, newest } = minutes(95);
    await start({ book });

    expect((await list('')).ids).toEqual(newest.slice(0, 30));
    expect(await all('page_size=7')).toEqual(newest);
    expect(await all('page_size=7&sort_direction=asc')).toEqual(newest.toReversed());
    expect((await list('page_size=100')).cursor).toBeNull();
  });

  it('may give fewer rows than were asked for, with more to come', async () => {
    const { book, newest } = minutes(12);
    await start({ book, pageCap: 5 });
    expect(await list('page_size=100')).toMatchObject({ ids: newest.slice(0, 5), more: true });
    expect(await all('page_size=100')).toEqual(newest);
  });

  it('stays complete and exact while calls come in', async () => {
    const { book, newest } = minutes(60);
    await start({ book });
    let index = 1000;
    const ids = await all('page_size=10', () => {
      now += 2000;
      book.add({ provider: 'elevenlabs', seed: 51, index: index++, startAt: now });
    });
    expect(ids).toEqual(newest);
    expect((await list('page_size=100')).ids).toHaveLength(66);
  });

  it('orders calls of the same second, and loses none of them at the edge of a page', async () => {
    const book = new CallBook();
    const ids = Array.from({ length: 25 }, (_, index) =>
      book.add({ provider: 'elevenlabs', seed: 52, index, startAt: NOON - HOUR + index }),
    );
    await start({ book });
    expect((await all('page_size=4')).toSorted()).toEqual(ids.toSorted());
  });

  it('filters by start, with bounds that include their second or do not', async () => {
    const { book, newest } = minutes(10);
    const at = (minute: number) => (NOON - minute * 60_000) / 1000;
    const query = `call_start_after_unix=${at(6)}&call_start_before_unix=${at(2)}`;
    await start({ book });
    expect((await list(query)).ids).toEqual(newest.slice(2, 6));
    await server?.close();
    await start({ book, afterIncludes: false, beforeIncludes: true });
    expect((await list(query)).ids).toEqual(newest.slice(1, 5));
  });

  it('filters by agent and by status', async () => {
    const { book, newest } = minutes(60);
    await start({ book });
    const agent = book.call(newest[0] ?? '')?.agents[0]?.id;
    const expected = newest.filter((id) => book.call(id)?.agents[0]?.id === agent);
    expect(await all(`page_size=3&agent_id=${agent}`)).toEqual(expected);

    now = NOON + HOUR;
    const failed = newest.filter((id) => book.call(id)?.steps.at(-1)?.status === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(await all('exclude_statuses=done&exclude_statuses=in-progress')).toEqual(failed);
  });

  it('tells summaries only when asked', async () => {
    const { book } = minutes(20);
    await start({ book });
    now = NOON + HOUR;
    const told = (rows: Json[]) => rows.filter((row) => typeof row.transcript_summary === 'string').length;
    expect(told((await list('summary_mode=exclude')).rows)).toBe(0);
    expect(told((await list('')).rows)).toBe(0);
    expect(told((await list('summary_mode=include')).rows)).toBeGreaterThan(10);
  });

  it('expires cursors after a time, or after so many new conversations', async () => {
    const { book } = minutes(20);
    await start({ book, cursorLifetimeMs: 60_000, cursorLifetimeRows: 2 });
    const { cursor } = await list('page_size=5');
    expect((await ask(`?page_size=5&cursor=${cursor}`)).status).toBe(200);

    now += 61_000;
    expect(await ask(`?cursor=${cursor}`)).toMatchObject({
      status: 400,
      json: { detail: { code: 'invalid_cursor' } },
    });
    const fresh = (await list('page_size=5')).cursor;
    for (const index of [900, 901]) book.add({ provider: 'elevenlabs', seed: 51, index, startAt: now });
    expect((await ask(`?cursor=${fresh}`)).status).toBe(400);
  });

  it.each([
    ['page_size=101', 400, 'invalid_page_size'],
    ['cursor=made-up', 400, 'invalid_cursor'],
  ])('answers %s with %i %s', async (query, status, code) => {
    await start();
    expect(await ask(`?${query}`)).toMatchObject({ status, json: { detail: { code } } });
  });

  it.each([
    'page_size=many',
    'page_size=0',
    'call_start_after_unix=yesterday',
    'exclude_statuses=over',
    'sort_direction=up',
  ])('answers %s as FastAPI does', async (query) => {
    await start();
    const { status, json } = await ask(`?${query}`);
    expect(status).toBe(422);
    expect(json.detail).toEqual([
      { loc: ['query', query.split('=')[0]], msg: expect.any(String), type: expect.any(String) },
    ]);
  });

  it('shows a conversation late where the book says so, and not at all once it was deleted', async () => {
    const { book, newest } = minutes(5);
    const late = book.add(
      { provider: 'elevenlabs', seed: 53, index: 1, startAt: NOON - 150_000 },
      { visibleAt: NOON + 60_000 },
    );
    await start({ book });
    expect((await list('')).ids).toEqual(newest);
    now += 60_000;
    expect((await list('')).ids).toEqual([...newest.slice(0, 2), late, ...newest.slice(2)]);

    book.remove(late);
    expect((await list('')).ids).toEqual(newest);
    expect((await ask(`/${late}`)).status).toBe(404);
  });
});

describe('a conversation', () => {
  it('goes through its statuses, in the list as by itself', async () => {
    const book = new CallBook();
    const id = book.add({ provider: 'elevenlabs', seed: 54, index: 2, startAt: NOON, scenario: 'ordinary' });
    const call = book.call(id);
    await start({ book });
    const seen: string[] = [];
    for (const step of call?.steps ?? []) {
      now = Math.ceil(step.at / 1000);
      const { rows } = await list('');
      const { json } = await ask(`/${id}?format=opentelemetry`);
      expect(rows[0]?.status).toBe(json.status);
      expect((json.metadata as Json).call_duration_secs).toBe(rows[0]?.call_duration_secs);
      seen.push(String(json.status));
    }
    expect(seen).toEqual(['initiated', 'in-progress', 'processing', 'done']);
  });

  it('has its trace only where that is asked for, with new span ids every time', async () => {
    const book = new CallBook();
    const id = book.add({
      provider: 'elevenlabs',
      seed: 54,
      index: 3,
      startAt: NOON - HOUR,
      scenario: 'rich',
    });
    await start({ book });
    const json = await ask(`/${id}`);
    const first = await ask(`/${id}?format=opentelemetry`);
    const second = await ask(`/${id}?format=opentelemetry`);
    expect(json.json.otlp_traces ?? null).toBeNull();
    expect(first.json.otlp_traces).not.toEqual(second.json.otlp_traces);
    expect({ ...first.json, otlp_traces: 0 }).toEqual({ ...second.json, otlp_traces: 0 });
    expect((await ask(`/${id}?format=xml`)).status).toBe(422);
  });

  it('is not found before it begins, once deleted, or if it never was, by either name', async () => {
    const book = new CallBook();
    const future = book.add({ provider: 'elevenlabs', seed: 54, index: 4, startAt: NOON + HOUR });
    const deleted = book.add({
      provider: 'elevenlabs',
      seed: 54,
      index: 5,
      startAt: NOON - HOUR,
      scenario: 'deleted',
    });
    await start({ book });
    expect((await list('')).ids).toEqual([deleted]);
    for (const id of [future, deleted, 'conv_unknown']) {
      expect(await ask(`/${id}`)).toMatchObject({
        status: 404,
        json: { detail: { code: 'conversation_not_found' } },
      });
    }
    await server?.close();
    await start({ book, notFound: 'document_not_found' });
    expect(await ask(`/${deleted}`)).toMatchObject({
      status: 404,
      json: { detail: { code: 'document_not_found' } },
    });
  });

  it('comes with a request id and the date of the server’s clock', async () => {
    await start({ dateSkewMs: -HOUR });
    const { headers } = await ask('');
    expect(headers.get('request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('date')).toBe('Fri, 20 Nov 2026 11:00:00 GMT');
  });
});
