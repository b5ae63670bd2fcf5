import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBuffer } from '../../../src/trace/encode/byte-buffer.ts';
import { encodeSdkSpans } from '../../../src/trace/encode/sdk-spans.ts';
import type { Encoding, SpanEncoder } from '../../../src/trace/encode/span-encoder.ts';
import { TraceWriter } from '../../../src/trace/encode/trace-writer.ts';
import { decodeOtlp, decodeProtobuf } from '../../fuzz/otlp-decoder.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ minLength: 35, maxLength: 300, unit: 'binary' }).map((odd) => odd.toWellFormed()),
  fc.constantFrom('', '"', '\\', '\u0000', '\u007f', '\u2028', '\u{1f600}', 'a"b\\c\nd', 'x'.repeat(200)),
);
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((odd) => !Number.isInteger(odd)),
  // Times: the texts of those are put together.
  fc.nat(2_000_000_000_000).map((nanos) => nanos / 1e9 + 1e-9),
);
const value = fc.oneof(text, fc.boolean(), number, fc.array(text, { maxLength: 4 }), fc.array(number));
const attributes = fc.dictionary(
  text.map((key) => `k.${key}`),
  value,
  { maxKeys: 12 },
);
const hex = (digits: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => !/^0+$/.test(id));
const time = fc.tuple(fc.nat(9_000_000_000), fc.nat(999_999_999));
const context = fc.record({
  traceId: fc.constantFrom('0af7651916cd43dd8448eb211c80319c', 'f'.repeat(32)),
  spanId: hex(16),
  traceFlags: fc.constantFrom(0, 1),
});
const RESOURCES = [{}, { 'service.name': 'one', n: 1, list: ['a'] }].map((own) =>
  resourceFromAttributes(own),
);
const SCOPES = [
  { name: 'callspan', version: '2' },
  { name: 'other "scope"', schemaUrl: 'https://example.com/1' },
];

/** Spans as the SDK hands them over. */
const span = fc
  .record({
    context,
    parentSpanContext: fc.option(
      context.chain((parent) => fc.boolean().map((isRemote) => ({ ...parent, isRemote }))),
      { nil: undefined },
    ),
    name: text,
    kind: fc.integer({ min: 0, max: 4 }),
    startTime: time,
    endTime: time,
    attributes,
    events: fc.array(fc.record({ name: text, time, attributes, droppedAttributesCount: fc.nat(2) }), {
      maxLength: 3,
    }),
    links: fc.array(fc.record({ context, attributes }), { maxLength: 2 }),
    status: fc.oneof(
      fc.constantFrom({ code: 0 }, { code: 1 }, { code: 2 }),
      text.map((message) => ({ code: 2, message })),
    ),
    resource: fc.constantFrom(...RESOURCES),
    instrumentationScope: fc.constantFrom(...SCOPES),
    droppedAttributesCount: fc.nat(3),
    droppedEventsCount: fc.nat(3),
    droppedLinksCount: fc.nat(3),
  })
  .map(({ context, ...rest }) => ({ ...rest, spanContext: () => context }) as unknown as ReadableSpan);
// As many however small a run has its examples: some mistakes need three.
const spans = fc.array(span, { maxLength: 6, size: 'max' });

/** What a decoder makes of a request, without what says nothing: zeros, empty texts and empty lists. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, bare(member)] as const);
  return Object.fromEntries(members.filter(([key, member]) => !(DEFAULTS.has(key) && isNothing(member))));
}

const DEFAULTS = new Set([
  ...['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount', 'attributes', 'events', 'links'],
  ...[
    'status',
    'code',
    'message',
    'resource',
    'kind',
    'traceState',
    'name',
    'startTimeUnixNano',
    'endTimeUnixNano',
  ],
  'timeUnixNano',
]);

function isNothing(value: unknown): boolean {
  if (value === 0 || value === '' || value === '0') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function decoded(body: Buffer, encoding: Encoding): unknown {
  return bare(encoding === 'json' ? decodeOtlp(JSON.parse(body.toString())) : decodeProtobuf(body));
}

function officially(given: ReadableSpan[], encoding: Encoding): unknown {
  const serializer = encoding === 'json' ? JsonTraceSerializer : ProtobufTraceSerializer;
  return decoded(Buffer.from(serializer.serializeRequest(given) ?? []), encoding);
}

describe.each<Encoding>(['json', 'protobuf'])(
  'spans that are written straight into bytes (%s)',
  (encoding) => {
    it('are what the official serializer says of them', () => {
      fc.assert(
        fc.property(spans, (given) => {
          expect(decoded(encodeSdkSpans(given, encoding).body, encoding)).toEqual(
            officially(given, encoding),
          );
        }),
        { numRuns: 300 },
      );
    });

    it('can be chosen from, without being written anew', () => {
      fc.assert(
        fc.property(spans, fc.func(fc.boolean()), (given, wanted) => {
          const chosen = encodeSdkSpans(given, encoding).select((_, index) => wanted(index));
          const anew = given.filter((_, index) => wanted(index));
          expect(decoded(chosen.body, encoding)).toEqual(officially(anew, encoding));
          // And once more, from what was chosen.
          expect(chosen.select(() => true).body).toEqual(chosen.body);
        }),
      );
    });

    it('can be moved into another trace under other ids, and say all else as before', () => {
      const other = 'ab'.repeat(16);
      const idOf = (id: string) => id.split('').reverse().join('');
      fc.assert(
        fc.property(spans, (given) => {
          const moved = given.map((span): ReadableSpan => {
            const { spanId, ...context } = span.spanContext();
            const parent = span.parentSpanContext;
            return Object.create(span, {
              spanContext: { value: () => ({ ...context, traceId: other, spanId: idOf(spanId) }) },
              parentSpanContext: { value: parent && { ...parent, spanId: idOf(parent.spanId) } },
            });
          });
          const encoded = encodeSdkSpans(given, encoding);
          const before = Buffer.from(encoded.body);
          expect(encoded.retrace(other, idOf).body).toEqual(encodeSdkSpans(moved, encoding).body);
          expect(encoded.body).toEqual(before);
        }),
      );
    });

    it('know where each of them stands', () => {
      fc.assert(
        fc.property(spans, (given) => {
          const encoded = encodeSdkSpans(given, encoding);
          for (const { spanId, from, to } of encoded.spans) {
            const id = encoding === 'json' ? Buffer.from(spanId) : Buffer.from(spanId, 'hex');
            expect(encoded.body.subarray(from, to).includes(id)).toBe(true);
          }
        }),
      );
    });

    it('are written into one growing memory, whatever their length', () => {
      const [short, long] = [500, 9_000_000].map((length) =>
        one(encoding, (to) => to.put('k', 'y'.repeat(length))),
      );
      expect(long?.length).toBeGreaterThan(9_000_000);
      expect(one(encoding, (to) => to.put('k', 'y'.repeat(500)))).toEqual(short);
    });

    it('keep a double of seconds a double, and an int an int64', () => {
      const body = one(encoding, (to) => {
        to.put('callspan.phase.seconds', 5);
        to.put('callspan.turns', 5);
        to.put('zero', -0);
        to.putValue('text', { intValue: '-9223372036854775808' });
      });
      expect(JSON.stringify(decoded(body, encoding))).toContain(
        JSON.stringify([
          { key: 'callspan.phase.seconds', value: { doubleValue: 5 } },
          { key: 'callspan.turns', value: { intValue: '5' } },
          { key: 'zero', value: { intValue: '0' } },
          { key: 'text', value: { intValue: '-9223372036854775808' } },
        ]),
      );
    });

    it('have whole numbers beyond an int64 as the largest that fit', () => {
      const body = one(encoding, (to) => {
        to.put('large', 1e30);
        to.put('small', -1e30);
      });
      const said = encoding === 'json' ? body.toString() : JSON.stringify(decoded(body, encoding));
      const largest = encoding === 'json' ? '9223372036854775000' : '"9223372036854774784"';
      expect(said).toContain(`"intValue":${largest}`);
      expect(said).toContain(`"intValue":${largest.replace(/(?=9)/, '-')}`);
    });

    it('have what they share copied as it would be written', () => {
      const shared = (to: Parameters<Parameters<SpanEncoder['putBlock']>[0]>[0]) => {
        to.put('a', 'ä');
        to.put('b', 1);
      };
      const nothing = () => {};
      const alone = one(encoding, (to) => {
        shared(to);
        to.put('c', true);
        shared(to);
      });
      const copied = one(encoding, (to) => {
        to.putBlock(nothing);
        to.putBlock(shared);
        to.put('c', true);
        to.putBlock(shared);
      });
      expect(copied).toEqual(alone);
    });
  },
);

describe('JSON', () => {
  it('carries fields that OTLP does not have, which protobuf leaves out', () => {
    const [json, protobuf] = (['json', 'protobuf'] as const).map((encoding) =>
      one(encoding, (to) => to.put('k', 'v'), { vendorField: { deep: ['ü'] } }),
    );
    expect(json?.toString()).toContain('"vendorField":{"deep":["ü"]}');
    expect(decoded(protobuf ?? Buffer.alloc(0), 'protobuf')).toEqual(
      decoded(
        one('protobuf', (to) => to.put('k', 'v')),
        'protobuf',
      ),
    );
  });

  it('has lone surrogates as JSON.stringify has them; in protobuf they are U+FFFD', () => {
    expect(one('json', (to) => to.put('k', 'a\ud800b')).toString()).toContain('"a\\ud800b"');
    const protobuf = decoded(
      one('protobuf', (to) => to.put('k', 'a\ud800b')),
      'protobuf',
    );
    expect(JSON.stringify(protobuf)).toContain('a\ufffdb');
  });

  it('has numbers and moments as the engine writes them', () => {
    const bytes = new ByteBuffer();
    fc.assert(
      fc.property(
        fc.oneof(
          number,
          fc.double({ noNaN: true }).map((any) => any / 1e3),
        ),
        (any) => {
          bytes.clear();
          bytes.number(any);
          expect(bytes.written.toString()).toBe(String(any));
        },
      ),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nanos) => {
        bytes.clear();
        bytes.decimal(nanos);
        expect(bytes.written.toString()).toBe(String(nanos));
      }),
      { numRuns: 2_000, examples: [[0n], [999_999_999n], [1_000_000_000n], [10n ** 18n], [10n ** 19n]] },
    );
  });
});

/** A request of one span with what `content` puts into it. */
function one(
  encoding: Encoding,
  content: (to: SpanEncoder) => void,
  others?: Record<string, unknown>,
): Buffer {
  const writer = new TraceWriter(encoding);
  const head = {
    ...{ traceId: 'f'.repeat(32), id: 'e'.repeat(16), parentId: undefined, name: 'span', kind: 1 },
    ...{ start: 1n, end: 2n },
  };
  writer.startSpan(head);
  content(writer.encoder);
  const scope = {
    resource: writer.encoder.resource({ attributes: [] }),
    scope: writer.encoder.scope({ name: 'callspan', attributes: [] }),
  };
  writer.endSpan(head, { status: 0, others }, scope);
  return writer.finish().body;
}
