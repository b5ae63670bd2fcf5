import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Nanos } from '../../conversation.ts';
import type { OtlpAttribute, OtlpValue } from '../otlp.ts';
import { encodeValue } from '../otlp-value.ts';
import type { EncodedSpans, SpanScope } from './encoded-spans.ts';
import type { Encoding, Envelope, SpanEncoder } from './span-encoder.ts';
import { TraceWriter } from './trace-writer.ts';

/** Of `SpanFlags` in trace.proto: it is known whether the context is of another process, and it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/**
 * Spans of the SDK as a request. The official serializers write every whole number as an int, and the SDK has no way
 * to say that 5 is five seconds; here a number is of the type that its key has.
 */
export function encodeSdkSpans(spans: readonly ReadableSpan[], encoding: Encoding): EncodedSpans {
  const writer = new TraceWriter(encoding);
  const scopes = new Scopes(writer.encoder);
  for (const span of spans) writeSpan(writer, span, scopes.of(span));
  return writer.finish();
}

function writeSpan(writer: TraceWriter, span: ReadableSpan, scope: SpanScope): void {
  const { encoder } = writer;
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const parent = span.parentSpanContext;
  const head = {
    traceId,
    id: spanId,
    parentId: parent?.spanId || undefined,
    name: span.name,
    // The API has no value for a kind that is not set.
    kind: span.kind + 1,
    start: nanosOf(span.startTime),
    end: nanosOf(span.endTime),
  };
  writer.startSpan(head);
  putAll(encoder, span.attributes);
  for (const { name, time, attributes, droppedAttributesCount } of span.events) {
    encoder.startEvent(name, nanosOf(time));
    putAll(encoder, attributes);
    encoder.endEvent(droppedAttributesCount);
  }
  for (const { context, attributes, droppedAttributesCount } of span.links) {
    encoder.startLink({
      traceId: context.traceId,
      spanId: context.spanId,
      flags: flagsOf(context.traceFlags, context.isRemote),
      traceState: context.traceState?.serialize(),
    });
    putAll(encoder, attributes);
    encoder.endLink(droppedAttributesCount);
  }
  const foot = {
    status: span.status.code,
    message: span.status.message,
    flags: flagsOf(traceFlags, parent?.isRemote),
    traceState: traceState?.serialize(),
    droppedAttributes: span.droppedAttributesCount,
    droppedEvents: span.droppedEventsCount,
    droppedLinks: span.droppedLinksCount,
  };
  writer.endSpan(head, foot, scope);
}

/** The resources and scopes of a request: those that are one object, or of one name and version, are one. */
class Scopes {
  readonly #encoder: SpanEncoder;
  readonly #resources = new Map<
    ReadableSpan['resource'],
    { envelope: Envelope; scopes: Map<string, SpanScope> }
  >();

  constructor(encoder: SpanEncoder) {
    this.#encoder = encoder;
  }

  of({ resource, instrumentationScope: { name, version, schemaUrl } }: ReadableSpan): SpanScope {
    let known = this.#resources.get(resource);
    if (known === undefined) {
      const envelope = this.#encoder.resource({
        attributes: attributesOf(resource.attributes),
        schemaUrl: resource.schemaUrl || undefined,
      });
      known = { envelope, scopes: new Map() };
      this.#resources.set(resource, known);
    }
    const key = JSON.stringify([name, version, schemaUrl]);
    let scope = known.scopes.get(key);
    if (scope === undefined) {
      scope = {
        resource: known.envelope,
        scope: this.#encoder.scope({ name, version, attributes: [], schemaUrl: schemaUrl || undefined }),
      };
      known.scopes.set(key, scope);
    }
    return scope;
  }
}

function flagsOf(traceFlags: number, isRemote: boolean | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0);
}

type SdkAttributes = Readonly<Record<string, unknown>>;

function putAll(encoder: SpanEncoder, attributes: SdkAttributes | undefined): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      encoder.put(key, value);
    else encoder.putValue(key, otlpValue(key, value));
  }
}

function attributesOf(attributes: SdkAttributes): OtlpAttribute[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(key, value) }));
}

/** What is none of OpenTelemetry's values is there, and empty. */
function otlpValue(key: string, value: unknown): OtlpValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return encodeValue(key, value);
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((member) => otlpValue(key, member)) } };
  if (typeof value !== 'object' || value === null) return {};
  return { kvlistValue: { values: attributesOf(value as SdkAttributes) } };
}

/** The SDK's form of a time. */
export function nanosOf([seconds, nanos]: HrTime): Nanos {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}
