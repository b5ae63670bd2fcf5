import type { AttributeValue, Nanos } from '../../conversation.ts';
import type { OtlpValue } from '../otlp.ts';
import { encodeValue, saturated } from '../otlp-value.ts';
import { isDouble } from '../semconv.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { KeyTable } from './key-table.ts';
import type {
  AttributeBlock,
  Envelope,
  Holder,
  LinkHead,
  SpanEncoder,
  SpanFoot,
  SpanHead,
} from './span-encoder.ts';

const ATTRIBUTES = Buffer.from(',"attributes":');
const TRUE = Buffer.from('"boolValue":true}}');
const FALSE = Buffer.from('"boolValue":false}}');
const SPAN = Buffer.from('","spanId":"');
const PARENT = Buffer.from('","parentSpanId":"');
const NAME = Buffer.from('","name":');
const START = Buffer.from('","startTimeUnixNano":"');
const END = Buffer.from('","endTimeUnixNano":"');
const EVENTS = Buffer.from(',"events":[');
const EVENT = Buffer.from('{"timeUnixNano":"');
const LINKS = Buffer.from(',"links":[');
const TRACE_STATE = Buffer.from(',"traceState":');
const FLAGS = Buffer.from(',"flags":');
const DROPPED_ATTRIBUTES = Buffer.from(',"droppedAttributesCount":');
const DROPPED_EVENTS = Buffer.from(',"droppedEventsCount":');
const DROPPED_LINKS = Buffer.from(',"droppedLinksCount":');
const CODE = Buffer.from(',"status":{"code":');
const MESSAGE = Buffer.from(',"message":');
const END_VALUE = Buffer.from('}}');

const COMMA = 0x2c;
const QUOTE = 0x22;
const COLON = 0x3a;
const BRACE = 0x7d;
const BRACKET = 0x5b;
const END_BRACKET = 0x5d;

/** What stands before the value of a key: with a comma first, which becomes a bracket at the first attribute. */
interface Key {
  readonly text: Buffer;
  readonly int: Buffer;
  /** Of a whole number: of one of the two. */
  readonly whole: Buffer;
  readonly double: Buffer;
  readonly any: Buffer;
}

/** What stands before the id of a span of one name, which mostly is of one kind. */
interface Opening {
  readonly kind: number;
  readonly text: Buffer;
}

/** OTLP/JSON: hex ids, nanoseconds as decimal texts. Behind each span stands a comma. */
export class JsonEncoder implements SpanEncoder {
  readonly encoding = 'json';
  readonly #bytes = new ByteBuffer();
  readonly #keys = new KeyTable(makeKey);
  readonly #blocks = new Map<AttributeBlock, Buffer>();
  #traceId = '';
  /** How spans of that trace begin, by their names. */
  readonly #openings = new Map<string, Opening>();
  /** Of the span, event or link that is being written: an attribute has come. */
  #hasAttributes = false;
  /** The list of the span that is open besides attributes. */
  #list: Buffer | undefined;

  get written(): Buffer {
    return this.#bytes.written;
  }

  get length(): number {
    return this.#bytes.length;
  }

  begin(): void {
    this.#bytes.clear();
    this.#blocks.clear();
    this.#openings.clear();
  }

  startSpan({ traceId, id, parentId, name, kind, start, end }: SpanHead): void {
    const bytes = this.#bytes;
    if (traceId !== this.#traceId) {
      this.#traceId = traceId;
      this.#openings.clear();
    }
    bytes.copy(this.#openingOf(name, kind));
    bytes.ascii(id);
    if (parentId !== undefined) {
      bytes.copy(PARENT);
      bytes.ascii(parentId);
    }
    bytes.copy(START);
    bytes.decimal(start);
    bytes.copy(END);
    bytes.decimal(end);
    bytes.byte(QUOTE);
    this.#hasAttributes = false;
    this.#list = undefined;
  }

  #openingOf(name: string, kind: number): Buffer {
    let opening = this.#openings.get(name);
    if (opening?.kind !== kind) {
      const text = `{"traceId":"${this.#traceId}","name":${JSON.stringify(name)},"kind":${kind},"spanId":"`;
      opening = { kind, text: Buffer.from(text) };
      this.#openings.set(name, opening);
    }
    return opening.text;
  }

  put(key: string, value: AttributeValue): void {
    const prepared = this.#keys.of(key);
    const bytes = this.#bytes;
    if (typeof value === 'string') {
      this.#attribute(prepared.text);
      bytes.jsonText(value);
      bytes.copy(END_VALUE);
    } else if (typeof value === 'number') {
      const fragment = Number.isInteger(value) ? prepared.whole : prepared.double;
      this.#attribute(fragment);
      this.#numeral(fragment === prepared.double ? value : saturated(value));
      bytes.copy(END_VALUE);
    } else if (typeof value === 'boolean') {
      this.#attribute(prepared.any);
      bytes.copy(value ? TRUE : FALSE);
    } else this.putValue(key, encodeValue(key, value));
  }

  putValue(key: string, value: OtlpValue): void {
    const prepared = this.#keys.of(key);
    const { stringValue, intValue, doubleValue } = value;
    if (stringValue !== undefined) {
      this.#attribute(prepared.text);
      this.#bytes.jsonText(stringValue);
    } else if (intValue !== undefined) {
      this.#attribute(prepared.int);
      // One that came as a text stays one: a number would round it.
      if (typeof intValue === 'string') this.#bytes.jsonText(intValue);
      else this.#numeral(intValue);
    } else if (typeof doubleValue === 'number') {
      this.#attribute(prepared.double);
      this.#numeral(doubleValue);
    } else {
      this.#attribute(prepared.any);
      // The brace is there already.
      this.#bytes.utf8(JSON.stringify(value).slice(1, -1));
    }
    this.#bytes.copy(END_VALUE);
  }

  putBlock(block: AttributeBlock): void {
    let prepared = this.#blocks.get(block);
    if (prepared === undefined) {
      const from = this.#bytes.length;
      const hadAttributes = this.#hasAttributes;
      // As if some had come: what is prepared begins with a comma.
      this.#hasAttributes = true;
      block(this);
      prepared = this.#bytes.cut(from);
      this.#hasAttributes = hadAttributes;
      this.#blocks.set(block, prepared);
    }
    if (prepared.length > 0) this.#attribute(prepared);
  }

  startEvent(name: string, time: Nanos): void {
    this.#next(EVENTS);
    const bytes = this.#bytes;
    bytes.copy(EVENT);
    bytes.decimal(time);
    bytes.copy(NAME);
    bytes.jsonText(name);
  }

  endEvent(dropped = 0): void {
    this.#endAttributes();
    if (dropped > 0) this.#number(DROPPED_ATTRIBUTES, dropped);
    this.#bytes.byte(BRACE);
  }

  startLink({ traceId, spanId, flags, traceState }: LinkHead): void {
    this.#next(LINKS);
    this.#bytes.ascii(`{"traceId":"${traceId}`);
    this.#bytes.copy(SPAN);
    this.#bytes.ascii(spanId);
    this.#bytes.byte(QUOTE);
    this.#context(flags, traceState);
  }

  endLink(dropped = 0): void {
    this.endEvent(dropped);
  }

  endSpan(foot: SpanFoot): void {
    this.#endList();
    const { status, message, flags, traceState, droppedAttributes, droppedEvents, droppedLinks, others } =
      foot;
    this.#context(flags, traceState);
    if (droppedAttributes) this.#number(DROPPED_ATTRIBUTES, droppedAttributes);
    if (droppedEvents) this.#number(DROPPED_EVENTS, droppedEvents);
    if (droppedLinks) this.#number(DROPPED_LINKS, droppedLinks);
    if (status !== 0 || message !== undefined) {
      this.#number(CODE, status);
      if (message !== undefined) {
        this.#bytes.copy(MESSAGE);
        this.#bytes.jsonText(message);
      }
      this.#bytes.byte(BRACE);
    }
    for (const name in others) {
      this.#bytes.byte(COMMA);
      this.#bytes.jsonText(name);
      this.#bytes.byte(COLON);
      this.#bytes.utf8(JSON.stringify(others[name]));
    }
    this.#bytes.byte(BRACE);
    this.#bytes.byte(COMMA);
  }

  resource(resource: Holder): Envelope {
    return envelope(`{"resource":${JSON.stringify(fieldsOf(resource))},"scopeSpans":[`, resource);
  }

  scope(scope: Holder): Envelope {
    return envelope(`{"scope":${JSON.stringify(fieldsOf(scope))},"spans":[`, scope);
  }

  #attribute(fragment: Buffer): void {
    if (this.#hasAttributes) {
      this.#bytes.copy(fragment);
      return;
    }
    this.#bytes.copy(ATTRIBUTES);
    const at = this.#bytes.length;
    this.#bytes.copy(fragment);
    this.#bytes.overwrite(at, BRACKET);
    this.#hasAttributes = true;
  }

  #endAttributes(): void {
    if (this.#hasAttributes) this.#bytes.byte(END_BRACKET);
    this.#hasAttributes = false;
  }

  /** Another event or link: behind the last one, or the first of its list. */
  #next(list: Buffer): void {
    if (this.#list === list) {
      this.#bytes.byte(COMMA);
      return;
    }
    this.#endList();
    this.#list = list;
    this.#bytes.copy(list);
  }

  #endList(): void {
    this.#endAttributes();
    if (this.#list !== undefined) this.#bytes.byte(END_BRACKET);
    this.#list = undefined;
  }

  #context(flags: number | undefined, traceState: string | undefined): void {
    if (flags !== undefined) this.#number(FLAGS, flags);
    if (traceState === undefined) return;
    this.#bytes.copy(TRACE_STATE);
    this.#bytes.jsonText(traceState);
  }

  /** JSON has no minus zero, and protobuf's mapping has what is no number as a text. */
  #numeral(value: number): void {
    if (Number.isFinite(value)) this.#bytes.number(value === 0 ? 0 : value);
    else this.#bytes.jsonText(String(value));
  }

  #number(label: Buffer, value: number): void {
    this.#bytes.copy(label);
    this.#bytes.ascii(String(value));
  }
}

function makeKey(key: string): Key {
  const before = `,{"key":${JSON.stringify(key)},"value":{`;
  const double = Buffer.from(`${before}"doubleValue":`);
  const int = Buffer.from(`${before}"intValue":`);
  return {
    text: Buffer.from(`${before}"stringValue":`),
    int,
    whole: isDouble(key) ? double : int,
    double,
    any: Buffer.from(before),
  };
}

function fieldsOf({ name, version, attributes, dropped = 0, others }: Holder): Record<string, unknown> {
  return {
    ...others,
    name,
    version,
    ...(attributes.length === 0 ? {} : { attributes }),
    ...(dropped === 0 ? {} : { droppedAttributesCount: dropped }),
  };
}

function envelope(head: string, { schemaUrl }: Holder): Envelope {
  const tail = schemaUrl === undefined ? ']}' : `],"schemaUrl":${JSON.stringify(schemaUrl)}}`;
  return { head: Buffer.from(head), tail: Buffer.from(tail) };
}
