import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkedId } from '../../src/vendors/conversation-id.ts';

test.each([
  'conv_01jxd5y165f62a0v7gtr6bkg56',
  'c0b934942640d424',
  'with a blank inside',
  'Ünïcode-対話',
  'a/b',
  '...',
  '.hidden',
  '%2e%2e',
  '%2E%2e%2F',
  'a\\..\\b',
  'a?b#c',
  '~',
  'x'.repeat(200),
])('%j is an id, as it is', (id) => {
  expect(checkedId(id)).toBe(id);
});

test.each([
  ['nothing', ''],
  ['the folder itself', '.'],
  ['the folder above', '..'],
  ['what is longer than 200 characters', 'x'.repeat(201)],
  ['a megabyte', 'x'.repeat(1_000_000)],
  ['a NUL', 'conv\u0000'],
  ['a line break', 'conv\n1'],
  ['an escape sequence', 'conv\u001b[2J'],
  ['a C1 control', 'conv\u009b2J'],
  ['a delete', 'conv\u007f'],
  ['a bidirectional override', 'conv\u202egnp'],
  ['an invisible blank', 'conv\u200b'],
  ['a line separator', 'conv\u2028'],
  ['half a character', 'conv\ud800'],
  ['the other half', '\udc00conv'],
  ['the next line of C1', 'conv\u0085'],
  ['a paragraph separator', 'conv\u2029'],
  ['a soft hyphen', 'con\u00adv'],
  ['a mark of the byte order', '\ufeffconv'],
  ['an isolate of direction', '\u2066conv'],
  ['tags that spell a hidden text', 'conv\u{e0041}'],
  ['a blank that does not break, at the end', 'conv\u00a0'],
  ['a tabulator', 'conv\t'],
  ['300 characters', 'x'.repeat(300)],
  ['blanks', '   '],
  ['a blank at the end', 'conv '],
])('%s is no id', (_, id) => {
  expect(checkedId(id)).toBeUndefined();
});

test.each([undefined, null, 7, true, {}, [], ['conv']])('%j is no id', (id) => {
  expect(checkedId(id)).toBeUndefined();
});

test('an id stays in its place in a URL and comes back from there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 220 }), (text) => {
      const id = checkedId(text);
      if (id === undefined) return;
      const url = new URL(`/v1/conversations/${encodeURIComponent(id)}`, 'http://vendor.example');
      expect(url.pathname.split('/')).toHaveLength(4);
      expect(decodeURIComponent(url.pathname.split('/')[3] ?? '')).toBe(id);
    }),
  );
});
