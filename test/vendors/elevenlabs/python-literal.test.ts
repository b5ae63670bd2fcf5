import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PythonLiteral, parsePythonLiteral } from '../../../src/vendors/elevenlabs/python-literal.ts';
import { readMetered, splitUsageKey } from '../../../src/vendors/elevenlabs/usage.ts';

/** As Python's own repr writes it. */
function repr(value: PythonLiteral): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return reprText(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  return `{${[...value].map(([key, member]) => `${reprText(key)}: ${repr(member)}`).join(', ')}}`;
}

function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = [...text].map((character) => {
    if (character === '\\' || character === quote) return `\\${character}`;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
    return code > 0x7f && code % 3 === 0 ? `\\u${code.toString(16).padStart(4, '0')}` : character;
  });
  return `${quote}${escaped.join('')}${quote}`;
}

const literals = fc.letrec<{ any: PythonLiteral }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string(), tie('any')), { maxLength: 4 }).map((members) => new Map(members)),
  ),
})).any;

describe('a Python literal', () => {
  it('is read back to what Python printed', () => {
    fc.assert(
      fc.property(literals, (value) => {
        expect(parsePythonLiteral(repr(value))).toEqual(value);
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}[]()\'",:\\xuU0e.-TrueNon '), maxLength: 60 }),
        (text) => {
          parsePythonLiteral(text);
        },
      ),
    );
  });

  it.each([
    [
      "{'tokens': 2172, 'price': 0.0003258}",
      new Map([
        ['tokens', 2172],
        ['price', 0.0003258],
      ]),
    ],
    [
      "{'price': 1e-06, 'tokens': None}",
      new Map([
        ['price', 1e-6],
        ['tokens', null],
      ]),
    ],
    ['(1, 2,)', [1, 2]],
    ['[]', []],
    ['  "it\'s"  ', "it's"],
    [
      "{1: 'a', True: 'b'}",
      new Map(
        [
          ['1', 'a'],
          ['True', 'b'],
        ].map(([key, value]) => [key === 'True' ? 'true' : String(key), String(value)]),
      ),
    ],
    ['1_000.5', 1000.5],
  ])('%s is read', (text, value) => {
    expect(parsePythonLiteral(text)).toEqual(value);
  });

  it.each([
    '',
    '{',
    "{'a'}",
    "{'a': 1",
    '{a: 1}',
    "'open",
    "__import__('os')",
    '1 + 1',
    "{'a': 1, 'a': 2}",
    'nan',
    "'\\ud8'",
    "'\\U00110000'",
    "{'a': 1} x",
    '['.repeat(1000),
    '[1 2]',
    '{[]: 1}',
  ])('%s is none', (text) => {
    expect(parsePythonLiteral(text)).toBeUndefined();
  });
});

describe('a usage attribute', () => {
  it('is split at the last dot: models have dots in their names, categories none', () => {
    expect(splitUsageKey('elevenlabs.llm_usage.gpt-4.1.input_cache_read')).toEqual({
      model: 'gpt-4.1',
      category: 'input_cache_read',
    });
    expect(splitUsageKey('elevenlabs.llm_usage.input')).toBeUndefined();
    expect(splitUsageKey('elevenlabs.llm_usage.m.unheard_of')).toBeUndefined();
    expect(splitUsageKey('elevenlabs.llm_usages.m.input')).toBeUndefined();
  });

  it('is a dict of numbers, of which tokens and price count', () => {
    expect(readMetered("{'tokens': 5, 'price': 0.5}")).toEqual({ tokens: 5, price: 0.5 });
    expect(readMetered("{'tokens': -5, 'price': 1e999}")).toEqual({});
    expect(readMetered("{'tokens': 1e300}")).toEqual({});
    expect(readMetered("{'tokens': None}")).toEqual({});
    expect(readMetered('[5]')).toBeUndefined();
    expect(readMetered("{'tokens': '5'}")).toBeUndefined();
    expect(readMetered("{'Ada Lovelace': 5}")).toBeUndefined();
  });
});
