import { expect } from 'vitest';
import type { OtlpTraces } from '../../src/trace/otlp.ts';
import type { Translated } from '../../src/vendors/vendor.ts';
import { type ReadSpan, readSpans } from '../trace/read-spans.ts';
import { decodeOtlp } from './otlp-decoder.ts';

/**
 * What holds of every export, whatever payload it was made from. Throws where it does not.
 * @param traces as they travel: what is undefined is not there.
 * @param isDecoded whether they are read as a collector reads them too.
 */
export function checkExport(translated: Translated, traces: OtlpTraces, isDecoded: boolean): void {
  const { conversation, spanIds, waitIds, lateIds } = translated;
  const spans = readSpans(traces);
  const byId = new Map(spans.map((span) => [span.id, span]));
  assert(byId.size === spans.length, 'two spans have one id');
  assert(
    spans.every((span) => span.traceId === conversation.traceId),
    'a span is of another trace',
  );
  checkTree(spans, byId);
  assert(
    new Set(spanIds).size === spanIds.length && spanIds.every((id) => byId.has(id)),
    'spanIds name no span',
  );
  assert(spanIds.length === spans.length, 'spanIds leave spans out');
  assert(spanIds[0] === spans.find((span) => span.parent === undefined)?.id, 'the root is not the first');
  assert(
    [...waitIds, ...lateIds].every((id) => byId.has(id)),
    'waitIds or lateIds name no span',
  );
  const waits = conversation.turns.flatMap((turn) => turn.wait ?? []);
  assert(waits.length === waitIds.length, 'a wait has no span');
  assert(
    spans.every(({ raw }) => raw.attributes.every(isNumber)),
    'a number is none',
  );
  if (!isDecoded) return;
  const decoded = decodeOtlp(traces) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
  const read = decoded.resourceSpans.flatMap((resource) =>
    resource.scopeSpans.flatMap((scope) => scope.spans),
  );
  assert(read.length === spans.length, 'a collector reads other spans');
}

function checkTree(spans: readonly ReadSpan[], byId: ReadonlyMap<string, ReadSpan>): void {
  const roots = spans.filter((span) => span.parent === undefined);
  assert(roots.length === 1, `there are ${roots.length} roots`);
  for (const span of spans) {
    assert(span.end > span.start, `${span.name} has no length`);
    if (span.parent === undefined) continue;
    const parent = byId.get(span.parent);
    assert(parent !== undefined, `${span.name} has no parent`);
    if (parent === undefined) continue;
    assert(parent.start <= span.start && span.end <= parent.end, `${span.name} sticks out of ${parent.name}`);
    const keys = span.raw.attributes.map(({ key }) => key);
    assert(new Set(keys).size === keys.length, `${span.name} has an attribute twice`);
  }
}

/** JSON writes null for a number that is none. */
function isNumber({ value: { intValue, doubleValue } }: ReadSpan['raw']['attributes'][number]): boolean {
  return intValue !== null && doubleValue !== null;
}

function assert(holds: boolean, otherwise: string): void {
  if (!holds) expect.fail(otherwise);
}
