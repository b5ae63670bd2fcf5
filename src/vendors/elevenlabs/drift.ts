import { asObject, isObject } from '../../json/reading.ts';
import type { ElevenLabsPayload } from './payload.ts';
import { endReason } from './reason.ts';
import { isTurnName, NAME, nameOf, type VendorSpan } from './span.ts';

/** Names and gaps in a payload that callspan did not expect: so that its users learn of a vendor's change first. */
export function findDrift(payload: ElevenLabsPayload, spans: readonly VendorSpan[]): string[] {
  const drift = new Set<string>();
  for (const span of spans) {
    const name = nameOf(span);
    if (name !== NAME.CONVERSATION && !isTurnName(name) && !name.startsWith(NAME.TOOL))
      drift.add(`span ${name}`);
    if (hasOddId(span)) drift.add('span ids of an unknown form');
    for (const { is } of span.attributes) if (!is.isKnown) drift.add(`attribute ${is.key}`);
  }
  if (spans.length === 0 && isUnread(payload.otlpTraces)) drift.add('otlp_traces without a span');
  if (payload.start === undefined) drift.add('missing metadata.start_time_unix_secs');
  // One that an error ended may have ended before a word.
  const isExpected = payload.status === 'done' && payload.error === undefined;
  if (payload.rows.length === 0 && isExpected) drift.add('missing transcript');
  if (payload.terminationReason !== undefined && endReason(payload.terminationReason) === 'other') {
    // The words themselves may be anybody's: only that they are new is told.
    drift.add('unknown termination_reason');
  }
  return [...drift];
}

/** One that was read is of a known form. */
function hasOddId({ traceId, spanId, parentId, raw }: VendorSpan): boolean {
  return (
    (traceId === undefined && isOddId(raw.traceId)) ||
    (spanId === undefined && isOddId(raw.spanId)) ||
    (parentId === undefined && isOddId(raw.parentSpanId))
  );
}

/** Neither hex, be it with hyphens, nor base64 of the right length, which is hex by now. */
function isOddId(id: unknown): boolean {
  return typeof id === 'string' && !/^[0-9a-f-]*$/i.test(id);
}

/** Empty ones are documented; one that has something in it, but no span, is of a form that callspan does not read. */
function isUnread(otlpTraces: unknown): boolean {
  if (otlpTraces == null) return false;
  const { resourceSpans, ...others } = asObject(otlpTraces);
  if (Array.isArray(resourceSpans)) return resourceSpans.length > 0;
  return !isObject(otlpTraces) || resourceSpans != null || Object.keys(others).length > 0;
}
