import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { spanId } from '../../src/trace/ids.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { retrace } from '../../src/vendors/retrace.ts';
import { translate } from '../../src/vendors/translate.ts';
import type { Translated } from '../../src/vendors/vendor.ts';

const OTHER = 'f0'.repeat(16);

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}

async function ready(body: unknown): Promise<Translated> {
  const fetched = await translate(body);
  if (fetched.kind !== 'ready') throw new Error(fetched.kind);
  return fetched.translated;
}

function spansOf({ batch }: Translated) {
  return toOtlp(batch).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

describe.each([
  ['OTLP that a vendor made', fixture('elevenlabs/rich.json')],
  ['spans that were made of a conversation', fixture('tavus/ordinary.json')],
])('%s, in another trace', (_, body) => {
  test('is the same tree, with ids that are made of those it had', async () => {
    const before = await ready(body);
    const after = retrace(before, OTHER);
    const [was, is] = [spansOf(before), spansOf(after)];
    expect(is.map((span) => span.traceId)).toEqual(was.map(() => OTHER));
    expect(is.map((span) => span.spanId)).toEqual(was.map((span) => spanId(OTHER, span.spanId)));
    expect(is.map((span) => span.parentSpanId || undefined)).toEqual(
      was.map((span) => (span.parentSpanId ? spanId(OTHER, span.parentSpanId) : undefined)),
    );
    expect(after.spanIds.toSorted()).toEqual(is.map((span) => span.spanId).toSorted());
    expect(after.conversation).toEqual({ ...before.conversation, traceId: OTHER });
    const bare = (spans: typeof was) =>
      spans.map(({ traceId, spanId: id, parentSpanId, ...rest }) => JSON.stringify(rest));
    expect(bare(is)).toEqual(bare(was));
    expect(was.length).toBeGreaterThan(2);
  });

  test('shares no span id with the trace that it was made for', async () => {
    const before = await ready(body);
    const ids = new Set([...before.spanIds, ...retrace(before, OTHER).spanIds]);
    expect(ids.size).toBe(2 * before.spanIds.length);
  });

  test('has the same bytes each time, and its own where it stays', async () => {
    const [one, other] = [retrace(await ready(body), OTHER), retrace(await ready(body), OTHER)];
    expect(JSON.stringify(toOtlp(one.batch))).toBe(JSON.stringify(toOtlp(other.batch)));
    const own = await ready(body);
    expect(retrace(own, own.conversation.traceId)).toBe(own);
  });
});
