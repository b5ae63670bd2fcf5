import type { AttributeValue, Nanos } from '../../conversation.ts';
import type { OtlpAttribute, OtlpValue } from '../otlp.ts';

/** `http/json` and `http/protobuf`. */
export type Encoding = 'json' | 'protobuf';

/** Where attributes go, one after the other: the bytes of a request, or a span of the SDK. No key goes in twice. */
export interface AttributeSink {
  /** A number is of the type that its key has. */
  put(key: string, value: AttributeValue): void;
  /** Attributes that many spans share: what writes bytes asks for them once, and copies them. */
  putBlock(block: AttributeBlock): void;
}

/** The same attributes whenever it is asked. */
export type AttributeBlock = (sink: AttributeSink) => void;

/** What a span begins with. */
export interface SpanHead {
  /** 32 lower-case hex digits: mostly those of the span before. */
  readonly traceId: string;
  /** 16 of them. */
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string;
  /** OTLP's number. */
  readonly kind: number;
  readonly start: Nanos;
  readonly end: Nanos;
}

/** What a span ends with; what is zero, empty or absent is left out, as OTLP's defaults say the same. */
export interface SpanFoot {
  /** OTLP's number. */
  readonly status: number;
  readonly message?: string | undefined;
  readonly flags?: number | undefined;
  readonly traceState?: string | undefined;
  readonly droppedAttributes?: number | undefined;
  readonly droppedEvents?: number | undefined;
  readonly droppedLinks?: number | undefined;
  /** Fields that OTLP does not have: only JSON can carry them. */
  readonly others?: Readonly<Record<string, unknown>> | undefined;
}

export interface LinkHead {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags?: number | undefined;
  readonly traceState?: string | undefined;
}

/** A resource or a scope: what there is of it around the spans. */
export interface Holder {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly attributes: readonly OtlpAttribute[];
  readonly dropped?: number;
  readonly schemaUrl?: string | undefined;
  /** Fields that OTLP does not have: only JSON can carry them. */
  readonly others?: Readonly<Record<string, unknown>>;
}

/** What stands before and behind the spans of a scope, or the scopes of a resource. */
export interface Envelope {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/**
 * Writes the spans of one trace, one after the other, straight into bytes. Between a start and its end attributes may
 * come; of a span first its own, then its events, then its links.
 */
export interface SpanEncoder extends AttributeSink {
  readonly encoding: Encoding;
  /** Forgets what was written, and what was prepared for it. */
  begin(): void;
  startSpan(head: SpanHead): void;
  /** A value that came as OTLP, and is valid. */
  putValue(key: string, value: OtlpValue): void;
  startEvent(name: string, time: Nanos): void;
  endEvent(dropped?: number): void;
  startLink(head: LinkHead): void;
  endLink(dropped?: number): void;
  endSpan(foot: SpanFoot): void;
  resource(resource: Holder): Envelope;
  scope(scope: Holder): Envelope;
  /** All that was written since the beginning, until the next. */
  readonly written: Buffer;
  /** How much that is: where the next span begins. */
  readonly length: number;
}
