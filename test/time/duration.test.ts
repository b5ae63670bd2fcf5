import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration, writeDuration } from '../../src/time/duration.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const unit = fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[]));
const HUNDRED_YEARS = 36_500 * UNITS.d;

describe('a duration', () => {
  test('that is written is read as the same', () => {
    expect([0, 30_000, 90_000, 86_400_000, 1_500].map(writeDuration)).toEqual([
      '0s',
      '30s',
      '90s',
      '1d',
      '1500ms',
    ]);
    fc.assert(
      fc.property(fc.nat({ max: HUNDRED_YEARS }), (millis) => {
        expect(parseDuration(writeDuration(millis))).toBe(millis);
      }),
    );
  });

  test('is a whole number and a unit, whatever both are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 36_500 }),
        unit,
        fc.constantFrom('', ' ', '\t'),
        (count, name, space) => {
          expect(parseDuration(`${space}${count}${name}${space}`)).toBe(count * UNITS[name]);
        },
      ),
    );
  });

  test('may have a fraction, and is whole milliseconds', () => {
    expect(parseDuration('1.5h')).toBe(5_400_000);
    expect(parseDuration('0.0001s')).toBe(0);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: 0, max: 99 }),
        unit,
        (whole, hundredths, name) => {
          const text = `${whole}.${String(hundredths).padStart(2, '0')}${name}`;
          const millis = parseDuration(text);
          expect(millis).toBe(
            Math.round(Number(`${whole}.${String(hundredths).padStart(2, '0')}`) * UNITS[name]),
          );
          expect(Number.isSafeInteger(millis)).toBe(true);
        },
      ),
    );
  });

  test('is never longer than a hundred years, for which no date is made', () => {
    expect(parseDuration('36500d')).toBe(HUNDRED_YEARS);
    expect(parseDuration('36501d')).toBeUndefined();
    expect(parseDuration(`${'9'.repeat(400)}h`)).toBeUndefined();
  });

  test('of any other form is none, and any text is read or refused without an exception', () => {
    for (const text of [
      '',
      '5',
      's',
      '-5s',
      '+5s',
      '5 s',
      '5sec',
      '5m30s',
      '1e3s',
      '0x10s',
      '٣s',
      '5S',
      '.5s',
      '5.s',
      'Infinityd',
      'NaNs',
    ]) {
      expect({ text, millis: parseDuration(text) }).toEqual({ text, millis: undefined });
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const millis = parseDuration(text);
        if (millis === undefined) return;
        expect(text.trim()).toMatch(/^\d+(\.\d+)?(ms|s|m|h|d)$/);
        expect(millis).toBeGreaterThanOrEqual(0);
        expect(millis).toBeLessThanOrEqual(HUNDRED_YEARS);
      }),
    );
  });
});

test('for a person it is rounded to what matters', () => {
  const shown = [
    0, 999, 1_000, 1_449, 59_940, 60_000, 3_599_000, 3_600_000, 7_500_000, 172_800_000, 266_400_000,
  ];
  expect(shown.map(formatDuration)).toEqual([
    ...['0 ms', '999 ms', '1 s', '1.4 s', '59.9 s', '1 min', '1 h', '1 h', '2 h 5 min', '2 d', '3 d 2 h'],
  ]);
  fc.assert(
    fc.property(fc.double({ min: 0, max: HUNDRED_YEARS, noNaN: true }), (millis) => {
      expect(formatDuration(millis)).toMatch(/^\d+(\.\d)? (ms|s|min|h|d)( \d+ (h|min))?$/);
      expect(formatDuration(millis)).not.toMatch(/^(60 s|60 min|1000 ms)$| (60 min|24 h)$/);
    }),
  );
});
