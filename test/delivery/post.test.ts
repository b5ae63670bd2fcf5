import { describe, expect, test } from 'vitest';
import { otlpBatch } from '../../src/trace/span-batch.ts';
import { sendJson, startServer, startSocketServer } from '../http/test-server.ts';
import { cargoOf, conversation } from './test-batch.ts';
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

test('what a vendor sent is not changed: unknown fields, int64 as text, order', async () => {
  const server = await startServer((_, response) => sendJson(response, 200, {}));
  const text =
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"z":1,"traceId":"ab","attributes":[{"key":"n","value":' +
    '{"intValue":"9223372036854775807"}},{"key":"n","value":{"doubleValue":3}}],"name":"é😀\\u0001","vendor":null}]}],' +
    '"vendorField":{"b":1,"a":2}}]}';
  await deliveryTo(server.url).deliver(otlpBatch(JSON.parse(text)), noAbort);
  expect(server.received[0]?.body.toString()).toBe(text);
});
