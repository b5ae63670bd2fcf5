import { expect, test } from 'vitest';
import { Told, ToldLately } from '../../src/telemetry/told.ts';

test('what goes on is news once, and again after it was over', () => {
  const told = new Told();
  expect([told.isNews('a'), told.isNews('a'), told.isNews('b')]).toEqual([true, false, true]);
  expect(told.over()).toBe(true);
  expect(told.over()).toBe(false);
  expect(told.isNews('a')).toBe(true);
});

test('names without end are told up to a number', () => {
  const told = new Told(2);
  expect(['a', 'b', 'c', 'a'].map((name) => told.isNews(name))).toEqual([true, true, false, false]);
});

test('what has no end is told once in a while, also where the clock is set back', () => {
  const told = new ToldLately();
  expect(told.isNews(1_000, 60)).toBe(true);
  expect(told.isNews(1_050, 60)).toBe(false);
  expect(told.isNews(1_060, 60)).toBe(true);
  expect(told.isNews(500, 60)).toBe(true);
});
