import fc from 'fast-check';
import { expect, test } from 'vitest';
import { looksLikeHtml, NotJsonError, parseJson, TooLargeJsonError } from '../../src/http/json.ts';

const bytes = (text: string) => Buffer.from(text);

test.each([
  ['{"turns": [{"text": "my card is 4111', /^is JSON that ends too early, after 36 bytes$/],
  ['[1, 2', /ends too early/],
  ['<!DOCTYPE html><html>card 4111</html>', /^is HTML, not JSON$/],
  ['{"text": card 4111}', /^is not JSON$/],
  ['', /^is empty$/],
])('of %o only the fault is told', (text, message) => {
  expect(() => parseJson(bytes(text))).toThrow(NotJsonError);
  expect(() => parseJson(bytes(text))).toThrow(message);
  expect(() => parseJson(bytes(text))).not.toThrow(/4111/);
});

test('bytes that are no UTF-8 are refused rather than replaced', () => {
  const text = Buffer.concat([bytes('{"name": "'), Buffer.from([0xc3, 0x28]), bytes('"}')]);
  expect(() => parseJson(text)).toThrow('is not valid UTF-8');
});

test.each([
  ['objects', '{},', '{}'],
  ['lists', '[],', '[]'],
  ['numbers', '1,', '1'],
  ['levels', '[', ']'.repeat(1_500_000)],
])('a body that would become millions of %s is refused before it is parsed', (_, member, last) => {
  const body = bytes(`[${member.repeat(1_500_000)}${last}]`);
  expect(() => parseJson(body)).toThrow(TooLargeJsonError);
  expect(() => parseJson(body)).toThrow(/^has \d+ values, more than 1000000$/);
});

test('a call of many hours is none of these', () => {
  const turn = {
    role: 'user',
    message: 'x'.repeat(400),
    metrics: Object.fromEntries([...'abcdefgh'].map((name) => [name, { elapsed_time: 0.5 }])),
  };
  const transcript = Array.from({ length: 20_000 }, () => turn);
  expect(parseJson(bytes(JSON.stringify({ transcript })))).toEqual({ transcript });
});

test('a byte order mark is no fault', () => {
  expect(parseJson(bytes('\uFEFF{"ok": true}'))).toEqual({ ok: true });
});

test('every value comes back from its JSON', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['  <html lang="en">', true],
  ['<!-- cached -->\n<!doctype html>', true],
  ['<body>', true],
  ['<headers>', false],
  ['{"html": "<html>"}', false],
  ['', false],
])('%o is a page for people: %s', (text, html) => {
  expect(looksLikeHtml(text)).toBe(html);
});
