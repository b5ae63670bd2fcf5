import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isOthers, isSecret, knownVariables } from '../../src/config/variables.ts';
import { examineVariables } from '../../src/doctor/variables.ts';
import { file, refusal, SECRET, source } from './settings.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Names in quotation marks, in all of the source. What is the beginning of a name is none. */
function namesInSource(): Set<string> {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const names = files
    .filter((name) => name !== 'config/variables.ts')
    .flatMap((name) => [
      ...readFileSync(join(SRC, name), 'utf8').matchAll(/'((?:CALLSPAN|OTEL)_[A-Z\d_]+)'/g),
    ])
    .map(([, name = '']) => name);
  return new Set(names.filter((name) => name !== 'OTEL_EXPORTER_OTLP'));
}

describe('the known variables', () => {
  test('are all that the source reads', () => {
    expect(knownVariables()).toEqual(expect.arrayContaining([...namesInSource()]));
  });

  test('have none that is for others alone', () => {
    expect(
      knownVariables().filter((name) => isOthers(name) && !name.startsWith('OTEL_INSTRUMENTATION')),
    ).toEqual([]);
  });

  test('have a file for every secret', () => {
    const secrets = knownVariables().filter(
      (name) => /KEY$|HEADERS$/.test(name) && !name.endsWith('CLIENT_KEY'),
    );
    expect(secrets.every(isSecret)).toBe(true);
    expect(knownVariables()).toEqual(expect.arrayContaining(secrets.map((name) => `${name}_FILE`)));
  });
});

describe('a variable that nobody reads', () => {
  test.for([
    ['CALLSPAN_STAT', 'CALLSPAN_STATE'],
    ['CALLSPAN_LOGLEVEL', 'CALLSPAN_LOG_LEVEL'],
    ['CALLSPAN_LEVEL_LOG', 'CALLSPAN_LOG_LEVEL'],
    ['CALSPAN_CONFIG', 'CALLSPAN_CONFIG'],
    ['OTEL_EXPORTER_OLTP_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
    ['OTEL_EXPORTER_OTLP_TRACE_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    ['OTLP_EXPORTER_OTEL_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['ELEVENLABS_APIKEY', 'ELEVENLABS_API_KEY'],
    ['TAVUS_API_KEYS', 'TAVUS_API_KEY'],
    ['TAVUS_API_KEY_FIEL', 'TAVUS_API_KEY_FILE'],
  ])('%s is told, with %s beside it', ([name = '', nearest = '']) => {
    const [finding, ...others] = examineVariables({ [name]: 'x' });
    expect(finding?.said).toBe(`${name} is no setting of callspan; the nearest is ${nearest}`);
    expect(others).toEqual([]);
  });

  test('and is near to nothing is told where it has our prefix', () => {
    expect(examineVariables({ CALLSPAN_FROBNICATION_LEVELS: 'x' })[0]?.mend).toBe(
      'unset CALLSPAN_FROBNICATION_LEVELS',
    );
  });

  test.for([
    'PATH',
    'HOME',
    'OTEL_TRACES_SAMPLER',
    'OTEL_BSP_SCHEDULE_DELAY',
    'OTEL_NODE_RESOURCE_DETECTORS',
    'OPENAI_API_KEY',
  ])('and is another program’s is no news: %s', (name) => {
    expect(examineVariables({ [name]: 'x' })).toEqual([]);
  });
});

describe('a secret in a file', () => {
  test('is read from where NAME_FILE says', async () => {
    const key = file('key', `${SECRET}\n`);
    const headers = file('headers', 'api-key=abc,x-scope=a%20b\n');
    const { apiKey, destination } = await source({
      ...{ ELEVENLABS_API_KEY: '', ELEVENLABS_API_KEY_FILE: key },
      OTEL_EXPORTER_OTLP_HEADERS_FILE: headers,
    });
    expect(apiKey).toBe(SECRET);
    expect(destination.headers).toEqual({ 'api-key': 'abc', 'x-scope': 'a b' });
  });

  test('is refused where it cannot be read, is empty, or is set twice', async () => {
    expect(await refusal({ ELEVENLABS_API_KEY_FILE: '/nonexistent' })).toBe(
      'ELEVENLABS_API_KEY_FILE=/nonexistent: expected the path of a file that can be read (ENOENT).',
    );
    const empty = file('empty', '\n');
    expect(await refusal({ ELEVENLABS_API_KEY_FILE: empty })).toMatch(/expected a file that is not empty\.$/);
    const both = { ELEVENLABS_API_KEY: SECRET, ELEVENLABS_API_KEY_FILE: file('key', SECRET) };
    expect(await refusal(both)).toBe('ELEVENLABS_API_KEY and ELEVENLABS_API_KEY_FILE are both set; set one.');
  });
});
