import type { Nanos } from '../../conversation.ts';
import type { OtlpAttribute, OtlpValue } from '../otlp.ts';

/** Where attributes go, one after the other: the bytes of a request, or a span of the SDK. No key goes in twice. */
export interface AttributeSink {
  text(key: string, value: string): void;
  /** A whole number within ±2^53. */
  integer(key: string, value: number): void;
  /** Also a whole one stays a double: a key has one type. */
  double(key: string, value: number): void;
  flag(key: string, value: boolean): void;
  texts(key: string, values: readonly string[]): void;
  /** A value that came as OTLP, and is valid. */
  value(key: string, value: OtlpValue): void;
}

/** What a span begins with. Ids are lower-case hex digits. */
export interface SpanHead {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly name: string;
  /** OTLP's number. */
  readonly kind: number;
  readonly start: Nanos;
  readonly end: Nanos;
  readonly traceState?: string | undefined;
}

/** What a span ends with; what is zero, or absent, is left out, as OTLP's defaults say the same. */
export interface SpanFoot {
  readonly flags: number;
  readonly droppedAttributes?: number;
  readonly droppedEvents?: number;
  readonly droppedLinks?: number;
  /** OTLP's number. */
  readonly status?: number;
  readonly statusMessage?: string | undefined;
}

export interface LinkHead {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags?: number | undefined;
  readonly traceState?: string | undefined;
}

/**
 * Writes spans, one after the other, straight into bytes. Between a start and its end attributes may come; of a span
 * first its own, then its events, then its links.
 */
export interface SpanEncoder extends AttributeSink {
  readonly encoding: Encoding;
  startSpan(head: SpanHead): void;
  startEvent(name: string, time: Nanos): void;
  endEvent(dropped?: number): void;
  startLink(head: LinkHead): void;
  endLink(dropped?: number): void;
  endSpan(foot: SpanFoot): void;
  /** A field that OTLP does not have. Only JSON can carry one. */
  extra(name: string, value: unknown): void;
  /** What `write` writes, prepared for {@link copy}: attributes that many spans share. */
  prepare(write: () => void): Uint8Array;
  /** Attributes of {@link prepare}, as if they were written anew. */
  copy(prepared: Uint8Array): void;
  /** What stands before and behind the scopes of a resource. */
  resource(resource: Holder): Envelope;
  /** What stands before and behind the spans of a scope. */
  scope(scope: Holder & { readonly name?: string; readonly version?: string }): Envelope;
  /** Bytes so far: where the next span begins. */
  readonly length: number;
  /** All that was written since the last call. */
  take(): Buffer;
}

/** A resource or a scope. What OTLP does not name in it only JSON can carry. */
export interface Holder {
  readonly attributes: readonly OtlpAttribute[];
  readonly dropped: number;
  readonly schemaUrl?: string | undefined;
  readonly others?: Readonly<Record<string, unknown>>;
}

export interface Envelope {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** `http/json` and `http/protobuf`. */
export type Encoding = 'json' | 'protobuf';
