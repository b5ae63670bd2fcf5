import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { split } from '../../src/delivery/split.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import type { OtlpSpan, OtlpTraces } from '../../src/trace/otlp.ts';
import { type SpanBatch, toOtlp } from '../../src/trace/span-batch.ts';
import { otlpBatch } from '../trace/encode-otlp.ts';
import { bodyOf, cargoOf, conversation, type Plan, spanIds, spansOf } from './test-batch.ts';

const kinds: SpanBatch['kind'][] = ['otlp', 'spans'];
const id = (index: number) => index.toString(16).padStart(16, '0');

describe.each(kinds)('a conversation (%s)', (kind) => {
  test('that fits is left as it is', () => {
    const batch = cargoOf(kind, conversation(3));
    expect(split(batch, { maxBytes: 1_000_000 })).toEqual([batch]);
    expect(split(batch, { maxBytes: 1_000_000 })[0]).toBe(batch);
  });

  test('is split between its turns; the root goes first', () => {
    const batch = cargoOf(kind, conversation(6, 1_000));
    const parts = split(batch, { maxBytes: 8_000 });
    expect(parts.length).toBeGreaterThan(2);
    const ids = parts.map(spanIds);
    expect(ids[0]?.[0]).toBe(id(1));
    // An answer and its tool never part: their ids follow each other.
    for (const part of ids) {
      const answers = part.filter((spanId) => Number.parseInt(spanId, 16) % 3 === 0);
      const tools = part.filter((spanId) => Number.parseInt(spanId, 16) % 3 === 1 && spanId !== id(1));
      expect(tools).toEqual(answers.map((spanId) => id(Number.parseInt(spanId, 16) + 1)));
    }
  });

  test('has a turn that is too large by itself: that one is split into its spans', () => {
    const plans: Plan[] = [
      { parent: -1 },
      { parent: 0, text: 'a'.repeat(3_000) },
      { parent: 1, text: 'b'.repeat(3_000) },
      { parent: 0, text: 'c' },
    ];
    const parts = split(cargoOf(kind, plans), { maxBytes: 5_000 });
    expect(parts.map(spanIds)).toEqual([
      [id(1), id(2)],
      [id(3), id(4)],
    ]);
  });

  test('has a span that is too large by itself: it goes alone', () => {
    const plans: Plan[] = [{ parent: -1 }, { parent: 0, text: 'a'.repeat(9_000) }, { parent: 0, text: 'b' }];
    const parts = split(cargoOf(kind, plans), { maxBytes: 5_000 });
    expect(parts.map(spanIds)).toEqual([[id(1)], [id(2)], [id(3)]]);
  });

  test('is cut in halves of about the same size', () => {
    const [first, second, ...more] = split(cargoOf(kind, conversation(20, 500)), 'halves');
    expect(more).toEqual([]);
    const ratio = bodyOf(first as SpanBatch).length / bodyOf(second as SpanBatch).length;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });

  test('of one turn is cut between its spans; of one span not at all', () => {
    const plans: Plan[] = [{ parent: -1 }, { parent: 0 }, { parent: 1 }];
    const [, turn] = split(cargoOf(kind, plans), 'halves');
    expect(spanIds(turn as SpanBatch)).toEqual([id(2), id(3)]);
    expect(split(turn as SpanBatch, 'halves').map(spanIds)).toEqual([[id(2)], [id(3)]]);
    const single = cargoOf(kind, [{ parent: -1 }]);
    expect(split(single, 'halves')).toEqual([single]);
    expect(split(cargoOf(kind, []), { maxBytes: 1 })).toHaveLength(1);
  });

  test('comes apart in any shape, every span exactly once, in order, the same way every time', () => {
    const plan = fc.record({
      parent: fc.integer({ min: -1, max: 30 }),
      text: fc.string({ unit: 'grapheme', maxLength: 400 }),
    });
    const plans = fc
      .array(plan, { minLength: 1, maxLength: 30 })
      .map((list) => list.map(({ parent, text }, index) => ({ parent: Math.min(parent, index - 1), text })));
    fc.assert(
      fc.property(plans, fc.integer({ min: 200, max: 8_000 }), (list, maxBytes) => {
        const batch = cargoOf(kind, list);
        for (const cap of [{ maxBytes }, 'halves'] as const) {
          const parts = split(batch, cap);
          expect(parts.flatMap(spanIds).toSorted()).toEqual(spanIds(batch).toSorted());
          expect(spanIds(parts[0] as SpanBatch)).toContain(id(1));
          expect(parts.map((part) => bodyOf(part))).toEqual(
            split(cargoOf(kind, list), cap).map((part) => bodyOf(part)),
          );
          for (const part of parts) {
            expect(spanIds(part)).toEqual(spanIds(batch).filter((spanId) => spanIds(part).includes(spanId)));
            if (cap !== 'halves' && spanIds(part).length > 1)
              expect(bodyOf(part).length).toBeLessThanOrEqual(maxBytes);
          }
          if (cap === 'halves') expect(parts).toHaveLength(list.length > 1 ? 2 : 1);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('OTLP of a vendor', () => {
  const span = (index: number, parentSpanId: string | undefined, text: string): OtlpSpan => ({
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: id(index),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: 'n',
    kind: 1,
    startTimeUnixNano: '1790000000000000000',
    endTimeUnixNano: '1790000001000000000',
    attributes: [{ key: 'text', value: { stringValue: text } }],
  });

  /** Spans with any parents: none, unknown, later ones, themselves, in circles; in several resources and scopes. */
  const payload: fc.Arbitrary<OtlpTraces> = fc
    .array(
      fc.record({
        parent: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined }),
        text: fc.string({ unit: 'binary', maxLength: 300 }),
        resource: fc.integer({ min: 0, max: 2 }),
        scope: fc.integer({ min: 0, max: 1 }),
      }),
      { minLength: 1, maxLength: 25 },
    )
    .map((list) => ({
      resourceSpans: [0, 1, 2].map((resource) => ({
        resource: { attributes: [{ key: 'service.name', value: { stringValue: `service ${resource}` } }] },
        scopeSpans: [0, 1].map((scope) => ({
          scope: { name: `scope ${scope}` },
          spans: list
            .map((item, index) => ({ item, index }))
            .filter(({ item }) => item.resource === resource && item.scope === scope)
            .map(({ item, index }) =>
              span(index, item.parent === undefined ? undefined : id(item.parent), item.text),
            ),
        })),
      })),
    }));

  /** Where each span stands: resource, scope, and what else the payload says. */
  const standing = ({ resourceSpans }: OtlpTraces) =>
    resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) => spans.map((s) => canonicalJson([resource, scope, s]))),
    );

  test('stays in its resources and scopes, and parts are as large as promised', () => {
    fc.assert(
      fc.property(payload, fc.integer({ min: 300, max: 5_000 }), (whole, maxBytes) => {
        const batch = otlpBatch(whole);
        const parts = split(batch, { maxBytes }).map((part) =>
          part.kind === 'otlp' ? toOtlp(part) : expect.fail('the kind changed'),
        );
        expect(parts.flatMap(standing).toSorted()).toEqual(standing(whole).toSorted());
        for (const part of parts) {
          if (spansOf(part).length > 1 && parts.length > 1) {
            expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThanOrEqual(maxBytes);
          }
        }
      }),
    );
  });

  test('is not changed by it', () => {
    const batch = cargoOf('otlp', conversation(5, 500));
    const before = structuredClone(toOtlp(batch));
    split(batch, { maxBytes: 2_000 });
    expect(toOtlp(batch)).toEqual(before);
  });
});
