import type { AttributeValue, Nanos } from '../../conversation.ts';
import type { OtlpValue } from '../otlp.ts';
import { encodeValue, saturated } from '../otlp-value.ts';
import { isDouble } from '../semconv.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { KeyTable } from './key-table.ts';
import { ANY_VALUE, BYTES, KEY_VALUE, ProtobufWriter } from './protobuf-writer.ts';
import type {
  AttributeBlock,
  Envelope,
  Holder,
  LinkHead,
  SpanEncoder,
  SpanFoot,
  SpanHead,
} from './span-encoder.ts';

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
/** Both in their message: `ResourceSpans` and `ScopeSpans`. */
const HOLDER = 1;
const SCHEMA_URL = 3;
const RESOURCE = { ATTRIBUTES: 1, DROPPED: 2 } as const;
const SCOPE = { NAME: 1, VERSION: 2, ATTRIBUTES: 3, DROPPED: 4 } as const;

/** The key's field and the tag of the value's: what stands before the value's length. */
interface Key {
  readonly fields: Buffer;
  readonly isDouble: boolean;
}

/** OTLP in protobuf. Spans are fields of their `ScopeSpans`, tag and length included, and follow each other. */
export class ProtobufEncoder extends ProtobufWriter implements SpanEncoder {
  readonly encoding = 'protobuf';
  readonly #keys = new KeyTable(makeKey);
  readonly #blocks = new Map<AttributeBlock, Buffer>();
  /** The field of attributes in whatever is being written: span, event and link number it differently. */
  #attributes: number = SPAN.ATTRIBUTES;
  /** Where the span began, and the event or link in it. */
  #span = 0;
  #inner = 0;

  get written(): Buffer {
    return this.bytes.written;
  }

  get length(): number {
    return this.bytes.length;
  }

  begin(): void {
    this.bytes.clear();
    this.#blocks.clear();
  }

  startSpan({ traceId, id, parentId, name, kind, start, end }: SpanHead): void {
    this.#span = this.start(SPAN.ITSELF);
    this.id(SPAN.TRACE_ID, traceId);
    this.id(SPAN.SPAN_ID, id);
    if (parentId !== undefined) this.id(SPAN.PARENT_SPAN_ID, parentId);
    this.text(SPAN.NAME, name);
    this.varint(SPAN.KIND, kind);
    this.fixed64(SPAN.START, start);
    this.fixed64(SPAN.END, end);
    this.#attributes = SPAN.ATTRIBUTES;
  }

  put(key: string, value: AttributeValue): void {
    if (typeof value === 'object') {
      this.putValue(key, encodeValue(key, value));
      return;
    }
    const prepared = this.#keys.of(key);
    const attribute = this.start(this.#attributes);
    this.bytes.copy(prepared.fields);
    const any = this.bytes.reserve();
    if (typeof value === 'string') this.text(ANY_VALUE.STRING, value);
    else if (typeof value === 'boolean') this.varint(ANY_VALUE.BOOL, value ? 1 : 0);
    else if (Number.isInteger(value) && !prepared.isDouble) this.anyInt(saturated(value));
    else this.double(ANY_VALUE.DOUBLE, value);
    this.bytes.measured(any);
    this.bytes.measured(attribute);
  }

  putValue(key: string, value: OtlpValue): void {
    const attribute = this.start(this.#attributes);
    this.bytes.copy(this.#keys.of(key).fields);
    const any = this.bytes.reserve();
    this.any(value);
    this.bytes.measured(any);
    this.bytes.measured(attribute);
  }

  putBlock(block: AttributeBlock): void {
    let prepared = this.#blocks.get(block);
    if (prepared === undefined) {
      const from = this.bytes.length;
      block(this);
      prepared = this.bytes.cut(from);
      this.#blocks.set(block, prepared);
    }
    this.bytes.copy(prepared);
  }

  startEvent(name: string, time: Nanos): void {
    this.#inner = this.start(SPAN.EVENTS);
    this.fixed64(EVENT.TIME, time);
    this.text(EVENT.NAME, name);
    this.#attributes = EVENT.ATTRIBUTES;
  }

  endEvent(dropped = 0): void {
    if (dropped > 0) this.varint(EVENT.DROPPED, dropped);
    this.bytes.measured(this.#inner);
  }

  startLink({ traceId, spanId, flags, traceState }: LinkHead): void {
    this.#inner = this.start(SPAN.LINKS);
    this.id(LINK.TRACE_ID, traceId);
    this.id(LINK.SPAN_ID, spanId);
    if (traceState !== undefined) this.text(LINK.TRACE_STATE, traceState);
    if (flags !== undefined) this.fixed32(LINK.FLAGS, flags);
    this.#attributes = LINK.ATTRIBUTES;
  }

  endLink(dropped = 0): void {
    if (dropped > 0) this.varint(LINK.DROPPED, dropped);
    this.bytes.measured(this.#inner);
  }

  endSpan(foot: SpanFoot): void {
    const { status, message, flags, traceState, droppedAttributes, droppedEvents, droppedLinks } = foot;
    if (traceState !== undefined) this.text(SPAN.TRACE_STATE, traceState);
    if (droppedAttributes) this.varint(SPAN.DROPPED_ATTRIBUTES, droppedAttributes);
    if (droppedEvents) this.varint(SPAN.DROPPED_EVENTS, droppedEvents);
    if (droppedLinks) this.varint(SPAN.DROPPED_LINKS, droppedLinks);
    if (status !== 0 || message !== undefined) {
      const start = this.start(SPAN.STATUS);
      if (message !== undefined) this.text(STATUS.MESSAGE, message);
      if (status !== 0) this.varint(STATUS.CODE, status);
      this.bytes.measured(start);
    }
    if (flags !== undefined) this.fixed32(SPAN.FLAGS, flags);
    this.bytes.measured(this.#span);
  }

  resource(resource: Holder): Envelope {
    return this.#envelope(resource, RESOURCE);
  }

  scope(scope: Holder): Envelope {
    return this.#envelope(scope, SCOPE);
  }

  #envelope(holder: Holder, fields: typeof RESOURCE | typeof SCOPE): Envelope {
    const { name, version, attributes, dropped = 0, schemaUrl } = holder;
    const from = this.bytes.length;
    this.nested(HOLDER, () => {
      if (name !== undefined) this.text(SCOPE.NAME, name);
      if (version !== undefined) this.text(SCOPE.VERSION, version);
      for (const attribute of attributes) this.nested(fields.ATTRIBUTES, () => this.keyValue(attribute));
      if (dropped > 0) this.varint(fields.DROPPED, dropped);
    });
    const head = this.bytes.cut(from);
    if (schemaUrl !== undefined) this.text(SCHEMA_URL, schemaUrl);
    return { head, tail: this.bytes.cut(from) };
  }
}

function makeKey(key: string): Key {
  const bytes = new ByteBuffer(64);
  bytes.varint((KEY_VALUE.KEY << 3) | BYTES);
  const start = bytes.reserve();
  bytes.utf8(key);
  bytes.measured(start);
  bytes.varint((KEY_VALUE.VALUE << 3) | BYTES);
  return { fields: bytes.cut(0), isDouble: isDouble(key) };
}
