import { expect, test } from 'vitest';
import { backOff } from '../../src/time/back-off.ts';

test('pauses grow from failure to failure, up to the longest', () => {
  const pauses = [1, 2, 3, 4, 5].map((failures) => backOff(failures, { first: 1_000, longest: 6_000 }));
  expect(pauses).toEqual([1_000, 2_000, 4_000, 6_000, 6_000]);
});

test('as fast as they are told to, and never beyond a number', () => {
  expect(backOff(3, { first: 2_000, longest: 100_000, factor: 3 })).toBe(18_000);
  expect(backOff(100_000, { first: 1_000, longest: 300_000 })).toBe(300_000);
});
