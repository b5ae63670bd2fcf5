import { createHash } from 'node:crypto';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type Cargo, otlpCargo, toOtlp } from './cargo.ts';
import type { OtlpTraces } from './otlp.ts';

/**
 * 16 bytes, as hex digits, of the ids and times of a trace's spans but the late ones: equal for two translations of
 * one conversation, different where the vendor's payload has changed in between.
 */
export function shapeOfSpans(spans: readonly ReadableSpan[], late: readonly string[]): string {
  const lateIds = new Set(late);
  let stamps = '';
  for (const span of spans) {
    const { spanId } = span.spanContext();
    if (!lateIds.has(spanId)) stamps += `${spanId}${stamp(span.startTime)}/${stamp(span.endTime)} `;
  }
  return shapeOf(stamps);
}

/** The same, of OTLP that has no late spans. */
export function shapeOfOtlp({ resourceSpans }: OtlpTraces): string {
  let stamps = '';
  for (const { scopeSpans } of resourceSpans) {
    for (const { spans } of scopeSpans) {
      for (const span of spans) stamps += `${span.spanId}${span.startTimeUnixNano}/${span.endTimeUnixNano} `;
    }
  }
  return shapeOf(stamps);
}

function shapeOf(stamps: string): string {
  return createHash('sha256').update(stamps).digest('hex').slice(0, 32);
}

function stamp([seconds, nanos]: [number, number]): string {
  return `${seconds}${String(nanos).padStart(9, '0')}`;
}

/** The spans of `cargo` that `wanted` names, each where it stood. */
export function selectSpans(cargo: Cargo, wanted: ReadonlySet<string>): Cargo {
  if (cargo.kind === 'spans') {
    return { kind: 'spans', spans: cargo.spans.filter((span) => wanted.has(span.spanContext().spanId)) };
  }
  const resourceSpans = toOtlp(cargo).resourceSpans.map((resource) => ({
    ...resource,
    scopeSpans: resource.scopeSpans
      .map((scope) => ({ ...scope, spans: scope.spans.filter((span) => wanted.has(span.spanId)) }))
      .filter((scope) => scope.spans.length > 0),
  }));
  return otlpCargo({ resourceSpans: resourceSpans.filter(({ scopeSpans }) => scopeSpans.length > 0) });
}
