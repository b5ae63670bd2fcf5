import { describe, expect, test } from 'vitest';
import { sendJson, startServer, startSocketServer } from '../http/test-server.ts';
import { otlpBatch } from '../trace/encode-otlp.ts';
import { bodyOf, cargoOf, conversation } from './test-batch.ts';
import { deliveryTo, noAbort } from './test-delivery.ts';

/** What is particular to what a vendor made; what both ways have in common is in transports.test.ts. */
const batch = cargoOf('otlp', conversation(2));
const ok = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

describe('a kept connection that the collector closes just when it is used again', () => {
  test('costs a second request, not the delivery', async () => {
    const { port, connections } = await startSocketServer((socket, count) => {
      let requests = 0;
      socket.on('data', () => {
        if (++requests === 1) socket.write(ok);
        else if (count === 1) socket.resetAndDestroy();
      });
    });
    const delivery = deliveryTo(`http://127.0.0.1:${port}`, {}, { connections: 1 });
    expect(await delivery.deliver(batch, noAbort)).toMatchObject({ kind: 'accepted' });
    expect(await delivery.deliver(batch, noAbort)).toMatchObject({ kind: 'accepted' });
    expect(connections()).toBe(2);
  });

  test('is not believed a third time', async () => {
    const { port, connections } = await startSocketServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const outcome = await deliveryTo(`http://127.0.0.1:${port}`).deliver(batch, noAbort);
    expect(outcome.kind).toBe('failed');
    expect(connections()).toBe(2);
  });
});

test.each([
  ['json', 'application/json'],
  ['protobuf', 'application/x-protobuf'],
] as const)('what was written is sent as it stands, and called what it is (%s)', async (encoding, type) => {
  const server = await startServer((_, response) => sendJson(response, 200, {}));
  const attributes = [{ key: 'n', value: { intValue: '9223372036854775807' } }];
  const span = {
    ...{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), name: 'é😀\u0001', kind: 1, attributes },
    ...{ startTimeUnixNano: '1', endTimeUnixNano: '2' },
  };
  const vendors = otlpBatch({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }, encoding);
  await deliveryTo(server.url).deliver(vendors, noAbort);
  expect(server.received[0]?.body).toEqual(bodyOf(vendors));
  expect(server.received[0]?.headers['content-type']).toBe(type);
});
