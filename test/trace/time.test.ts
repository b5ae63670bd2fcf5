import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isoToNanos,
  measured,
  measuredMillis,
  measuredSeconds,
  nanosToIso,
  nanosToSeconds,
  secondsToNanos,
  unixSeconds,
} from '../../src/time/nanos.ts';

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;
const LAST = 7_258_118_400n * SECOND;

describe('a decimal number of seconds', () => {
  it.each([
    [1786505572.3161497, 1_786_505_572_316_149_700n],
    [0.1, 100_000_000n],
    [0.1 + 0.2, 300_000_000n],
    [1e-9, 1n],
    [4e-10, 0n],
    [5e-10, 1n],
    [5e-324, 0n],
    [-1.5, -1_500_000_000n],
    [1.7e308, 17n * 10n ** 316n],
    [253_402_300_800, 253_402_300_800n * SECOND],
  ])('%d is converted from its shortest text, rounded to 9 digits', (seconds, nanos) => {
    expect(secondsToNanos(seconds)).toBe(nanos);
  });

  it('is never off by half a nanosecond from its text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (nanos) => {
        const digits = String(nanos < 0n ? -nanos : nanos).padStart(10, '0');
        const text = `${nanos < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
        expect(secondsToNanos(Number(text))).toBe(nanos);
      }),
    );
  });

  it('is no number where it is not finite', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => secondsToNanos(value)).toThrow(RangeError);
    }
  });
});

describe('a measurement', () => {
  it('is none where it is negative, a day or more, or anything but a number', () => {
    for (const value of [
      -0.001,
      86_400,
      1e300,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '1',
      null,
      undefined,
      {},
      true,
    ]) {
      expect(measuredSeconds(value)).toBeUndefined();
    }
    expect([measuredSeconds(0), measuredSeconds(86_399.999999999)]).toEqual([0n, DAY - 1n]);
    // It would be a day, once rounded.
    expect(measuredSeconds(86_399.9999999999)).toBeUndefined();
  });

  it('may be in milliseconds', () => {
    expect([
      measuredMillis(1234.5678),
      measuredMillis(0.0000005),
      measuredMillis(86_400_000),
      measuredMillis(-1),
    ]).toEqual([1_234_567_800n, 1n, undefined, undefined]);
  });

  it('may be a difference', () => {
    expect([measured(-1n), measured(0n), measured(DAY - 1n), measured(DAY)]).toEqual([
      undefined,
      0n,
      DAY - 1n,
      undefined,
    ]);
  });
});

describe('a moment', () => {
  it.each([
    ['2025-07-11T06:45:47.472000Z', 1_752_216_347_472_000_000n],
    ['2026-08-11T23:02:15.957838Z', 1_786_489_335_957_838_000n],
    ['2026-04-29T03:45:53Z', 1_777_434_353_000_000_000n],
    ['2026-04-29T03:45:53', 1_777_434_353_000_000_000n],
    ['2024-08-28 15:27:40.824457', 1_724_858_860_824_457_000n],
    ['2026-04-29T05:45:53+02:00', 1_777_434_353_000_000_000n],
    ['2026-04-29T01:15:53-0230', 1_777_434_353_000_000_000n],
    ['2026-04-29T03:45Z', 1_777_434_300_000_000_000n],
    ['2026-04-28T24:00:00Z', 1_777_420_800_000_000_000n],
    ['2016-12-31T23:59:60Z', 1_483_228_800_000_000_000n],
    ['2026-04-29T03:45:53.1234567891Z', 1_777_434_353_123_456_789n],
  ])('%s is read with all its digits, in UTC where no zone is given', (text, nanos) => {
    expect(isoToNanos(text)).toBe(nanos);
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30T00:00:00Z',
    '2026-02-31T24:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T24:00:01Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '0099-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '2200-01-01T00:00:01Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+01:60',
    '1786505572.3',
  ])('%j is none', (text) => {
    expect(isoToNanos(text)).toBeUndefined();
  });

  it('written as RFC 3339 is read back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: SECOND, max: LAST }), (nanos) => {
        expect(isoToNanos(nanosToIso(nanos))).toBe(nanos);
      }),
    );
  });

  it('is never an exception, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[Z+-]?(\d\d:\d\d)?$/),
        ),
        (text) => {
          const nanos = isoToNanos(text);
          expect(nanos === undefined || (nanos > 0n && nanos <= LAST)).toBe(true);
        },
      ),
    );
  });

  it('may be unix seconds; before 1970 or after 2200 it is none', () => {
    expect([
      unixSeconds(1),
      unixSeconds(5e-324),
      unixSeconds(-1),
      unixSeconds(1786505572316),
      unixSeconds('1'),
    ]).toEqual([SECOND, undefined, undefined, undefined, undefined]);
  });

  it('is as many seconds as a number can say', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: DAY }), (nanos) => {
        expect(secondsToNanos(nanosToSeconds(nanos))).toBe(nanos);
      }),
    );
  });
});
