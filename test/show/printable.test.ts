import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableJson, printableValue } from '../../src/show/printable.ts';

/** What a terminal, a log viewer or a browser may act on; written apart from the code, from Unicode's own lists. */
const HARMFUL: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x061c, 0x061c],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0001, 0xe007f],
];

function harmfulIn(text: string): string[] {
  return [...text].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    return HARMFUL.some(([from, to]) => code >= from && code <= to);
  });
}

/** Any text, with far more than its share of what is harmful. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc
        .constantFrom(...HARMFUL)
        .chain(([from, to]) => fc.integer({ min: from, max: to }))
        .map((code) => String.fromCodePoint(code)),
      fc.constantFrom('\x1b]0;title\x07', '\x1b[2J', '\u009b31m', '\r\n', '\ud83d', '\ude00'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('a printable text', () => {
  test.each([
    ['an escape sequence', 'a\x1b[31mb', 'a\\u{1b}[31mb'],
    ['one that sets the title', '\x1b]0;x\x07', '\\u{1b}]0;x\\u{7}'],
    ['the control sequence introducer of C1', '\u009b2J', '\\u{9b}2J'],
    ['DEL and backspace', 'a\x7f\bb', 'a\\u{7f}\\u{8}b'],
    ['NUL', 'a\0b', 'a\\u{0}b'],
    ['line breaks of every kind', 'a\r\nb\vc\u0085d\u2028e\u2029f\tg', 'a b c d e f g'],
    ['an override of the direction', 'a\u202etxt.exe', 'a\\u{202e}txt.exe'],
    ['isolates and marks', '\u2066a\u2069\u200f\u061c', '\\u{2066}a\\u{2069}\\u{200f}\\u{61c}'],
    ['half of a surrogate pair', 'a\ud800b', 'a\\u{d800}b'],
    ['tags that spell a hidden text', 'a\u{e0041}', 'a\\u{e0041}'],
    [
      'a link of a terminal',
      '\x1b]8;;https://x\x1b\\\\a\x1b]8;;\x07',
      '\\u{1b}]8;;https://x\\u{1b}\\\\a\\u{1b}]8;;\\u{7}',
    ],
    ['a command to the clipboard, in C1', '\u009d52;c;eA==\u009c', '\\u{9d}52;c;eA==\\u{9c}'],
    ['a device control string', '\x90q#0\x1bP', '\\u{90}q#0\\u{1b}P'],
    ['a carriage return that overwrites', 'bad\rgood', 'bad good'],
    ['an annotation between lines', 'a\ufff9b\ufffb', 'a\\u{fff9}b\\u{fffb}'],
    ['an invisible operator', 'a\u2062b', 'a\\u{2062}b'],
    ['a space of no width', 'pay\u200bpal', 'pay\\u{200b}pal'],
  ])('has %s written out', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test.each([
    ['Arabic and Hebrew', 'سلام שלום'],
    ['Persian, with its joiner', 'می\u200cخواهم'],
    ['a family and a flag', '👨‍👩‍👧 🇫🇷 ❤️'],
    ['Devanagari', 'क्\u200dष'],
    ['quotes, backslashes and markup', `"\\u{1b}" <b>&amp;'`],
  ])('has %s as it came', (_, text) => {
    expect(printable(text)).toBe(text);
  });

  test('holds nothing harmful, whatever it was made of, and is as it is when it is made printable again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = printable(text);
        expect(harmfulIn(line)).toEqual([]);
        expect(printable(line)).toBe(line);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('printable JSON', () => {
  test('holds nothing harmful but its own line breaks, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), (value) => {
        const json = printableJson(JSON.stringify(value, null, 2));
        expect(harmfulIn(json.replaceAll('\n', ''))).toEqual([]);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1000 },
    );
  });
});

test('a value has its keys and texts printable at every depth, and its numbers as they are', () => {
  expect(printableValue({ 'a\x1b': ['\u009b', { b: 1, c: null, d: true }] })).toEqual({
    'a\\u{1b}': ['\\u{9b}', { b: 1, c: null, d: true }],
  });
});
