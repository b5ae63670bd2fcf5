import type { Nanos } from '../../conversation.ts';
import type { OtlpValue } from '../otlp.ts';
import { ByteBuffer } from './byte-buffer.ts';
import type { Envelope, Holder, LinkHead, SpanEncoder, SpanFoot, SpanHead } from './span-encoder.ts';

/** Keys that are remembered as bytes: callspan's own are some eighty, a vendor's may be any. */
const MOST_KEYS = 2_048;
const LONGEST_KEY = 128;

const ATTRIBUTES = Buffer.from(',"attributes":[');
const STRING = Buffer.from('"stringValue":');
const INTEGER = Buffer.from('"intValue":');
const DOUBLE = Buffer.from('"doubleValue":');
const BOOLEAN_TRUE = Buffer.from('"boolValue":true}}');
const BOOLEAN_FALSE = Buffer.from('"boolValue":false}}');
const STRINGS = Buffer.from('"arrayValue":{"values":[');
const END_VALUE = Buffer.from('}}');
const TRACE = Buffer.from('{"traceId":"');
const SPAN = Buffer.from('","spanId":"');
const PARENT = Buffer.from('","parentSpanId":"');
const NAME = Buffer.from('","name":');
const KIND = Buffer.from(',"kind":');
const START = Buffer.from(',"startTimeUnixNano":"');
const END = Buffer.from('","endTimeUnixNano":"');
const TRACE_STATE = Buffer.from(',"traceState":');
const EVENTS = Buffer.from(',"events":[');
const EVENT = Buffer.from('{"timeUnixNano":"');
const LINKS = Buffer.from(',"links":[');
const FLAGS = Buffer.from(',"flags":');
const DROPPED_ATTRIBUTES = Buffer.from(',"droppedAttributesCount":');
const DROPPED_EVENTS = Buffer.from(',"droppedEventsCount":');
const DROPPED_LINKS = Buffer.from(',"droppedLinksCount":');
const STATUS = Buffer.from(',"status":{');
const CODE = Buffer.from('"code":');
const MESSAGE = Buffer.from('"message":');

const COMMA = 0x2c;
const QUOTE = 0x22;
const BRACE = 0x7d;
const BRACKET = 0x5d;

/** OTLP/JSON: hex ids, nanoseconds as decimal texts. Spans follow each other behind commas. */
export class JsonEncoder implements SpanEncoder {
  readonly encoding = 'json';
  readonly #bytes = new ByteBuffer();
  readonly #keys = new Map<string, Uint8Array>();
  /** Of the span, event or link that is being written: no attribute has come yet. */
  #isFirst = true;
  /** The list of the span that is open besides attributes. */
  #list: 'events' | 'links' | undefined;

  get length(): number {
    return this.#bytes.length;
  }

  take(): Buffer {
    const taken = this.#bytes.slice();
    this.#bytes.clear();
    return taken;
  }

  startSpan({ traceId, spanId, parentId, name, kind, start, end, traceState }: SpanHead): void {
    const bytes = this.#bytes;
    bytes.bytes(TRACE);
    bytes.ascii(traceId);
    bytes.bytes(SPAN);
    bytes.ascii(spanId);
    if (parentId !== undefined) {
      bytes.bytes(PARENT);
      bytes.ascii(parentId);
    }
    bytes.bytes(NAME);
    bytes.jsonText(name);
    this.#number(KIND, kind);
    bytes.bytes(START);
    bytes.ascii(String(start));
    bytes.bytes(END);
    bytes.ascii(String(end));
    bytes.byte(QUOTE);
    if (traceState !== undefined) {
      bytes.bytes(TRACE_STATE);
      bytes.jsonText(traceState);
    }
    this.#isFirst = true;
    this.#list = undefined;
  }

  startEvent(name: string, time: Nanos): void {
    this.#nextOf('events', EVENTS);
    const bytes = this.#bytes;
    bytes.bytes(EVENT);
    bytes.ascii(String(time));
    bytes.bytes(NAME);
    bytes.jsonText(name);
    this.#isFirst = true;
  }

  endEvent(dropped = 0): void {
    this.#endAttributes();
    if (dropped > 0) this.#number(DROPPED_ATTRIBUTES, dropped);
    this.#bytes.byte(BRACE);
  }

  startLink({ traceId, spanId, flags, traceState }: LinkHead): void {
    this.#nextOf('links', LINKS);
    const bytes = this.#bytes;
    bytes.bytes(TRACE);
    bytes.ascii(traceId);
    bytes.bytes(SPAN);
    bytes.ascii(spanId);
    bytes.byte(QUOTE);
    if (flags !== undefined) this.#number(FLAGS, flags);
    if (traceState !== undefined) {
      bytes.bytes(TRACE_STATE);
      bytes.jsonText(traceState);
    }
    this.#isFirst = true;
  }

  endLink(dropped = 0): void {
    this.endEvent(dropped);
  }

  endSpan({ flags, droppedAttributes, droppedEvents, droppedLinks, status, statusMessage }: SpanFoot): void {
    const bytes = this.#bytes;
    this.#endList();
    this.#number(FLAGS, flags);
    if (droppedAttributes) this.#number(DROPPED_ATTRIBUTES, droppedAttributes);
    if (droppedEvents) this.#number(DROPPED_EVENTS, droppedEvents);
    if (droppedLinks) this.#number(DROPPED_LINKS, droppedLinks);
    if (status || statusMessage !== undefined) {
      bytes.bytes(STATUS);
      if (status) {
        bytes.bytes(CODE);
        bytes.ascii(String(status));
      }
      if (statusMessage !== undefined) {
        if (status) bytes.byte(COMMA);
        bytes.bytes(MESSAGE);
        bytes.jsonText(statusMessage);
      }
      bytes.byte(BRACE);
    }
    bytes.byte(BRACE);
  }

  /** Only before the first attribute, or behind the last: of whatever was started. */
  extra(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (text === undefined) return;
    this.#endAttributes();
    this.#bytes.byte(COMMA);
    this.#bytes.jsonText(name);
    this.#bytes.byte(0x3a);
    this.#bytes.utf8(text);
  }

  prepare(write: () => void): Uint8Array {
    const from = this.#bytes.length;
    const wasFirst = this.#isFirst;
    // As if some had come: what is prepared begins with a comma, and may stand anywhere.
    this.#isFirst = false;
    write();
    this.#isFirst = wasFirst;
    const prepared = this.#bytes.slice(from);
    this.#bytes.truncate(from);
    return prepared;
  }

  copy(prepared: Uint8Array): void {
    if (prepared.length === 0) return;
    if (this.#isFirst) {
      this.#bytes.bytes(ATTRIBUTES);
      this.#isFirst = false;
      this.#bytes.bytes(prepared.subarray(1));
    } else this.#bytes.bytes(prepared);
  }

  text(key: string, value: string): void {
    this.#key(key);
    this.#bytes.bytes(STRING);
    this.#bytes.jsonText(value);
    this.#bytes.bytes(END_VALUE);
  }

  integer(key: string, value: number): void {
    this.#key(key);
    this.#bytes.bytes(INTEGER);
    this.#bytes.ascii(numeral(value));
    this.#bytes.bytes(END_VALUE);
  }

  double(key: string, value: number): void {
    this.#key(key);
    this.#bytes.bytes(DOUBLE);
    this.#bytes.ascii(numeral(value));
    this.#bytes.bytes(END_VALUE);
  }

  flag(key: string, value: boolean): void {
    this.#key(key);
    this.#bytes.bytes(value ? BOOLEAN_TRUE : BOOLEAN_FALSE);
  }

  texts(key: string, values: readonly string[]): void {
    this.#key(key);
    this.#bytes.bytes(STRINGS);
    for (const [index, value] of values.entries()) {
      this.#bytes.ascii(index === 0 ? '{' : ',{');
      this.#bytes.bytes(STRING);
      this.#bytes.jsonText(value);
      this.#bytes.byte(BRACE);
    }
    this.#bytes.ascii(']}}}');
  }

  value(key: string, value: OtlpValue): void {
    if (value.stringValue !== undefined) this.text(key, value.stringValue);
    else if (value.boolValue !== undefined) this.flag(key, value.boolValue);
    else {
      this.#key(key);
      const text = JSON.stringify(value);
      // The brace is there already.
      this.#bytes.utf8(text.slice(1));
      this.#bytes.byte(BRACE);
    }
  }

  resource(resource: Holder): Envelope {
    const head = `{"resource":${JSON.stringify(holderFields(resource))},"scopeSpans":[`;
    return { head: Buffer.from(head), tail: tailOf(resource) };
  }

  scope(scope: Holder & { readonly name?: string; readonly version?: string }): Envelope {
    const { name, version } = scope;
    const head = `{"scope":${JSON.stringify({ ...holderFields(scope), name, version })},"spans":[`;
    return { head: Buffer.from(head), tail: tailOf(scope) };
  }

  #number(label: Uint8Array, value: number): void {
    this.#bytes.bytes(label);
    this.#bytes.ascii(String(value));
  }

  #key(key: string): void {
    if (this.#isFirst) {
      this.#bytes.bytes(ATTRIBUTES);
      this.#isFirst = false;
    } else this.#bytes.byte(COMMA);
    let known = this.#keys.get(key);
    if (known === undefined) {
      known = Buffer.from(`{"key":${JSON.stringify(key)},"value":{`);
      if (key.length <= LONGEST_KEY && this.#keys.size < MOST_KEYS) this.#keys.set(key, known);
    }
    this.#bytes.bytes(known);
  }

  #endAttributes(): void {
    if (!this.#isFirst) this.#bytes.byte(BRACKET);
    this.#isFirst = true;
  }

  /** Another event or link: behind the last one, or the first of its list. */
  #nextOf(list: 'events' | 'links', opening: Uint8Array): void {
    if (this.#list === list) {
      this.#bytes.byte(COMMA);
      return;
    }
    this.#endList();
    this.#list = list;
    this.#bytes.bytes(opening);
  }

  #endList(): void {
    this.#endAttributes();
    if (this.#list !== undefined) this.#bytes.byte(BRACKET);
    this.#list = undefined;
  }
}

function holderFields({ attributes, dropped, others }: Holder): Record<string, unknown> {
  return {
    ...others,
    ...(attributes.length === 0 ? {} : { attributes }),
    ...(dropped === 0 ? {} : { droppedAttributesCount: dropped }),
  };
}

function tailOf({ schemaUrl }: Holder): Buffer {
  return Buffer.from(schemaUrl === undefined ? ']}' : `],"schemaUrl":${JSON.stringify(schemaUrl)}}`);
}

/** JSON has no minus zero. */
function numeral(value: number): string {
  return value === 0 ? '0' : String(value);
}
