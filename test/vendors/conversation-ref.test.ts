import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkedMoment, checkedRef } from '../../src/vendors/conversation-ref.ts';

test.each([Date.UTC(2000, 0), Date.UTC(2026, 4, 1, 12, 30), Date.UTC(2199, 11, 31)])(
  '%d is a moment',
  (millis) => {
    expect(checkedMoment(millis)).toBe(millis);
  },
);

test.each([
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -1,
  -Number.MAX_VALUE,
  2 ** 63,
  Number.MAX_SAFE_INTEGER,
  Date.UTC(2201, 0),
  Date.UTC(1999, 11, 31),
])('%d is none', (millis) => {
  expect(checkedMoment(millis)).toBeUndefined();
});

test('a fraction of a millisecond is rounded: a ledger takes whole numbers', () => {
  expect(checkedMoment(1_780_000_000_000.4)).toBe(1_780_000_000_000);
});

test('a row with a time that is none keeps the rest', () => {
  const ref = { id: 'c', ended: true, startedAt: 1e300, endedAt: 1_780_000_000_000, agentIds: ['a'] };
  expect(checkedRef(ref)).toEqual({ id: 'c', ended: true, endedAt: 1_780_000_000_000, agentIds: ['a'] });
});

test('a row is the very same where there is nothing to mend, and only then has what no ledger takes', () => {
  fc.assert(
    fc.property(
      fc.record({
        id: fc.string({ unit: 'binary' }),
        ended: fc.boolean(),
        startedAt: fc.double(),
        endedAt: fc.double(),
      }),
      (ref) => {
        const checked = checkedRef(ref);
        if (checked === undefined) return;
        expect(checked.id).toBe(ref.id);
        for (const moment of [checked.startedAt, checked.endedAt]) {
          expect(moment === undefined || Number.isSafeInteger(moment)).toBe(true);
        }
        expect(checkedRef(checked)).toBe(checked);
      },
    ),
  );
});
