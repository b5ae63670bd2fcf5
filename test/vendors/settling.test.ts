import { describe, expect, test } from 'vitest';
import { settledAt } from '../../src/vendors/settling.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 28, 12);

describe('what comes late to a conversation is waited for', () => {
  test('since its end, be it a little ahead', () => {
    expect(settledAt([NOW - HOUR], MINUTE, { now: NOW, seenAt: NOW })).toBe(NOW - HOUR + MINUTE);
    expect(settledAt([undefined, NOW + MINUTE], MINUTE, { now: NOW })).toBe(NOW + 2 * MINUTE);
  });

  test('since it was heard of, where no end is told that can be believed', () => {
    expect(settledAt([undefined], MINUTE, { now: NOW, seenAt: NOW - HOUR })).toBe(NOW - HOUR + MINUTE);
    expect(settledAt([NOW + 48 * HOUR], MINUTE, { now: NOW, seenAt: NOW })).toBe(NOW + MINUTE);
    // By a clock that is a little ahead of the vendor's.
    expect(settledAt([], MINUTE, { now: NOW, seenAt: NOW + 2 * MINUTE })).toBe(NOW + 3 * MINUTE);
  });

  test('and not at all where it was heard of by a clock that was an hour ahead', () => {
    expect(settledAt([], MINUTE, { now: NOW, seenAt: NOW + HOUR })).toBeUndefined();
    expect(settledAt([], MINUTE, { now: NOW })).toBeUndefined();
  });
});
