import { describe, expect, onTestFinished, test } from 'vitest';
import { createStore, type StoreKind } from '../../src/verify/store.ts';
import { noAbort } from '../delivery/test-delivery.ts';
import { type Answer, sendJson, startServer } from '../http/test-server.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

async function storeOf(kind: StoreKind, answer: Answer, headers: Record<string, string> = {}) {
  const server = await startServer(answer);
  const store = createStore(kind, { url: server.url, headers });
  onTestFinished(() => store.close());
  return { store, server };
}

const services = { data: ['tavus-cvi'], total: 1, limit: 0, offset: 0, errors: null };

describe('a store is believed', () => {
  test.each<[string, StoreKind, Answer]>([
    ['Jaeger', 'jaeger', (_, response) => sendJson(response, 200, services)],
    [
      'Jaeger without any service yet',
      'jaeger',
      (_, response) => sendJson(response, 200, { ...services, data: null, total: 0 }),
    ],
    [
      'Tempo',
      'tempo',
      (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('echo'),
    ],
  ])('%s, by what it answers first', async (_, kind, answer) => {
    const { store } = await storeOf(kind, answer);
    await expect(store.probe(noAbort)).resolves.toBeUndefined();
  });

  test.each<[string, Answer]>([
    ['404 to everything', (_, response) => response.writeHead(404).end('404 page not found')],
    ['404 with JSON', (_, response) => sendJson(response, 404, { data: null, errors: [] })],
    [
      '200 and a page',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
    ],
    ['200 and {}', (_, response) => sendJson(response, 200, {})],
    [
      '200 and data of another kind',
      (_, response) => sendJson(response, 200, { data: 'yes', total: 'many' }),
    ],
    ['200 and OK', (_, response) => response.end('OK')],
    ['401', (_, response) => sendJson(response, 401, { message: 'who are you?' })],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'https://login.example/' }).end()],
  ])('by either kind never: %s', async (_, answer) => {
    for (const [kind, name] of [
      ['jaeger', 'Jaeger'],
      ['tempo', 'Tempo'],
    ] as const) {
      const { store } = await storeOf(kind, answer);
      await expect(store.probe(noAbort)).rejects.toThrow(
        expect.objectContaining({
          name: 'StoreError',
          message: expect.stringContaining(`This is no ${name}, or not its query API`),
        }),
      );
    }
  });
});

describe('the spans of a trace', () => {
  const shown = async (kind: StoreKind, answer: Answer) => {
    const { store } = await storeOf(kind, answer);
    return [...(await store.spans(TRACE, noAbort))];
  };

  test('of Jaeger are told with how often each is shown, and zeros at the beginning', async () => {
    const spans = ['00f067aa0ba902b7', 'f067aa0ba902b7', 'b7ad6b7169203331'].map((spanID) => ({ spanID }));
    const body = { data: [{ traceID: TRACE, spans }], total: 0, errors: null };
    expect(await shown('jaeger', (_, response) => sendJson(response, 200, body))).toEqual([
      ['00f067aa0ba902b7', 2],
      ['b7ad6b7169203331', 1],
    ]);
  });

  test('of Tempo are told from base64', async () => {
    const spanId = Buffer.from('00f067aa0ba902b7', 'hex').toString('base64');
    const trace = { resourceSpans: [{ scopeSpans: [{ spans: [{ spanId }, { spanId }] }] }] };
    expect(
      await shown('tempo', (_, response) => sendJson(response, 200, { trace, status: 'COMPLETE' })),
    ).toEqual([['00f067aa0ba902b7', 2]]);
  });

  test.each<[string, StoreKind, Answer]>([
    [
      'Jaeger answers 404',
      'jaeger',
      (_, response) =>
        sendJson(response, 404, { data: null, errors: [{ code: 404, msg: 'trace not found' }] }),
    ],
    [
      'Jaeger says so in a 200',
      'jaeger',
      (_, response) => sendJson(response, 200, { data: [], errors: [{ code: 404, msg: 'trace not found' }] }),
    ],
    ['Tempo answers 404', 'tempo', (_, response) => response.writeHead(404).end()],
    [
      'Tempo shows an empty trace',
      'tempo',
      (_, response) => sendJson(response, 200, { trace: {}, metrics: {} }),
    ],
  ])('are none where %s', async (_, kind, answer) => {
    expect(await shown(kind, answer)).toEqual([]);
  });

  test.each<[string, StoreKind, unknown]>([
    ['{} of a Jaeger', 'jaeger', {}],
    ['a list', 'jaeger', []],
    ['an error of a Jaeger', 'jaeger', { data: null, errors: [{ code: 500, msg: 'storage is away' }] }],
    ['an error of something else', 'tempo', { error: 'unauthorized' }],
    [
      'a part of a trace that is too large for Tempo',
      'tempo',
      { trace: { resourceSpans: [] }, status: 'PARTIAL' },
    ],
  ])('are not guessed from %s', async (_, kind, body) => {
    await expect(shown(kind, (_request, response) => sendJson(response, 200, body))).rejects.toThrow(
      expect.objectContaining({ name: 'StoreError' }),
    );
  });

  test('are asked for with the headers that it needs', async () => {
    const headers = { authorization: 'Bearer store-token-1', 'x-scope-orgid': 'tenant-1' };
    const { store, server } = await storeOf('tempo', (_, response) => response.end('echo'), headers);
    await store.probe(noAbort);
    expect(server.received[0]?.headers).toMatchObject(headers);
  });
});
