import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR, KEY, MINUTE, makeWorld, type World } from './world.ts';

describe('the road from both vendors to a collector', () => {
  let world: World;
  let first: Awaited<ReturnType<World['runOnce']>>;
  /** What the collector had and the vendors were asked once the first run was over. */
  let after: { traces: readonly string[]; arrivals: ReadonlySet<number>; gets: readonly number[] };

  beforeAll(async () => {
    world = await makeWorld();
    const now = Date.now();
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      world.book.fill({
        provider,
        seed: 11,
        count: 100,
        from: now - 20 * HOUR,
        to: now - 3 * HOUR,
        scenario: 'ordinary',
      });
    }
    first = await world.runOnce();
    after = {
      traces: world.sink.traces(),
      arrivals: arrivals(world),
      gets: [world.elevenLabs, world.tavus].map(({ requests }) => requests.count('get')),
    };
  });

  afterAll(async () => {
    await world.close();
  });

  test('delivers every finished conversation once', () => {
    const { seen, delivered, pending, empty, dead, failures } = first;

    expect({ seen, delivered, pending, empty, dead, failures }).toEqual({
      ...{ seen: 200, delivered: 200, pending: 0, empty: 0, dead: 0, failures: [] },
    });
    expect(world.sink.violations).toEqual([]);
    expect(after.traces).toHaveLength(200);
    expect(after.arrivals).toEqual(new Set([1]));
    expect(after.gets).toEqual([100, 100]);
  });

  test('sends and fetches nothing of it again', async () => {
    world.elevenLabs.requests.clear();
    world.tavus.requests.clear();
    const before = world.sink.requests.total;

    const { delivered, pending } = await world.runOnce();

    expect({ delivered, pending }).toEqual({ delivered: 0, pending: 0 });
    expect(world.elevenLabs.requests.count('get')).toBe(0);
    expect(world.tavus.requests.count('get')).toBe(0);
    expect(world.sink.requests.total).toBe(before);
  });

  test('with an empty ledger sends the same bytes, whatever the order of keys and spans in the payloads', async () => {
    const elevenLabs = await startShuffling(world.elevenLabs.url);
    const tavus = await startShuffling(world.tavus.url);

    const { delivered } = await world.runOnce({
      CALLSPAN_STATE: `${world.environment.CALLSPAN_STATE}.empty`,
      ELEVENLABS_BASE_URL: elevenLabs.url,
      TAVUS_BASE_URL: tavus.url,
    });
    elevenLabs.close();
    tavus.close();

    expect(delivered).toBe(200);
    expect(world.sink.differing()).toEqual([]);
    expect(arrivals(world)).toEqual(new Set([2]));
  });

  test('tells a line for each delivered conversation, with its trace id, and never the key', () => {
    const delivered = first.log.filter((line) => line.message === 'delivered');
    expect(delivered).toHaveLength(200);
    expect(new Set(delivered.map((line) => line.fields.traceId))).toEqual(new Set(after.traces));
    expect(JSON.stringify(first.log)).not.toContain(KEY);
  });
});

test('what is not ready is reported as pending, and not waited for', async () => {
  const world = await makeWorld();
  const now = Date.now();
  world.book.add({ provider: 'elevenlabs', seed: 1, index: 0, startAt: now - 5_000, scenario: 'ordinary' });
  world.book.add({ provider: 'tavus', seed: 1, index: 1, startAt: now - 5_000, scenario: 'ordinary' });
  world.book.add({
    provider: 'elevenlabs',
    seed: 1,
    index: 2,
    startAt: now - 30 * MINUTE,
    scenario: 'ordinary',
  });
  try {
    const { seen, delivered, pending } = await world.runOnce();
    expect({ seen, delivered, pending }).toEqual({ seen: 3, delivered: 1, pending: 2 });
  } finally {
    await world.close();
  }
});

test('conversations with nothing to export are empty, and not asked for again', async () => {
  const world = await makeWorld();
  const startAt = Date.now() - 2 * HOUR;
  world.book.add({ provider: 'elevenlabs', seed: 1, index: 0, startAt, scenario: 'zero-retention' });
  world.book.add({ provider: 'elevenlabs', seed: 1, index: 1, startAt, scenario: 'deleted' });
  world.book.add({ provider: 'tavus', seed: 1, index: 2, startAt, scenario: 'test-mode' });
  try {
    const first = await world.runOnce();
    expect(first).toMatchObject({ seen: 3, delivered: 0, pending: 0, empty: 3, failures: [] });
    const reasons = first.log.flatMap((line) =>
      line.fields.reason === undefined ? [] : [line.fields.reason],
    );
    expect(reasons).toContain('the agent keeps nothing (zero retention)');
    expect(reasons).toContain('ended without any event (a test conversation)');

    world.elevenLabs.requests.clear();
    world.tavus.requests.clear();
    await world.runOnce();
    expect(world.elevenLabs.requests.count('get') + world.tavus.requests.count('get')).toBe(0);
  } finally {
    await world.close();
  }
});

/** How often spans arrived, over all spans. */
function arrivals(world: World): Set<number> {
  return new Set(
    world.sink.traces().flatMap((traceId) => world.sink.spans(traceId).map((stored) => stored.arrivals)),
  );
}

/** Stands before a vendor and gives its JSON in another order: keys everywhere, spans within their scope. */
async function startShuffling(upstream: string): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const key = request.headers['xi-api-key'] ?? request.headers['x-api-key'];
    const headers = { 'xi-api-key': String(key), 'x-api-key': String(key) };
    const answer = await fetch(`${upstream}${request.url}`, { headers });
    const body = reversed(await answer.json());
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    key === 'spans' || key === 'events' ? (reversed(member) as unknown[]).reverse() : reversed(member),
  ]);
  return Object.fromEntries(entries.reverse());
}
