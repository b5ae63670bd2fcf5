import { afterEach, describe, expect, it } from 'vitest';
import {
  CallBook,
  type ElevenLabsServer,
  type Json,
  simulateCall,
  startElevenLabs,
  startTavus,
} from '../../sandbox/index.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

let server: Pick<ElevenLabsServer, 'url' | 'close'> | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function get(path: string): Promise<Json> {
  const response = await fetch(`${server?.url}${path}`, {
    headers: { 'xi-api-key': 'test-key', 'x-api-key': 'test-key' },
  });
  return (await response.json()) as Json;
}

describe('a book of calls', () => {
  it('simulates a call again when it is asked for', () => {
    const book = new CallBook();
    const spec = { provider: 'tavus', seed: 1, index: 5, startAt: NOON } as const;
    const id = book.add(spec);
    expect(book.call(id)).toEqual(simulateCall(spec));
    expect(book.get('unknown')).toBeUndefined();
    expect(() => book.add(spec)).toThrow(`The book has a conversation ${id} already`);
  });

  it('keeps a call that was made by hand as it is', () => {
    const book = new CallBook();
    const call = simulateCall({ provider: 'elevenlabs', seed: 1, index: 5, startAt: NOON });
    const changed = { ...call, id: 'conv_mine' };
    expect(book.add(changed)).toBe('conv_mine');
    expect(book.call('conv_mine')).toBe(changed);
  });

  it('holds calls of both vendors in order of start, whatever the order they are added in', () => {
    const book = new CallBook();
    const starts = [5, 1, 4, 2, 3].map((hours) => NOON - hours * HOUR);
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      starts.forEach((startAt, index) => void book.add({ provider, seed: 2, index, startAt }));
    }
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      const order = [...book.calls(provider)].map((call) => call.index);
      expect(order).toEqual([0, 2, 4, 3, 1]);
    }
    expect(book.size).toBe(10);
  });

  it('serves any page and any call of a hundred thousand without simulating the others', async () => {
    const book = new CallBook();
    const ids = book.fill({
      provider: 'elevenlabs',
      seed: 3,
      count: 100_000,
      from: NOON - 1000 * HOUR,
      to: NOON,
    });
    expect(new Set(ids).size).toBe(100_000);
    server = await startElevenLabs({ book, now: () => NOON + HOUR });

    const middle = Math.floor((NOON - 500 * HOUR) / 1000);
    const page = await get(`/v1/convai/conversations?page_size=100&call_start_before_unix=${middle}`);
    const rows = page.conversations as Json[];
    expect(rows.map((row) => row.conversation_id)).toEqual(ids.slice(49_900, 50_000).reverse());
    expect(await get(`/v1/convai/conversations/${ids[123]}`)).toMatchObject({ conversation_id: ids[123] });
  });

  it('serves the last page of a hundred thousand by number', async () => {
    const book = new CallBook();
    const ids = book.fill({ provider: 'tavus', seed: 3, count: 100_000, from: NOON - 1000 * HOUR, to: NOON });
    server = await startTavus({ book, now: () => NOON + HOUR });

    const page = await get('/v2/conversations?limit=100&page=1000&status=ended');
    expect(page.total_count).toBe(100_000);
    expect((page.data as Json[]).map((row) => row.conversation_id)).toEqual(ids.slice(0, 100).reverse());
  });
});
