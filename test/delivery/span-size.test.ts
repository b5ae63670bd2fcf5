import { ROOT_CONTEXT, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestSize, serializedSize } from '../../src/delivery/span-size.ts';
import { bodyOf, conversation, sdkSpans } from './test-batch.ts';

const text = fc.string({ unit: 'binary', maxLength: 60 });
const value = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.array(text, { maxLength: 4 }),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 }),
);
const attributes = fc.dictionary(text, value, { maxKeys: 6 });
const span = fc.record({
  name: text,
  scope: text,
  resource: attributes,
  attributes,
  message: text,
  events: fc.array(fc.record({ name: text, attributes }), { maxLength: 3 }),
  links: fc.array(attributes, { maxLength: 3 }),
});

function built(plan: typeof span extends fc.Arbitrary<infer T> ? T : never): ReadableSpan {
  const tracer = new BasicTracerProvider({ resource: resourceFromAttributes(plan.resource) }).getTracer(
    plan.scope,
  );
  const context = { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: TraceFlags.SAMPLED };
  const made = tracer.startSpan(
    plan.name,
    { attributes: plan.attributes, links: plan.links.map((own) => ({ context, attributes: own })) },
    ROOT_CONTEXT,
  );
  for (const event of plan.events) made.addEvent(event.name, event.attributes);
  made.setStatus({ code: 2, message: plan.message });
  made.end();
  return made as unknown as ReadableSpan;
}

test('the size that is guessed is never less than the true one', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 5 }), (plans) => {
      const spans = plans.map(built);
      const size = serializedSize(spans);
      expect(requestSize(spans, Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(size);
      // A cap between the first guess and the truth, so that the closer one is asked for.
      expect(requestSize(spans, size + 1)).toBeGreaterThanOrEqual(size);
    }),
    { numRuns: 60 },
  );
});

test('where it may be above the cap it is the true one', () => {
  const spans = sdkSpans(conversation(20, 200));
  const exact = bodyOf({ kind: 'spans', spans }).length;
  expect(requestSize(spans, exact)).toBe(exact);
  expect(requestSize(spans, 10_000_000)).toBeGreaterThan(exact);
});

test('where it surely is below the cap it is not serialized, only looked over', () => {
  const spans = sdkSpans(conversation(20, 200));
  const guess = requestSize(spans, 10_000_000);
  const closer = requestSize(spans, guess - 1);
  expect(closer).toBeLessThan(guess);
  expect(closer).toBeGreaterThan(bodyOf({ kind: 'spans', spans }).length);
});

test('several spans are never larger than the sum of each', () => {
  const spans = sdkSpans(conversation(5));
  const sum = spans.reduce((total, one) => total + serializedSize([one]), 0);
  expect(serializedSize(spans)).toBeLessThanOrEqual(sum);
});
