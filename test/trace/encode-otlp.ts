import type { SpanScope } from '../../src/trace/encode/encoded-spans.ts';
import type { Encoding, SpanEncoder } from '../../src/trace/encode/span-encoder.ts';
import { TraceWriter } from '../../src/trace/encode/trace-writer.ts';
import type { OtlpAttribute, OtlpSpan, OtlpTraces } from '../../src/trace/otlp.ts';
import type { SpanBatch } from '../../src/trace/span-batch.ts';

/** OTLP as a vendor's translation would have written it. */
export function otlpBatch({ resourceSpans }: OtlpTraces, encoding: Encoding = 'json'): SpanBatch {
  const writer = new TraceWriter(encoding);
  const { encoder } = writer;
  for (const { resource: held = {}, scopeSpans, schemaUrl } of resourceSpans) {
    const resource = encoder.resource({ attributes: held.attributes ?? [], schemaUrl });
    for (const { scope: { name, version, attributes = [] } = {}, spans, schemaUrl } of scopeSpans) {
      const scope = { resource, scope: encoder.scope({ name, version, attributes, schemaUrl }) };
      for (const span of spans) write(writer, span, scope);
    }
  }
  return { kind: 'otlp', spans: writer.finish() };
}

function write(writer: TraceWriter, span: OtlpSpan, scope: SpanScope): void {
  const { encoder } = writer;
  const head = {
    traceId: span.traceId,
    id: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
  };
  writer.startSpan(head);
  putAll(encoder, span.attributes);
  for (const { name, timeUnixNano, attributes = [] } of span.events ?? []) {
    encoder.startEvent(name, BigInt(timeUnixNano));
    putAll(encoder, attributes);
    encoder.endEvent();
  }
  const { code = 0, message } = span.status ?? {};
  writer.endSpan(head, { status: code, message, flags: span.flags }, scope);
}

function putAll(encoder: SpanEncoder, attributes: readonly OtlpAttribute[]): void {
  for (const { key, value } of attributes) encoder.putValue(key, value);
}
