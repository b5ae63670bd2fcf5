import { createHash } from 'node:crypto';
import { type Cargo, otlpCargo, stampOf, toOtlp } from './cargo.ts';

/**
 * 16 bytes, as hex digits, of the ids and times of a trace's spans but the late ones: equal for two translations of
 * one conversation, different where the vendor's payload has changed in between.
 */
export function shapeOf(cargo: Cargo, late: readonly string[]): string {
  return createHash('sha256').update(stampsOf(cargo, late)).digest('hex').slice(0, 32);
}

function stampsOf(cargo: Cargo, late: readonly string[]): string {
  // What a vendor sends as OTLP comes all at once.
  if (cargo.kind === 'otlp') return cargo.stamps;
  const lateIds = new Set(late);
  let stamps = '';
  for (const span of cargo.spans) {
    const { spanId } = span.spanContext();
    if (!lateIds.has(spanId)) stamps += stampOf(spanId, nanosOf(span.startTime), nanosOf(span.endTime));
  }
  return stamps;
}

function nanosOf([seconds, nanos]: [number, number]): string {
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
