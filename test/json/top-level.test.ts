import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FoundKey, keysOf } from '../../src/json/top-level.ts';

/** Every key of a value, as a walk of what was parsed finds them. */
function keysIn(value: unknown, depth = 1): FoundKey[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((member) => keysIn(member, depth + 1));
  return Object.entries(value).flatMap(([key, member]) => {
    const found = { depth, key: JSON.stringify(key).slice(1, -1) };
    const text = typeof member === 'string' ? { text: JSON.stringify(member).slice(1, -1) } : {};
    return [{ ...found, ...text }, ...keysIn(member, depth + 1)];
  });
}

describe('the keys of a JSON text', () => {
  test('are those that a parser finds, with their depth and their texts', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect([...keysOf(text)]).toEqual(keysIn(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  test('are found as far as the beginning goes, and none is made up', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, cut) => {
        const all = [...keysOf(text)];
        const found = [...keysOf(text.slice(0, cut % (text.length + 1)))];
        expect(found.map(({ key, depth }) => [key, depth])).toEqual(
          all.slice(0, found.length).map(({ key, depth }) => [key, depth]),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('of anything at all come to an end', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'a', ' ') }),
        (text) => {
          expect([...keysOf(text)].length).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });

  test('stand with blanks around the colon', () => {
    expect([...keysOf('{ "type" : \n "a" , "data":{"full_audio":"SUQz')]).toEqual([
      { depth: 1, key: 'type', text: 'a' },
      { depth: 1, key: 'data' },
      { depth: 2, key: 'full_audio' },
    ]);
  });
});
