import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, makeWorld, type World } from '../bridge/world.ts';
import { type Answer, sendJson, startServer } from '../http/test-server.ts';
import { callspan } from './program.ts';

const CALLS = 4;

let world: World;

beforeEach(async () => {
  world = await makeWorld();
  const now = Date.now();
  for (const provider of ['elevenlabs', 'tavus'] as const) {
    world.book.fill({
      ...{ provider, seed: 3, count: CALLS / 2, scenario: 'ordinary' },
      ...{ from: now - 9 * HOUR, to: now - 3 * HOUR },
    });
  }
  expect((await callspan(['run', '--once'], world.environment)).stdout).toContain(`delivered ${CALLS}`);
});

afterEach(async () => {
  await world.close();
});

/** A Jaeger that shows what the sink has got, changed by `show`. */
function jaeger(show: (spanIds: string[], traceId: string) => string[] = (ids) => ids): Answer {
  return ({ path }, response) => {
    if (path === '/api/services') {
      sendJson(response, 200, { data: [], total: 0, limit: 0, offset: 0, errors: null });
      return;
    }
    const traceId = path.split('/').at(-1) ?? '';
    const ids = show(
      world.sink.spans(traceId).map(({ spanId }) => spanId),
      traceId,
    );
    if (ids.length === 0) {
      sendJson(response, 404, { data: null, total: 0, errors: [{ code: 404, msg: 'trace not found' }] });
      return;
    }
    sendJson(response, 200, { data: [{ spans: ids.map((spanID) => ({ spanID })) }], errors: null });
  };
}

async function verify(answer: Answer, args: readonly string[] = [], more: Record<string, string> = {}) {
  const server = await startServer(answer);
  const told = await callspan(['verify', '--against', 'jaeger', server.url, ...args], {
    ...world.environment,
    ...more,
  });
  return { ...told, server };
}

/** How often the spans of all conversations have come. */
const arrivals = () =>
  new Set(world.sink.traces().flatMap((id) => world.sink.spans(id).map((s) => s.arrivals)));

describe('callspan verify', () => {
  test('of a store that has everything says so, 0', async () => {
    expect(await verify(jaeger())).toMatchObject({
      ...{ code: 0, stderr: '', stdout: `checked ${CALLS}, missing 0, short of spans 0\n` },
    });
  });

  test('--repair sends nothing to whom answers 404 to everything, 1', async () => {
    const told = await verify(
      (_, response) => response.writeHead(404).end('404 page not found'),
      ['--repair'],
    );
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toMatch(/^callspan: This is no Jaeger, or not its query API: .*answered 404/);
    expect(arrivals()).toEqual(new Set([1]));
  });

  test('--repair sends the very spans that are missing, although somebody else’s make up the number', async () => {
    const [lost = ''] = world.sink.traces();
    const store = jaeger((ids, traceId) =>
      traceId === lost ? [...ids.slice(0, -2), '1111111111111111', '2222222222222222'] : ids,
    );
    const count = world.sink.spans(lost).length;
    const told = await verify(store, ['--repair']);
    expect(told.stdout).toContain(`${lost} ${count - 2} of ${count} spans\n`);
    expect(told.stdout).toContain('sent 2 spans again\n');
    expect(world.sink.spans(lost).filter((span) => span.arrivals === 2)).toHaveLength(2);
    expect(world.sink.differing()).toEqual([]);
  });

  test('tells what the store shows more than once, 0', async () => {
    const [twice = ''] = world.sink.traces();
    const told = await verify(jaeger((ids, traceId) => (traceId === twice ? [...ids, ...ids] : ids)));
    expect(told.code).toBe(0);
    expect(told.stdout).toContain(`${twice} ${world.sink.spans(twice).length} spans repeated\n`);
    expect(told.stdout).toContain(`checked ${CALLS}, missing 0, short of spans 0, with repeated spans 1\n`);
  });

  test('sends the headers of the command line and of the environment, and tells none', async () => {
    const { server, stdout, stderr } = await verify(
      jaeger(),
      ['--header', 'X-Scope-OrgID: tenant-1', '--header', 'x-more: 1:2'],
      { CALLSPAN_STORE_HEADERS: 'authorization=Bearer%20store-token-1,x-more=3' },
    );
    expect(server.received[0]?.headers).toMatchObject({
      'x-scope-orgid': 'tenant-1',
      'x-more': '1:2',
      authorization: 'Bearer store-token-1',
    });
    expect(stdout + stderr).not.toContain('store-token-1');
  });

  test.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'a source that there is not',
      ['--source', 'nobody'],
      {},
      /There is no source nobody; in the ledger: elevenlabs, tavus\./,
    ],
    ['a header without a colon', ['--header', 'secret-token'], {}, /--header: expected "Name: value"\./],
    [
      'a header that HTTP cannot carry',
      ['--header', 'x y: secret-token'],
      {},
      /--header: Expected HTTP header names/,
    ],
    [
      'headers that are no pairs',
      [],
      { CALLSPAN_STORE_HEADERS: 'secret-token' },
      /CALLSPAN_STORE_HEADERS: expected name=value/,
    ],
  ])('refuses %s, 2', async (_, args, more, said) => {
    const { code, stderr, server } = await verify(jaeger(), args, more);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain('secret-token');
    expect(server.received).toEqual([]);
  });
});
