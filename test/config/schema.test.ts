// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables stand in settings as they do here.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Environment } from '../../src/config/environment.ts';
import { ConfigError } from '../../src/config/errors.ts';
import { readSettings } from '../../src/config/file.ts';
import { FILE, OTLP, SOURCE } from '../../src/config/schema.ts';
import { settingsSchema } from '../docs/settings-schema.ts';

const ROOT = new URL('../../', import.meta.url);
const SHIPPED = JSON.parse(readFileSync(new URL('schema/settings.json', ROOT), 'utf8'));
const validate = new Ajv({ allErrors: false, strictTypes: false }).compile(SHIPPED);
/** A source with nothing wrong in it. */
const SOURCE_A = { name: 'a', provider: 'elevenlabs', key: '${KEY}' };
const env = new Environment({ KEY: 'a-key', TIME: '30s', WORD: 'none' });

/** Why callspan does not take a document; undefined where it does. */
function refusalOf(document: unknown): string | undefined {
  try {
    readSettings('FILE', document, env);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** Values that some setting takes, and values next to them that none does. */
const VALUES = [
  ...[
    'none',
    'full',
    'gzip',
    'info',
    'silent',
    'elevenlabs',
    'tavus',
    'zoom',
    'global',
    'eu',
    'sg',
    'mars',
    '',
    ' ',
  ],
  ...[
    '30s',
    '100ms',
    '99ms',
    '099ms',
    '0s',
    '0ms',
    '1ms',
    '0.5s',
    '0.04s',
    '.5s',
    '1.s',
    '1d',
    '9999d',
    '10000d',
    '5',
  ],
  ...['-1s', '1 s', ' 1m ', '1m\n', '24h', '999999999999ms', '1000000000000ms', '0.0001s', '0.9ms', '1e3ms'],
  ...[
    '${KEY}',
    'x${KEY}',
    '${TIME}',
    '${WORD}',
    'http://x:4318',
    'http/protobuf',
    '/a/b',
    'a b',
    'ä',
    'desk',
    'a'.repeat(65),
  ],
  ...[
    0,
    1,
    2,
    0.5,
    -1,
    1.5,
    1e300,
    true,
    false,
    null,
    [],
    {},
    ['a'],
    [1],
    [''],
    [['a']],
    { a: 1 },
    { a: 'b' },
  ],
  ...[{ a: {} }, { a: null }, { 'x-y': 'z', b: true }, { constructor: 1 }, JSON.parse('{"__proto__":"x"}')],
];

/** A document with one setting that is looked at, in the file, in a source or in the part that is about a collector. */
const PLACES = {
  file: (name: string, value: unknown) => ({ sources: [SOURCE_A], [name]: value }),
  source: (name: string, value: unknown) => ({ sources: [{ ...SOURCE_A, [name]: value }] }),
  otlp: (name: string, value: unknown) => ({ sources: [{ ...SOURCE_A, otlp: { [name]: value } }] }),
} as const;
const NAMES = { file: Object.keys(FILE), source: Object.keys(SOURCE), otlp: Object.keys(OTLP) } as const;

/** What a variable holds no schema knows: where one does not fit, that shows only when it is read. */
const ANY = fc.constantFrom(...VALUES.filter((value) => typeof value !== 'string' || !value.includes('${')));

/** A few settings, mostly with values that each takes alone, now and then with any value, or a name that there is not. */
function some(place: keyof typeof PLACES) {
  const names = NAMES[place].filter(
    (name) => !['name', 'provider', 'key', 'key_file', 'key_command'].includes(name),
  );
  const pairs = names.map((name) => {
    const fitting = VALUES.filter((value) => refusalOf(PLACES[place](name, value)) === undefined);
    const value = fc.constantFrom(...(fitting.length === 0 ? VALUES : fitting));
    return fc.tuple(fc.constant(name), fc.oneof({ weight: 12, arbitrary: value }, ANY));
  });
  const strange = fc.tuple(fc.constantFrom('nmae', 'constructor', ...names), ANY);
  return fc
    .array(fc.oneof({ weight: 12, arbitrary: fc.oneof(...pairs) }, strange), { maxLength: 3 })
    .map((chosen) => Object.fromEntries(chosen));
}

const otlp = fc.oneof({ weight: 8, arbitrary: some('otlp') }, ANY);
const KEY = '${KEY}';
const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom({ key: KEY }, { key_file: '/k' }, { key_command: 'pass' }) },
  fc.constantFrom(
    {},
    { key: 'literal' },
    { key: KEY, key_file: '/k' },
    { key: 5 },
    { key: [KEY] },
    { key: null },
  ),
);
let count = 0;
const source = fc
  .record({
    ...{ key, more: some('source') },
    provider: fc.constantFrom('elevenlabs', 'elevenlabs', 'elevenlabs', 'tavus', 'tavus', 'zoom'),
    otlp: fc.option(otlp, { freq: 3, nil: undefined }),
  })
  .map(({ key, more, provider, otlp }) => ({
    // Names apart: that two are the same no schema can say.
    ...{ name: `source-${count++}`, provider },
    ...key,
    ...(otlp === undefined ? {} : { otlp }),
    ...more,
  }));
const document = fc
  .record({
    sources: fc.oneof(
      { weight: 8, arbitrary: fc.array(source, { maxLength: 2 }) },
      fc.array(ANY, { maxLength: 1 }),
      ANY,
    ),
    more: some('file'),
    otlp: fc.option(otlp, { freq: 3, nil: undefined }),
  })
  .map(({ sources, more, otlp }) => ({ ...more, sources, ...(otlp === undefined ? {} : { otlp }) }));

describe('schema/settings.json', () => {
  test('is what npm run generate writes', () => {
    expect(SHIPPED).toEqual(JSON.parse(JSON.stringify(settingsSchema())));
  });

  test('accepts what callspan accepts, and nothing else', () => {
    let accepted = 0;
    const runs = 4_000;
    fc.assert(
      fc.property(document, (document) => {
        const refusal = refusalOf(document);
        if (refusal === undefined) accepted++;
        const agrees = validate(document) === (refusal === undefined);
        if (!agrees)
          throw new Error(`callspan: ${refusal ?? 'accepted'}; schema: ${JSON.stringify(validate.errors)}`);
      }),
      { numRuns: runs },
    );
    // A property of documents that are all refused would prove nothing.
    expect(accepted / runs).toBeGreaterThan(0.05);
  });

  test('accepts and refuses each value at each place alone as callspan does', () => {
    const names = [
      ...Object.keys(FILE),
      ...Object.keys(SOURCE),
      ...Object.keys(OTLP),
      'sources',
      'otlp',
      'frobnicate',
    ];
    for (const place of Object.values(PLACES)) {
      for (const name of new Set(names)) {
        for (const value of VALUES) {
          const document = place(name, value);
          const refusal = refusalOf(document);
          // A variable's own value decides, and no schema knows that; whether two have one name neither.
          if (typeof value === 'string' && /\$\{(?:KEY|TIME|WORD)\}/.test(value) && name !== 'key') continue;
          expect({ document, accepted: validate(document) }).toEqual({
            document,
            accepted: refusal === undefined,
          });
        }
      }
    }
  });

  test('is named in the first line of the example, which it accepts', () => {
    const example = readFileSync(new URL('examples/callspan.yaml', ROOT), 'utf8');
    expect(example.split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./node_modules/callspan/schema/settings.json',
    );
    validate(parse(example));
    expect(validate.errors).toBeNull();
  });

  test('accepts every example of the documents', () => {
    const page = readFileSync(new URL('docs/sources.md', ROOT), 'utf8');
    const examples = [...page.matchAll(/```yaml\n(.+?)```/gs)].map(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      validate(parse(example));
      expect(validate.errors).toBeNull();
    }
  });
});
