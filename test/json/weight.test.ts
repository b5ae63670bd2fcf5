import fc from 'fast-check';
import { expect, it } from 'vitest';
import { weigh } from '../../src/json/weight.ts';

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, member) => sum + countOf(member), 0);
}

it('counts every value, and at most as many again, whatever the strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { values } = weigh(Buffer.from(JSON.stringify(value)));
      const count = countOf(value);
      expect(values).toBeGreaterThanOrEqual(count / 2);
      expect(values).toBeLessThanOrEqual(2 * count);
    }),
  );
});

it('counts nothing within strings, wherever these end', () => {
  expect(weigh(Buffer.from(String.raw`["[[,,{{", "\"[", "\\", [], "\\\",["]`)).values).toBe(7);
  expect(weigh(Buffer.from('"[[[[')).values).toBe(1);
  expect(weigh(Buffer.from(`"${'\\'.repeat(200_001)}`)).values).toBe(1);
});

it('counts two bytes a character where one of them needs so many', () => {
  const plain = weigh(Buffer.from(JSON.stringify('x'.repeat(1_000)))).memory;
  expect(weigh(Buffer.from(JSON.stringify(`${'x'.repeat(999)}語`))).memory).toBeGreaterThan(1.9 * plain);
});
