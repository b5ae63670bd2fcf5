import { createHash } from 'node:crypto';
import { otlpBatch, type SpanBatch, stampOf, toOtlp } from './span-batch.ts';

/**
 * 16 bytes, as hex digits, of the ids and times of a trace's spans but the late ones: equal for two translations of
 * one conversation, different where the vendor's payload has changed in between.
 */
export function shapeOf(batch: SpanBatch, late: readonly string[]): string {
  return createHash('sha256').update(stampsOf(batch, late)).digest('hex').slice(0, 32);
}

function stampsOf(batch: SpanBatch, late: readonly string[]): string {
  // What a vendor sends as OTLP comes all at once.
  if (batch.kind === 'otlp') return batch.stamps;
  const lateIds = new Set(late);
  let stamps = '';
  for (const span of batch.spans) {
    const { spanId } = span.spanContext();
    if (!lateIds.has(spanId)) stamps += stampOf(spanId, nanosOf(span.startTime), nanosOf(span.endTime));
  }
  return stamps;
}

function nanosOf([seconds, nanos]: [number, number]): string {
  return `${seconds}${String(nanos).padStart(9, '0')}`;
}

/** The spans of `batch` that `wanted` names, each where it stood. */
export function selectSpans(batch: SpanBatch, wanted: ReadonlySet<string>): SpanBatch {
  if (batch.kind === 'spans') {
    return { kind: 'spans', spans: batch.spans.filter((span) => wanted.has(span.spanContext().spanId)) };
  }
  const resourceSpans = toOtlp(batch).resourceSpans.map((resource) => ({
    ...resource,
    scopeSpans: resource.scopeSpans
      .map((scope) => ({ ...scope, spans: scope.spans.filter((span) => wanted.has(span.spanId)) }))
      .filter((scope) => scope.spans.length > 0),
  }));
  return otlpBatch({ resourceSpans: resourceSpans.filter(({ scopeSpans }) => scopeSpans.length > 0) });
}
