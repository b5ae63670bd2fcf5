import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { EncodedSpans } from './encode/encoded-spans.ts';
import { encodeSdkSpans, nanosOf } from './encode/sdk-spans.ts';
import type { OtlpTraces } from './otlp.ts';

/**
 * What goes to the collector for one conversation. Two kinds, because OpenTelemetry JS has two honest ways out:
 * spans made with the SDK leave through the official exporter; OTLP that a vendor already made has no way
 * through the SDK that does not lose something, so it is posted as it stands.
 */
export type SpanBatch =
  /**
   * OTLP as it travels. Bytes already here, because objects that live until the answer has come are looked through by
   * every collection of garbage until then.
   */
  | { readonly kind: 'otlp'; readonly spans: EncodedSpans }
  | { readonly kind: 'spans'; readonly spans: readonly ReadableSpan[] };

/**
 * SpanBatch of either kind as OTLP/JSON.
 * @throws TypeError for a batch of the first kind that was made in protobuf: translate it with `encoding: 'json'`.
 */
export function toOtlp(batch: SpanBatch): OtlpTraces {
  const { encoding, body } = batch.kind === 'otlp' ? batch.spans : encodeSdkSpans(batch.spans, 'json');
  if (encoding !== 'json')
    throw new TypeError("Expected spans that were translated with `encoding: 'json'`, got protobuf");
  return JSON.parse(body.toString()) as OtlpTraces;
}

/** When the first of its spans begins, in unix nanoseconds. */
export function earliestStart(batch: SpanBatch): bigint {
  const starts =
    batch.kind === 'spans'
      ? batch.spans.map(({ startTime }) => nanosOf(startTime))
      : batch.spans.spans.map(({ start }) => start);
  return starts.reduce((first, start) => (start < first ? start : first), starts[0] ?? 0n);
}
