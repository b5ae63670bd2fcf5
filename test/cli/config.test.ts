import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.ts';
import { callspan } from './program.ts';

const SECRET = 'k3y-that-nobody-may-see';
const ENVIRONMENT = {
  ELEVENLABS_API_KEY: SECRET,
  TAVUS_API_KEY: SECRET,
  OTEL_EXPORTER_OTLP_ENDPOINT: `https://otlp.example/in?token=${SECRET}`,
  OTEL_EXPORTER_OTLP_HEADERS: `api-key=${SECRET}`,
  OTEL_RESOURCE_ATTRIBUTES: 'team=voice',
  CALLSPAN_RETENTION: '30d',
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(text: string): Promise<string> {
  const path = join(folder, 'callspan.yaml');
  await writeFile(path, text);
  return path;
}

describe('callspan config validate', () => {
  test('ends with 0 for settings that can be used, and has asked nobody', async () => {
    expect(await callspan(['config', 'validate'], ENVIRONMENT)).toMatchObject({
      ...{ code: 0, stderr: '' },
      stdout: 'The settings can be used: 2 sources, elevenlabs (elevenlabs), tavus (tavus).\n',
    });
  });

  test('names the first setting of a file that cannot, and ends with 2', async () => {
    const path = await file('sources: [{ name: a, provider: tavus, key_file: /k, contnet: full }]\n');
    const { code, stdout, stderr } = await callspan(['config', 'validate', path], ENVIRONMENT);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`callspan: ${path}: sources[0].contnet is no setting; did you mean content?\n`);
  });
});

describe('callspan config print', () => {
  test('prints what the environment comes to, without a secret, as a file that comes to the same', async () => {
    const { code, stdout } = await callspan(['config', 'print'], ENVIRONMENT);
    expect(code).toBe(0);
    expect(stdout).not.toContain(SECRET);
    const printed = parse(stdout);
    expect(printed.retention).toBe('30d');
    expect(printed.sources[0]).toMatchObject({
      ...{ name: 'elevenlabs', key: `\${ELEVENLABS_API_KEY}`, region: 'global', resource: { team: 'voice' } },
      otlp: {
        traces_endpoint: 'https://otlp.example/in/v1/traces?hidden',
        headers: { 'api-key': '(hidden)' },
      },
    });

    const path = await file(stdout);
    const { OTEL_EXPORTER_OTLP_ENDPOINT: _, OTEL_EXPORTER_OTLP_HEADERS: __, ...rest } = ENVIRONMENT;
    const again = await loadConfig({ ...rest, CALLSPAN_CONFIG: path });
    const before = await loadConfig(ENVIRONMENT);
    const told = ({ destination, ...source }: (typeof before.sources)[number]) => source;
    expect(again.sources.map(told)).toEqual(before.sources.map(told));
    expect({ ...again, sources: [], telemetry: {} }).toEqual({ ...before, sources: [], telemetry: {} });
  });

  test('leaves in a file where keys come from', async () => {
    const key = join(folder, 'key');
    await writeFile(key, SECRET);
    const path = await file(
      [
        'sources:',
        `  - { name: a, provider: tavus, key_file: '${key}' }`,
        `  - { name: b, provider: tavus, key: '\${TAVUS_API_KEY}', base_url: 'http://127.0.0.1:1' }`,
        `  - { name: c, provider: elevenlabs, key_command: 'cat ${key}', region: eu }`,
      ].join('\n'),
    );
    const { stdout } = await callspan(['config', 'print', path], ENVIRONMENT);
    expect(stdout).not.toContain(SECRET);
    expect(parse(stdout).sources).toMatchObject([
      { name: 'a', key_file: key },
      { name: 'b', key: `\${TAVUS_API_KEY}`, base_url: 'http://127.0.0.1:1' },
      { name: 'c', key_command: `cat ${key}`, region: 'eu' },
    ]);
  });
});

test('callspan config schema prints the schema that is shipped', async () => {
  const { stdout } = await callspan(['config', 'schema']);
  expect(JSON.parse(stdout).title).toBe('Settings of callspan (CALLSPAN_CONFIG)');
});
