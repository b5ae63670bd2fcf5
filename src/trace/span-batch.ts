import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OtlpTraces } from './otlp.ts';
import { spanSerializer } from './span-serializer.ts';

/**
 * What goes to the collector for one conversation. Two kinds, because OpenTelemetry JS has two honest ways out:
 * spans made with the SDK leave through the official exporter; OTLP that a vendor already made has no way
 * through the SDK that does not lose something, so it is posted as it stands.
 */
export type SpanBatch =
  /**
   * OTLP/JSON as it travels. Bytes already here, because objects that live until the answer has come are looked
   * through by every collection of garbage until then.
   */
  | {
      readonly kind: 'otlp';
      readonly json: Buffer;
      /** Ids and times of its spans: what its shape is made of. */
      readonly stamps: string;
    }
  | { readonly kind: 'spans'; readonly spans: readonly ReadableSpan[] };

/** @throws TypeError or RangeError for what JSON cannot express. */
export function otlpBatch(traces: OtlpTraces): SpanBatch {
  let stamps = '';
  for (const { scopeSpans } of traces.resourceSpans) {
    for (const { spans } of scopeSpans) {
      for (const { spanId, startTimeUnixNano, endTimeUnixNano } of spans)
        stamps += stampOf(spanId, startTimeUnixNano, endTimeUnixNano);
    }
  }
  return { kind: 'otlp', json: Buffer.from(JSON.stringify(traces)), stamps };
}

/** One span's. Times are decimal unix nanoseconds. */
export function stampOf(spanId: string, start: string, end: string): string {
  return `${spanId}${start}/${end} `;
}

/** SpanBatch of either kind as the OTLP/JSON that goes over the wire. */
export function toOtlp(batch: SpanBatch): OtlpTraces {
  return batch.kind === 'otlp' ? readOtlp(batch.json) : serializeSpans(batch.spans);
}

/** SDK spans as OTLP/JSON objects, as they travel. */
export function serializeSpans(spans: readonly ReadableSpan[]): OtlpTraces {
  const bytes = spanSerializer.serializeRequest([...spans]);
  if (bytes === undefined) throw new Error('The OTLP serializer returned nothing.');
  return readOtlp(bytes);
}

function readOtlp(json: Uint8Array): OtlpTraces {
  return JSON.parse(
    Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8'),
  ) as OtlpTraces;
}

/** When the first of its spans begins, in unix nanoseconds. */
export function earliestStart(batch: SpanBatch): bigint {
  const starts =
    batch.kind === 'spans'
      ? batch.spans.map(({ startTime: [seconds, nanos] }) => BigInt(seconds) * 1_000_000_000n + BigInt(nanos))
      : [...batch.stamps.matchAll(/[0-9a-f]{16}(\d+)\/\d+ /g)].map(([, start = '0']) => BigInt(start));
  return starts.reduce((first, start) => (start < first ? start : first), starts[0] ?? 0n);
}
