import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonEncoder } from '../../../src/trace/encode/json-encoder.ts';
import { ProtobufEncoder } from '../../../src/trace/encode/protobuf-encoder.ts';
import type { AttributeSink, SpanEncoder } from '../../../src/trace/encode/span-encoder.ts';
import { makeSpans } from '../../../src/trace/spans.ts';
import type { Placed, SpanNode } from '../../../src/trace/tree.ts';
import { decodeOtlp, decodeProtobuf } from '../../fuzz/otlp-decoder.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const FLAGS = 0x101;

type Value = string | boolean | number | string[];
/** Attributes as what was said of them: a whole number is an integer here, and a double where it says so. */
type Given = readonly (readonly [key: string, value: Value])[];

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ minLength: 35, maxLength: 300, unit: 'binary' }).map((odd) => odd.toWellFormed()),
  fc.constantFrom('', '"', '\\', '\u0000', '\u007f', '\u2028', '\u{1f600}', 'a"b\\c\nd', 'x'.repeat(200)),
);
const given: fc.Arbitrary<Given> = fc.uniqueArray(
  fc.tuple(
    // An object, through which the SDK's go, puts keys that are numbers first.
    text.map((key) => `k.${key}`),
    fc.oneof(
      text,
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
      fc.array(text, { maxLength: 4 }),
    ),
  ),
  { selector: ([key]) => key, maxLength: 12 },
);
const hex = (digits: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => !/^0+$/.test(id));
const nanos = fc.bigInt({ min: 1n, max: 9_000_000_000_000_000_000n });

interface Spoken {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly shared: Given;
  readonly attributes: Given;
  readonly events: readonly { name: string; time: bigint; attributes: Given }[];
  readonly links: readonly { traceId: string; spanId: string; flags: number }[];
  readonly error: boolean;
}

const spoken: fc.Arbitrary<Spoken> = fc
  .record({
    id: hex(16),
    parentId: fc.option(hex(16), { nil: undefined }),
    name: text.filter((name) => name !== ''),
    kind: fc.constantFrom(1, 3),
    start: nanos,
    length: fc.bigInt({ min: 1n, max: 10_000_000_000_000n }),
    given,
    common: fc.nat(3),
    events: fc.array(
      fc.record({ name: text.filter((name) => name !== ''), time: nanos, attributes: given }),
      {
        maxLength: 3,
      },
    ),
    links: fc.array(fc.record({ traceId: hex(32), spanId: hex(16), flags: fc.constant(0x301) }), {
      maxLength: 2,
    }),
    error: fc.boolean(),
  })
  .map(({ length, given, common, ...rest }) => ({
    ...rest,
    end: rest.start + length,
    shared: given.slice(0, common),
    attributes: given.slice(common),
  }));

function put(sink: AttributeSink, attributes: Given): void {
  for (const [key, value] of attributes) {
    if (typeof value === 'string') sink.text(key, value);
    else if (typeof value === 'boolean') sink.flag(key, value);
    else if (Array.isArray(value)) sink.texts(key, value);
    else if (Number.isInteger(value)) sink.integer(key, value);
    else sink.double(key, value);
  }
}

function write(encoder: SpanEncoder, span: Spoken): Buffer {
  const shared = encoder.prepare(() => put(encoder, span.shared));
  encoder.startSpan({ traceId: TRACE, spanId: span.id, ...span });
  encoder.copy(shared);
  put(encoder, span.attributes);
  for (const event of span.events) {
    encoder.startEvent(event.name, event.time);
    put(encoder, event.attributes);
    encoder.endEvent();
  }
  for (const link of span.links) {
    encoder.startLink(link);
    encoder.endLink();
  }
  encoder.endSpan({ flags: FLAGS, status: span.error ? 2 : 0 });
  return encoder.take();
}

/** The same span by way of the SDK. */
function official(span: Spoken) {
  const node: SpanNode = {
    ...{ name: span.name, kind: span.kind, start: span.start, end: span.end, children: [] },
    attributes: [...span.shared, ...span.attributes].map(otlp),
    events: span.events.map((event) => ({ ...event, attributes: event.attributes.map(otlp) })),
    links: span.links.map((link) => ({ ...link, flags: link.flags & 0xff })),
    ...(span.error ? { error: {} } : {}),
  };
  const placed: Placed = {
    node,
    id: span.id,
    ...(span.parentId === undefined ? {} : { parentId: span.parentId }),
  };
  return makeSpans([placed], TRACE, {});
}

function otlp([key, value]: Given[number]) {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  if (typeof value === 'boolean') return { key, value: { boolValue: value } };
  if (Array.isArray(value))
    return { key, value: { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } } };
  return { key, value: Number.isInteger(value) ? { intValue: value } : { doubleValue: value } };
}

function requestOf(span: string): unknown {
  return JSON.parse(
    `{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"callspan","version":"1"},"spans":[${span}]}]}]}`,
  );
}

/** What a decoder makes of a request, without what says nothing: zeros and empty lists. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => !(DEFAULTS.has(key) && isNothing(member)))
      .map(([key, member]) => [key, bare(member)]),
  );
}

const DEFAULTS = new Set([
  ...['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount', 'attributes', 'events', 'links'],
  ...['status', 'code', 'message', 'resource', 'kind', 'traceState'],
]);

function isNothing(value: unknown): boolean {
  if (value === 0 || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((member) => isNothing(member))
  );
}

describe('a span that is written straight into bytes', () => {
  it('is in JSON what the official serializer says of it', () => {
    const encoder = new JsonEncoder();
    fc.assert(
      fc.property(spoken, (span) => {
        const ours = requestOf(write(encoder, span).toString());
        const theirs = JSON.parse(
          Buffer.from(JsonTraceSerializer.serializeRequest(official(span)) ?? []).toString(),
        );
        expect(bare(decodeOtlp(ours))).toEqual(bare(decodeOtlp(theirs)));
      }),
      { numRuns: 300 },
    );
  });

  it('is in protobuf what the official serializer says of it', () => {
    const encoder = new ProtobufEncoder();
    fc.assert(
      fc.property(spoken, (span) => {
        const bytes = write(encoder, span);
        const theirs = ProtobufTraceSerializer.serializeRequest(official(span)) ?? new Uint8Array();
        expect(bare(decodeProtobuf(wrap(bytes)))).toEqual(bare(decodeProtobuf(theirs)));
      }),
      { numRuns: 300 },
    );
  });

  it('has lone surrogates as JSON.stringify has them, and as U+FFFD in protobuf', () => {
    const span = { ...plain(), attributes: [['k', 'a\ud800b']] } as Spoken;
    expect(write(new JsonEncoder(), span).toString()).toContain('"a\\ud800b"');
    expect(JSON.stringify(decodeProtobuf(wrap(write(new ProtobufEncoder(), span))))).toContain('a\ufffdb');
  });

  it('keeps a whole double a double, and zero without a sign', () => {
    const encoder = new JsonEncoder();
    encoder.startSpan({ traceId: TRACE, spanId: '00f067aa0ba902b7', ...plain() });
    encoder.double('seconds', 5);
    encoder.double('zero', -0);
    encoder.endSpan({ flags: FLAGS });
    const written = encoder.take().toString();
    expect(written).toContain('"key":"seconds","value":{"doubleValue":5}');
    expect(written).toContain('"key":"zero","value":{"doubleValue":0}');
  });

  it('carries a field that OTLP does not have in JSON', () => {
    const encoder = new JsonEncoder();
    encoder.startSpan({ traceId: TRACE, spanId: '00f067aa0ba902b7', ...plain() });
    encoder.text('k', 'v');
    encoder.extra('vendorField', { deep: ['ü'] });
    encoder.endSpan({ flags: FLAGS });
    expect(JSON.parse(encoder.take().toString())).toMatchObject({ vendorField: { deep: ['ü'] } });
  });

  it('of any length is written into one growing memory', () => {
    const long = 'y'.repeat(3_000_000);
    const span = { ...plain(), attributes: [['k', long]] } as Spoken;
    expect(write(new JsonEncoder(), span).length).toBeGreaterThan(3_000_000);
    expect(write(new ProtobufEncoder(), span).length).toBeGreaterThan(3_000_000);
  });
});

function plain(): Spoken {
  return {
    ...{ id: '00f067aa0ba902b7', parentId: undefined, name: 'span', kind: 1, start: 1n, end: 2n },
    ...{ shared: [], attributes: [], events: [], links: [], error: false },
  };
}

/** A request around one span: resource and scope as the SDK has them. */
function wrap(span: Buffer): Buffer {
  const scope = field(1, Buffer.concat([field(1, Buffer.from('callspan')), field(2, Buffer.from('1'))]));
  return field(1, field(2, Buffer.concat([scope, span])));
}

function field(number: number, content: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest % 128) + 128);
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
}
