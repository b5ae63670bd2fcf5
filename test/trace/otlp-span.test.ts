import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OtlpAttribute } from '../../src/trace/otlp.ts';
import { encodeSpan } from '../../src/trace/otlp-span.ts';
import { encodeAttributes } from '../../src/trace/otlp-value.ts';
import { serializeSpans } from '../../src/trace/span-batch.ts';
import { makeSpans } from '../../src/trace/spans.ts';
import type { Placed, SpanNode } from '../../src/trace/tree.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

const hex = (digits: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => !/^0+$/.test(id));
const attributes: fc.Arbitrary<OtlpAttribute[]> = fc
  .dictionary(
    fc.oneof(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
      // Whole or not, these are doubles.
      fc.constantFrom('callspan.cost.usd', 'turn.silence_seconds', 'elevenlabs.metric.x_ms'),
    ),
    fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(fc.string()),
    ),
  )
  .map(encodeAttributes);
const nanos = fc.bigInt({ min: 1n, max: 9_000_000_000_000_000_000n });
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const placed: fc.Arbitrary<Placed> = fc
  .record({
    name: fc.string({ minLength: 1 }),
    kind: fc.constantFrom(1, 3),
    start: nanos,
    length: fc.bigInt({ min: 1n, max: 10_000_000_000_000n }),
    attributes,
    events: optional(fc.array(fc.record({ name: fc.string({ minLength: 1 }), time: nanos, attributes }))),
    links: optional(fc.array(fc.record({ traceId: hex(32), spanId: hex(16), flags: fc.nat(255) }))),
    error: optional(fc.oneof(fc.constant({}), fc.record({ message: fc.string() }))),
    id: hex(16),
    parentId: optional(hex(16)),
  })
  .map(({ length, events, links, error, id, parentId, ...rest }) => {
    const node: SpanNode = {
      ...{ ...rest, end: rest.start + length, children: [] },
      ...(events === undefined ? {} : { events }),
      ...(links === undefined ? {} : { links }),
      ...(error === undefined ? {} : { error }),
    };
    return { node, id, ...(parentId === undefined ? {} : { parentId }) };
  });

describe('a span that is written without the SDK', () => {
  it('is to the byte what the SDK and its serializer make of it', () => {
    fc.assert(
      fc.property(placed, (span) => {
        const [resource] = serializeSpans(makeSpans([span], TRACE, {})).resourceSpans;
        const [official] = resource?.scopeSpans[0]?.spans ?? [];
        expect(JSON.stringify(encodeSpan(span, TRACE))).toBe(JSON.stringify(official));
      }),
    );
  });
});
