import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createDelivery } from '../../src/delivery/delivery.ts';
import type { SpanBatch } from '../../src/trace/span-batch.ts';
import { type Answer, type Received, sendJson, startServer } from '../http/test-server.ts';
import { givenTime } from '../time/given-time.ts';
import { bodyOf, cargoOf, conversation, spanIds, spansOf } from './test-batch.ts';
import { deliveryTo, noAbort } from './test-delivery.ts';

const accept: Answer = (_, response) => sendJson(response, 200, {});
const idsOf = (request: Received) => spansOf(JSON.parse(request.body.toString())).map(({ spanId }) => spanId);

describe.each<SpanBatch['kind']>(['otlp', 'spans'])('a conversation that is too large (%s)', (kind) => {
  const batch = cargoOf(kind, conversation(12, 1_000));
  const ids = spanIds(batch);

  test('is sent in parts below the cap, the root first, and as one is accepted', async () => {
    const server = await startServer(accept);
    const outcome = await deliveryTo(server.url, {}, { maxBytes: 10_000 }).deliver(batch, noAbort);
    expect(outcome).toEqual({ kind: 'accepted', rejectedSpans: 0 });
    expect(server.received.length).toBeGreaterThan(3);
    for (const { body } of server.received) expect(body.length).toBeLessThanOrEqual(10_000);
    expect(server.received.flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
    expect(idsOf(server.received[0] as Received)).toContain(ids.find((id) => /^0+1$/.test(id)));
  });

  test('is sent in the same parts every time', async () => {
    const [first, second] = await Promise.all([startServer(accept), startServer(accept)]);
    await deliveryTo(first.url, {}, { maxBytes: 10_000 }).deliver(batch, noAbort);
    await deliveryTo(second.url, {}, { maxBytes: 10_000 }).deliver(
      cargoOf(kind, conversation(12, 1_000)),
      noAbort,
    );
    expect(first.received.map(({ body }) => body)).toEqual(second.received.map(({ body }) => body));
  });

  test.each([
    [413, 'nginx has spoken'],
    [400, 'http: request body too large'],
  ])('only for this collector (%d "%s") is halved until it fits', async (status, message) => {
    const taken: Received[] = [];
    const server = await startServer((request, response) => {
      if (request.body.length > 12_000) return sendJson(response, status, { message });
      taken.push(request);
      sendJson(response, 200, { partialSuccess: { rejectedSpans: 1, errorMessage: 'too old' } });
    });
    const outcome = await deliveryTo(server.url).deliver(batch, noAbort);
    expect(server.received[0]?.body.equals(bodyOf(batch))).toBe(true);
    expect(taken.flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
    expect(outcome).toEqual({ kind: 'accepted', rejectedSpans: taken.length, message: 'too old' });
  });

  test('by a single span is rejected for that span; the others are stored', async () => {
    const plans = [...conversation(2), { parent: 0, text: 'x'.repeat(50_000) }];
    const taken: Received[] = [];
    const server = await startServer((request, response) => {
      if (request.body.length > 12_000) return sendJson(response, 413, { message: 'too much' });
      taken.push(request);
      sendJson(response, 200, {});
    });
    const outcome = await deliveryTo(server.url).deliver(cargoOf(kind, plans), noAbort);
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', blame: 'conversation', certain: true },
      status: 413,
      reason: expect.stringMatching(/^part .*too much/),
    });
    expect(taken.flatMap(idsOf)).toHaveLength(plans.length - 1);
  });

  test('is not sent any further once the collector is unavailable', async () => {
    const server = await startServer((_, response, count) => {
      if (count === 2) sendJson(response, 500, { message: 'disk is full' }, { 'retry-after': '7' });
      else sendJson(response, 200, {});
    });
    const outcome = await deliveryTo(server.url, {}, { maxBytes: 10_000 }).deliver(batch, noAbort);
    expect(outcome).toMatchObject({
      kind: 'failed',
      retryAfterMs: 7_000,
      reason: expect.stringMatching(/^part 2 of \d+: .*disk is full$/),
    });
    expect(server.received).toHaveLength(2);
  });

  test('is sent to its end when a part is rejected', async () => {
    const server = await startServer((_, response, count) => {
      if (count === 2) sendJson(response, 422, { code: 3, message: 'bad id' });
      else sendJson(response, 200, {});
    });
    const outcome = await deliveryTo(server.url, {}, { maxBytes: 10_000 }).deliver(batch, noAbort);
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', blame: 'conversation', certain: true },
      status: 422,
      reason: expect.stringMatching(/^part 2 of .*bad id$/),
    });
    expect(server.received.flatMap(idsOf)).toHaveLength(ids.length);
  });

  test('is not sent any further where a part is refused by who knows whom', async () => {
    const server = await startServer((_, response, count) => {
      if (count === 2) response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>Sorry</h1>');
      else sendJson(response, 200, {});
    });
    const outcome = await deliveryTo(server.url, {}, { maxBytes: 10_000 }).deliver(batch, noAbort);
    expect(outcome).toMatchObject({ kind: 'failed', blame: 'unknown' });
    expect(server.received).toHaveLength(2);
  });

  test('is cut up to a single span and no further where everything is too large: that is the destination’s', async () => {
    const server = await startServer((_, response) => sendJson(response, 413, {}));
    const outcome = await deliveryTo(server.url).deliver(batch, noAbort);
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', blame: 'destination', status: 413 },
      reason: expect.stringMatching(/; it finds a single small span too large$/),
    });
    expect(server.received.length).toBeLessThanOrEqual(2 + Math.log2(ids.length));
  });

  test('is not sent any further once it is aborted', async () => {
    const controller = new AbortController();
    const server = await startServer((_, response, count) => {
      if (count === 2) controller.abort(new Error('shutting down'));
      sendJson(response, 200, {});
    });
    const delivery = deliveryTo(server.url, {}, { maxBytes: 10_000 });
    await expect(delivery.deliver(batch, controller.signal)).rejects.toThrow('shutting down');
    await delivery.close();
    expect(server.received).toHaveLength(2);
  });
});

describe('many conversations', () => {
  test('of both kinds share the limit of connections', async () => {
    const underWay: ServerResponse[] = [];
    const batches: number[] = [];
    const server = await startServer((_, response) => {
      if (underWay.push(response) !== 4) return;
      setTimeout(() => {
        batches.push(underWay.length);
        for (const waiting of underWay.splice(0)) sendJson(waiting, 200, {});
      }, 20);
    });
    const delivery = deliveryTo(server.url, {}, { connections: 4 });
    const kinds = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? 'otlp' : 'spans'));
    const outcomes = await Promise.all(
      kinds.map((kind) => delivery.deliver(cargoOf(kind, conversation(1)), noAbort)),
    );
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(batches).toEqual([4, 4, 4, 4]);
  });

  test('wait their turn without using up the time of their attempt', async () => {
    const batch = cargoOf('otlp', conversation(1));
    const attempt = async (timeoutMs: number) => {
      const answer = (response: ServerResponse) => sendJson(response, 200, {});
      const server = await startServer((_, response) => setTimeout(answer, timeoutMs / 20, response));
      const delivery = deliveryTo(server.url, { timeoutMs }, { connections: 1 });
      const outcomes = await Promise.all(Array.from({ length: 30 }, () => delivery.deliver(batch, noAbort)));
      return outcomes.filter(({ kind }) => kind === 'accepted').length;
    };
    expect(await givenTime(1_000, attempt, (accepted) => accepted === 30)).toBe(30);
  });

  test('of one signal leave no listener behind', async () => {
    const warnings: Error[] = [];
    const notice = (warning: Error) => warnings.push(warning);
    process.on('warning', notice);
    const delivery = deliveryTo((await startServer(accept)).url, {}, { connections: 20 });
    const cargos = ['otlp', 'spans'].map((kind) => cargoOf(kind as SpanBatch['kind'], conversation(1)));
    await Promise.all(
      Array.from({ length: 30 }, () => cargos.map((batch) => delivery.deliver(batch, noAbort))).flat(),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', notice);
    expect(warnings).toEqual([]);
  });
});

describe('closing', () => {
  test('lets what is under way end, refuses what waits and what comes', async () => {
    let answer = (): void => expect.fail('no request has come');
    const server = await startServer((_, response) => {
      answer = () => sendJson(response, 200, {});
    });
    const delivery = deliveryTo(server.url, {}, { connections: 1 });
    const batch = cargoOf('otlp', conversation(1));
    const underWay = delivery.deliver(batch, noAbort);
    const waiting = expect(delivery.deliver(batch, noAbort)).rejects.toThrow('The delivery is closed');
    await expect.poll(() => server.received.length).toBe(1);
    const closing = delivery.close();
    await waiting;
    await expect(delivery.deliver(batch, noAbort)).rejects.toThrow('The delivery is closed');
    answer();
    await closing;
    await expect(underWay).resolves.toMatchObject({ kind: 'accepted' });
  });

  test('may be done twice', async () => {
    const delivery = deliveryTo('http://127.0.0.1:9');
    await delivery.close();
    await expect(delivery.close()).resolves.toBeUndefined();
  });
});

test.each([
  [{ connections: 0 }, /`connections` to be a whole number of at least 1, got `0`/],
  [{ connections: 1.5 }, /`connections`/],
  [{ maxBytes: 0 }, /`maxBytes` to be at least 1, got `0`/],
])('the option %o is refused', (options, message) => {
  const destination = {
    tracesUrl: 'http://localhost',
    headers: {},
    timeoutMs: 1,
    compression: 'none',
  } as const;
  expect(() => createDelivery(destination, { env: {}, ...options })).toThrow(message);
});
