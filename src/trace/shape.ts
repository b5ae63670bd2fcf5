import { createHash } from 'node:crypto';
import { ByteBuffer } from './encode/byte-buffer.ts';
import { nanosOf } from './encode/sdk-spans.ts';
import type { SpanBatch } from './span-batch.ts';

const SLASH = 0x2f;
const SPACE = 0x20;
const stamps = new ByteBuffer();

/**
 * 16 bytes, as hex digits, of the ids and times of a trace's spans but the late ones: equal for two translations of
 * one conversation, different where the vendor's payload has changed in between.
 */
export function shapeOf(batch: SpanBatch, late: readonly string[]): string {
  stamps.clear();
  // What a vendor sends as OTLP comes all at once.
  if (batch.kind === 'otlp') {
    // As they stand in the request.
    const spans = [...batch.spans.spans].sort((one, other) => one.from - other.from);
    for (const { spanId, start, end } of spans) stamp(spanId, start, end);
  } else {
    const lateIds = new Set(late);
    for (const span of batch.spans) {
      const { spanId } = span.spanContext();
      if (!lateIds.has(spanId)) stamp(spanId, nanosOf(span.startTime), nanosOf(span.endTime));
    }
  }
  return createHash('sha256').update(stamps.written).digest('hex').slice(0, 32);
}

/** The ledgers hold shapes: not a byte of this may ever change. */
function stamp(spanId: string, start: bigint, end: bigint): void {
  stamps.ascii(spanId);
  stamps.decimal(start);
  stamps.byte(SLASH);
  stamps.decimal(end);
  stamps.byte(SPACE);
}

/** The spans of `batch` that `wanted` names, each where it stood. */
export function selectSpans(batch: SpanBatch, wanted: ReadonlySet<string>): SpanBatch {
  return batch.kind === 'spans'
    ? { kind: 'spans', spans: batch.spans.filter((span) => wanted.has(span.spanContext().spanId)) }
    : { kind: 'otlp', spans: batch.spans.select(({ spanId }) => wanted.has(spanId)) };
}
