import { createHash } from 'node:crypto';
import type { Cargo } from './cargo.ts';

/**
 * 16 bytes, as hex digits, of the ids and times of a trace's spans but the late ones: equal for two translations of
 * one conversation, different where the vendor's payload has changed in between.
 */
export function shapeOf(cargo: Cargo, late: readonly string[]): string {
  const lateIds = new Set(late);
  const hash = createHash('sha256');
  for (const { id, start, end } of stamps(cargo)) {
    if (!lateIds.has(id)) hash.update(`${id}${start}/${end} `);
  }
  return hash.digest('hex').slice(0, 32);
}

function* stamps(cargo: Cargo): Generator<{ id: string; start: string; end: string }> {
  if (cargo.kind === 'spans') {
    for (const span of cargo.spans) {
      yield { id: span.spanContext().spanId, start: stamp(span.startTime), end: stamp(span.endTime) };
    }
    return;
  }
  for (const resource of cargo.payload.resourceSpans) {
    for (const scope of resource.scopeSpans) {
      for (const span of scope.spans) {
        yield { id: span.spanId, start: span.startTimeUnixNano, end: span.endTimeUnixNano };
      }
    }
  }
}

function stamp([seconds, nanos]: [number, number]): string {
  return `${seconds}${String(nanos).padStart(9, '0')}`;
}

/** The spans of `cargo` that `wanted` names, each where it stood. */
export function selectSpans(cargo: Cargo, wanted: ReadonlySet<string>): Cargo {
  if (cargo.kind === 'spans') {
    return { kind: 'spans', spans: cargo.spans.filter((span) => wanted.has(span.spanContext().spanId)) };
  }
  const resourceSpans = cargo.payload.resourceSpans.map((resource) => ({
    ...resource,
    scopeSpans: resource.scopeSpans
      .map((scope) => ({ ...scope, spans: scope.spans.filter((span) => wanted.has(span.spanId)) }))
      .filter((scope) => scope.spans.length > 0),
  }));
  return {
    kind: 'otlp',
    payload: { resourceSpans: resourceSpans.filter(({ scopeSpans }) => scopeSpans.length > 0) },
  };
}
