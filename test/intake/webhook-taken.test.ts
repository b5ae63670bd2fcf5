import fc from 'fast-check';
import { expect, test } from 'vitest';
import { post, WebhookSender } from '../../sandbox/index.ts';
import { signed, webhookIntake } from './webhook-world.ts';

const SECRET = 'wsec_of_this_test_only';

/** What a vendor may send one day, and what never was JSON. */
const bodies = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record({
      type: fc.oneof(
        fc.constantFrom('post_call_transcription', 'post_call_audio'),
        fc.string(),
        fc.anything(),
      ),
      event_timestamp: fc.oneof(fc.double(), fc.string(), fc.bigInt().map(String), fc.constant(null)),
      data: fc.oneof(
        fc.record({ conversation_id: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()) }),
        fc.anything(),
      ),
    })
    .map((event) =>
      Buffer.from(JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? 0 : value))),
    ),
  fc
    .integer({ min: 1, max: 200_000 })
    .map((depth) =>
      Buffer.from(`{"type":"post_call_transcription","data":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    ),
  fc
    .constantFrom(
      '{"type":"a","type":"post_call_transcription","data":{"conversation_id":"a","conversation_id":"b"}}',
      '{"type":"post_call_transcription","data":{"__proto__":{"conversation_id":"a"}}}',
      '\u{feff}{}',
      '',
      '[]',
      'null',
      '"post_call_transcription"',
      `{"type":"post_call_transcription","data":{"conversation_id":"${'x'.repeat(100_000)}"}}`,
      `{"type":"post_call_transcription","data":{"conversation_id":"\\u0000\\u001b[2J"}}`,
    )
    .map((text) => Buffer.from(text)),
);

test('whatever is signed is answered with 200 while the inbox can be written', async () => {
  const { url, troubles } = await webhookIntake();
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      expect(await post(url, body, { headers: signed(body) })).toEqual({ status: 200 });
    }),
    { numRuns: 150 },
  );
  expect(troubles.filter((trouble) => trouble !== undefined)).toEqual([]);
});

test('a webhook that has never succeeded is not switched off by kinds of events that nobody has described', async () => {
  const { url } = await webhookIntake();
  const sender = new WebhookSender({ url, secret: SECRET });
  const strange = [null, 0, '', [], {}, { type: null }, { type: 'x', data: [] }, { type: {}, data: 'x' }];
  for (let round = 0; round < 2; round++) {
    for (const event of strange)
      await sender.send({ event_timestamp: 'soon', type: 'strange', data: event as never });
  }
  expect(sender.deliveries).toHaveLength(16);
  expect(sender.deliveries.filter(({ taken }) => !taken)).toEqual([]);
  expect(sender.disabled).toBe(false);
});
