import type { Nanos } from '../../conversation.ts';
import type { OtlpAttribute, OtlpValue } from '../otlp.ts';
import { ByteBuffer } from './byte-buffer.ts';
import type { Envelope, Holder, LinkHead, SpanEncoder, SpanFoot, SpanHead } from './span-encoder.ts';

/** Wire types of protobuf. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Field numbers of opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto. */
const SPAN = {
  ITSELF: 2,
  TRACE_ID: 1,
  SPAN_ID: 2,
  TRACE_STATE: 3,
  PARENT_SPAN_ID: 4,
  NAME: 5,
  KIND: 6,
  START: 7,
  END: 8,
  ATTRIBUTES: 9,
  DROPPED_ATTRIBUTES: 10,
  EVENTS: 11,
  DROPPED_EVENTS: 12,
  LINKS: 13,
  DROPPED_LINKS: 14,
  STATUS: 15,
  FLAGS: 16,
} as const;
const EVENT = { TIME: 1, NAME: 2, ATTRIBUTES: 3, DROPPED: 4 } as const;
const LINK = { TRACE_ID: 1, SPAN_ID: 2, TRACE_STATE: 3, ATTRIBUTES: 4, DROPPED: 5, FLAGS: 6 } as const;
const STATUS = { MESSAGE: 2, CODE: 3 } as const;
const KEY_VALUE = { KEY: 1, VALUE: 2 } as const;
const ANY_VALUE = { STRING: 1, BOOL: 2, INT: 3, DOUBLE: 4, ARRAY: 5, KEY_VALUES: 6, BYTES: 7 } as const;
const REPEATED = 1;
/** Both in their message: `ResourceSpans` and `ScopeSpans`. */
const HOLDER = 1;
const SCHEMA_URL = 3;
const RESOURCE = { ATTRIBUTES: 1, DROPPED: 2 } as const;
const SCOPE = { NAME: 1, VERSION: 2, ATTRIBUTES: 3, DROPPED: 4 } as const;

/** Bytes that a length is expected to take: where it is another number of them, what follows is moved. */
const OF_SPAN = 2;
const OF_ATTRIBUTE = 1;

const MOST_KEYS = 2_048;
const LONGEST_KEY = 128;

/** OTLP in protobuf. Spans are fields of their `ScopeSpans`, tag and length included, and follow each other. */
export class ProtobufEncoder implements SpanEncoder {
  readonly encoding = 'protobuf';
  readonly #bytes = new ByteBuffer();
  readonly #keys = new Map<string, Uint8Array>();
  /** The field of attributes in whatever is being written: span, event and link number it differently. */
  #attributes: number = SPAN.ATTRIBUTES;
  #span = 0;
  #inner = 0;

  get length(): number {
    return this.#bytes.length;
  }

  take(): Buffer {
    const taken = this.#bytes.slice();
    this.#bytes.clear();
    return taken;
  }

  startSpan({ traceId, spanId, parentId, name, kind, start, end, traceState }: SpanHead): void {
    this.#tag(SPAN.ITSELF, BYTES);
    this.#span = this.#bytes.reserve(OF_SPAN);
    this.#id(SPAN.TRACE_ID, traceId);
    this.#id(SPAN.SPAN_ID, spanId);
    if (traceState !== undefined) this.#text(SPAN.TRACE_STATE, traceState);
    if (parentId !== undefined) this.#id(SPAN.PARENT_SPAN_ID, parentId);
    this.#text(SPAN.NAME, name);
    this.#varint(SPAN.KIND, kind);
    this.#fixed64(SPAN.START, start);
    this.#fixed64(SPAN.END, end);
    this.#attributes = SPAN.ATTRIBUTES;
  }

  startEvent(name: string, time: Nanos): void {
    this.#tag(SPAN.EVENTS, BYTES);
    this.#inner = this.#bytes.reserve(OF_SPAN);
    this.#fixed64(EVENT.TIME, time);
    this.#text(EVENT.NAME, name);
    this.#attributes = EVENT.ATTRIBUTES;
  }

  endEvent(dropped = 0): void {
    if (dropped > 0) this.#varint(EVENT.DROPPED, dropped);
    this.#bytes.measured(this.#inner, OF_SPAN);
  }

  startLink({ traceId, spanId, flags, traceState }: LinkHead): void {
    this.#tag(SPAN.LINKS, BYTES);
    this.#inner = this.#bytes.reserve(OF_SPAN);
    this.#id(LINK.TRACE_ID, traceId);
    this.#id(LINK.SPAN_ID, spanId);
    if (traceState !== undefined) this.#text(LINK.TRACE_STATE, traceState);
    if (flags !== undefined) this.#fixed32(LINK.FLAGS, flags);
    this.#attributes = LINK.ATTRIBUTES;
  }

  endLink(dropped = 0): void {
    if (dropped > 0) this.#varint(LINK.DROPPED, dropped);
    this.#bytes.measured(this.#inner, OF_SPAN);
  }

  endSpan({ flags, droppedAttributes, droppedEvents, droppedLinks, status, statusMessage }: SpanFoot): void {
    if (droppedAttributes) this.#varint(SPAN.DROPPED_ATTRIBUTES, droppedAttributes);
    if (droppedEvents) this.#varint(SPAN.DROPPED_EVENTS, droppedEvents);
    if (droppedLinks) this.#varint(SPAN.DROPPED_LINKS, droppedLinks);
    if (status || statusMessage !== undefined) {
      this.#tag(SPAN.STATUS, BYTES);
      const start = this.#bytes.reserve(OF_ATTRIBUTE);
      if (statusMessage !== undefined) this.#text(STATUS.MESSAGE, statusMessage);
      if (status) this.#varint(STATUS.CODE, status);
      this.#bytes.measured(start, OF_ATTRIBUTE);
    }
    this.#fixed32(SPAN.FLAGS, flags);
    this.#bytes.measured(this.#span, OF_SPAN);
  }

  /** Protobuf has no room for a field without a number. */
  extra(): void {}

  prepare(write: () => void): Uint8Array {
    const from = this.#bytes.length;
    const before = this.#attributes;
    this.#attributes = SPAN.ATTRIBUTES;
    write();
    this.#attributes = before;
    const prepared = this.#bytes.slice(from);
    this.#bytes.truncate(from);
    return prepared;
  }

  copy(prepared: Uint8Array): void {
    this.#bytes.bytes(prepared);
  }

  text(key: string, value: string): void {
    const [attribute, any] = this.#startAttribute(key);
    this.#text(ANY_VALUE.STRING, value);
    this.#endAttribute(attribute, any);
  }

  integer(key: string, value: number): void {
    const [attribute, any] = this.#startAttribute(key);
    this.#int(value);
    this.#endAttribute(attribute, any);
  }

  double(key: string, value: number): void {
    const [attribute, any] = this.#startAttribute(key);
    this.#double(value);
    this.#endAttribute(attribute, any);
  }

  flag(key: string, value: boolean): void {
    const [attribute, any] = this.#startAttribute(key);
    this.#varint(ANY_VALUE.BOOL, value ? 1 : 0);
    this.#endAttribute(attribute, any);
  }

  texts(key: string, values: readonly string[]): void {
    this.value(key, { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } });
  }

  value(key: string, value: OtlpValue): void {
    const [attribute, any] = this.#startAttribute(key);
    this.#any(value);
    this.#endAttribute(attribute, any);
  }

  resource(resource: Holder): Envelope {
    return this.#envelope(resource, () => {
      for (const attribute of resource.attributes)
        this.#nested(RESOURCE.ATTRIBUTES, () => this.#keyValue(attribute));
      if (resource.dropped > 0) this.#varint(RESOURCE.DROPPED, resource.dropped);
    });
  }

  scope(scope: Holder & { readonly name?: string; readonly version?: string }): Envelope {
    const { name, version } = scope;
    return this.#envelope(scope, () => {
      if (name !== undefined) this.#text(SCOPE.NAME, name);
      if (version !== undefined) this.#text(SCOPE.VERSION, version);
      for (const attribute of scope.attributes)
        this.#nested(SCOPE.ATTRIBUTES, () => this.#keyValue(attribute));
      if (scope.dropped > 0) this.#varint(SCOPE.DROPPED, scope.dropped);
    });
  }

  #envelope({ schemaUrl }: Holder, write: () => void): Envelope {
    const from = this.#bytes.length;
    this.#nested(HOLDER, write);
    const head = this.#bytes.slice(from);
    this.#bytes.truncate(from);
    if (schemaUrl !== undefined) this.#text(SCHEMA_URL, schemaUrl);
    const tail = this.#bytes.slice(from);
    this.#bytes.truncate(from);
    return { head, tail };
  }

  #startAttribute(key: string): [attribute: number, value: number] {
    this.#tag(this.#attributes, BYTES);
    const attribute = this.#bytes.reserve(OF_ATTRIBUTE);
    let known = this.#keys.get(key);
    if (known === undefined) {
      known = prepareKey(key);
      if (key.length <= LONGEST_KEY && this.#keys.size < MOST_KEYS) this.#keys.set(key, known);
    }
    this.#bytes.bytes(known);
    return [attribute, this.#bytes.reserve(OF_ATTRIBUTE)];
  }

  #endAttribute(attribute: number, value: number): void {
    this.#bytes.measured(value, OF_ATTRIBUTE);
    this.#bytes.measured(attribute, OF_ATTRIBUTE);
  }

  /** What is in an AnyValue. */
  #any(value: OtlpValue): void {
    const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
    if (stringValue !== undefined) this.#text(ANY_VALUE.STRING, stringValue);
    else if (boolValue !== undefined) this.#varint(ANY_VALUE.BOOL, boolValue ? 1 : 0);
    else if (intValue !== undefined) this.#int(intValue);
    else if (doubleValue !== undefined) this.#double(Number(doubleValue));
    else if (bytesValue !== undefined) {
      const bytes = Buffer.from(bytesValue, 'base64');
      this.#tag(ANY_VALUE.BYTES, BYTES);
      this.#bytes.varint(bytes.length);
      this.#bytes.bytes(bytes);
    } else if (arrayValue !== undefined) {
      this.#nested(ANY_VALUE.ARRAY, () => {
        for (const member of arrayValue.values) this.#nested(REPEATED, () => this.#any(member));
      });
    } else if (kvlistValue !== undefined) {
      this.#nested(ANY_VALUE.KEY_VALUES, () => {
        for (const member of kvlistValue.values) this.#nested(REPEATED, () => this.#keyValue(member));
      });
    }
  }

  #keyValue({ key, value }: OtlpAttribute): void {
    this.#text(KEY_VALUE.KEY, key);
    this.#nested(KEY_VALUE.VALUE, () => this.#any(value));
  }

  #nested(field: number, write: () => void): void {
    this.#tag(field, BYTES);
    const start = this.#bytes.reserve(OF_ATTRIBUTE);
    write();
    this.#bytes.measured(start, OF_ATTRIBUTE);
  }

  #int(value: string | number): void {
    this.#tag(ANY_VALUE.INT, VARINT);
    if (typeof value === 'number' && value >= 0) this.#bytes.varint(value);
    else this.#bytes.signedVarint(BigInt(value));
  }

  #double(value: number): void {
    this.#tag(ANY_VALUE.DOUBLE, FIXED64);
    this.#bytes.double(value);
  }

  #tag(field: number, type: number): void {
    this.#bytes.varint((field << 3) | type);
  }

  #id(field: number, digits: string): void {
    this.#tag(field, BYTES);
    this.#bytes.varint(digits.length / 2);
    this.#bytes.hex(digits);
  }

  #text(field: number, text: string): void {
    this.#tag(field, BYTES);
    const start = this.#bytes.reserve(OF_ATTRIBUTE);
    this.#bytes.utf8(text);
    this.#bytes.measured(start, OF_ATTRIBUTE);
  }

  #varint(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#bytes.varint(value);
  }

  #fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#bytes.fixed32(value);
  }

  #fixed64(field: number, value: Nanos): void {
    this.#tag(field, FIXED64);
    this.#bytes.fixed64(value);
  }
}

/** The key's field and the tag of the value's: what stands before the value's length. */
function prepareKey(key: string): Uint8Array {
  const bytes = new ByteBuffer();
  bytes.varint((KEY_VALUE.KEY << 3) | BYTES);
  const start = bytes.reserve(OF_ATTRIBUTE);
  bytes.utf8(key);
  bytes.measured(start, OF_ATTRIBUTE);
  bytes.varint((KEY_VALUE.VALUE << 3) | BYTES);
  return bytes.slice();
}
