import { expect, test } from 'vitest';
import type { Encoding } from '../../src/trace/encode/span-encoder.ts';
import type { SpanBatch } from '../../src/trace/span-batch.ts';
import { decodeOtlp, decodeProtobuf } from '../fuzz/otlp-decoder.ts';
import { type Answer, startServer } from '../http/test-server.ts';
import { bodyOf, cargoOf, conversation } from './test-batch.ts';
import { deliveryTo, noAbort } from './test-delivery.ts';

const KINDS = ['otlp', 'spans'] as const;
const plans = conversation(3);

/** What a collector that speaks protobuf answers with. */
function answering(status: number, body: Buffer): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-protobuf', 'content-length': body.length });
    response.end(body);
  };
}

function cargo(kind: SpanBatch['kind'], encoding: Encoding): SpanBatch {
  return cargoOf(kind, plans, undefined, encoding);
}

test.each(KINDS)('a collector that wants protobuf gets what it would get in JSON (%s)', async (kind) => {
  const server = await startServer(answering(200, Buffer.alloc(0)));
  const delivery = deliveryTo(server.url, { encoding: 'protobuf' });
  expect(await delivery.deliver(cargo(kind, 'protobuf'), noAbort)).toEqual({
    kind: 'accepted',
    rejectedSpans: 0,
  });
  const [request] = server.received;
  expect(request?.headers['content-type']).toBe('application/x-protobuf');
  const json: unknown = JSON.parse(bodyOf(cargo(kind, 'json')).toString());
  expect(decodeProtobuf(request?.body ?? Buffer.alloc(0))).toEqual(decodeOtlp(json));
});

test.each(KINDS)('its answers are read: what it took in part, and why it refused (%s)', async (kind) => {
  const batch = cargo(kind, 'protobuf');
  // ExportTraceServiceResponse { partial_success { rejected_spans: 2, error_message: "full" } }
  const partial = Buffer.from([0x0a, 8, 0x08, 2, 0x12, 4, ...Buffer.from('full')]);
  const taken = await startServer(answering(200, partial));
  expect(await deliveryTo(taken.url, { encoding: 'protobuf' }).deliver(batch, noAbort)).toMatchObject({
    kind: 'accepted',
    rejectedSpans: 2,
    message: 'full',
  });
  // google.rpc.Status { code: INVALID_ARGUMENT, message: "bad" }
  const status = Buffer.from([0x08, 3, 0x12, 3, ...Buffer.from('bad')]);
  const refused = await startServer(answering(400, status));
  expect(await deliveryTo(refused.url, { encoding: 'protobuf' }).deliver(batch, noAbort)).toMatchObject({
    kind: 'failed',
    blame: 'conversation',
    reason: 'bad',
  });
});

test.each(KINDS)('too large a conversation is split in protobuf too (%s)', async (kind) => {
  const server = await startServer(answering(200, Buffer.alloc(0)));
  const options = { maxBytes: 1_000 };
  await deliveryTo(server.url, { encoding: 'protobuf' }, options).deliver(cargo(kind, 'protobuf'), noAbort);
  expect(server.received.length).toBeGreaterThan(1);
  for (const { body } of server.received) {
    expect(body.length).toBeLessThanOrEqual(1_000);
    expect(() => decodeProtobuf(body)).not.toThrow();
  }
});
