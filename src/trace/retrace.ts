import type { SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { spanId } from './ids.ts';
import type { SpanBatch } from './span-batch.ts';

/**
 * The id of a span in another trace than the one that it was made for: the first 8 bytes of
 * sha256(traceId + "/" + the id that it was made with). So two traces that would have had the same ids share none.
 */
export function retracedId(traceId: string, madeWith: string): string {
  return spanId(traceId, madeWith);
}

/** The same spans in the trace `traceId`. Links lead where they led. Pure. */
export function retraceBatch(batch: SpanBatch, traceId: string): SpanBatch {
  if (batch.kind === 'spans') {
    return { kind: 'spans', spans: batch.spans.map((span) => retraceSpan(span, traceId)) };
  }
  return { kind: 'otlp', spans: batch.spans.retrace(traceId, (id) => retracedId(traceId, id)) };
}

/** Everything of a span of the SDK but where it stands. */
function retraceSpan(span: ReadableSpan, traceId: string): ReadableSpan {
  const moved = (context: SpanContext): SpanContext => ({
    ...context,
    ...{ traceId, spanId: retracedId(traceId, context.spanId) },
  });
  const own = moved(span.spanContext());
  const parent = span.parentSpanContext && moved(span.parentSpanContext);
  return Object.create(span, {
    spanContext: { value: () => own },
    parentSpanContext: { value: parent },
  }) as ReadableSpan;
}
