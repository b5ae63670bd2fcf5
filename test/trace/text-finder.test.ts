import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextFinder } from '../../src/trace/text-finder.ts';

const many = Array.from({ length: 20 }, (_, index) => `unused${index}`);

it('replaces every text that it looks for, the longest at each place', () => {
  const finder = new TextFinder(['ab', 'abcd', 'x', ...many]);
  expect(finder.replace('abcabcdabx-', '*')).toBe('*c***-');
});

it('replaces the same, few or many', () => {
  const few = new TextFinder(['https://a.example/1', 'https://a.example/12']);
  const more = new TextFinder(['https://a.example/1', 'https://a.example/12', ...many]);
  for (const text of ['see https://a.example/123', 'https://a.example/1', 'https://a.example/']) {
    expect(more.replace(text, '*')).toBe(few.replace(text, '*'));
  }
});

it('gives back the very same text where there is nothing to replace', () => {
  expect(new TextFinder([]).replace('text', '*')).toBe('text');
  expect(new TextFinder(['', ...many]).replace('text', '*')).toBe('text');
});

it('hides all of a text that is longer than what is compared, and one that begins like it', () => {
  const long = `https://a.example/${'a'.repeat(1000)}`;
  const finder = new TextFinder([long, ...many]);
  expect(finder.replace(`(${long}) and more`, '*')).toBe('(* and more');
  expect(finder.replace(`see ${long.slice(0, 600)}bcd and more`, '*')).toBe('see * and more');
  expect(finder.replace(`see ${long.slice(0, 100)}`, '*')).toBe(`see ${long.slice(0, 100)}`);
});

it('leaves none of many texts in another', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(words, { minLength: 9, maxLength: 40 }), fc.array(words), (wanted, said) => {
      const text = said.join('');
      const clean = new TextFinder(wanted).replace(text, '\n');
      for (const word of wanted) expect(clean).not.toContain(word);
      if (wanted.every((word) => !text.includes(word))) expect(clean).toBe(text);
    }),
  );
});
