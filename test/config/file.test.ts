import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/config.ts';
import { file, fileSettings, refusal, SECRET } from './settings.ts';

/** A settings file of one source and what a test adds to it, and to the file. */
function one(inSource = '', inFile = ''): string {
  return `${inFile}\nsources:\n  - { name: a, provider: elevenlabs, key: '\${KEY}'${inSource === '' ? '' : `, ${inSource}`} }\n`;
}

async function sourceOf(yaml: string, settings: Record<string, string> = {}) {
  const [source] = (await loadConfig({ ...fileSettings(yaml), ...settings })).sources;
  if (source === undefined) throw new Error('There is no source');
  return source;
}

async function refused(yaml: string, settings: Record<string, string> = {}): Promise<string> {
  const path = fileSettings(yaml).CALLSPAN_CONFIG ?? '';
  return (await refusal({ ...fileSettings(yaml), ...settings })).replaceAll(path, 'FILE');
}

describe('a settings file', () => {
  test('makes the sources; keys of the environment then make none of their own', async () => {
    const config = await loadConfig({
      ...fileSettings(`
state: /data/callspan.db
poll_interval: 1m
lookback: 48h
retention: 30d
log_level: warn
settle: 2m
sources:
  - { name: eu, provider: elevenlabs, key: '\${KEY}', region: eu, agents: [agent_1], concurrency: 2, requests_per_second: 0.5 }
  - { name: kiosk, provider: tavus, key: '\${KEY}', settle: 0s, content: full, include_system_prompt: true }
`),
      ELEVENLABS_API_KEY: 'another',
      TAVUS_API_KEY: 'one more',
    });
    expect(config).toMatchObject({
      state: '/data/callspan.db',
      pollInterval: 60_000,
      lookback: 172_800_000,
      logLevel: 'warn',
    });
    expect(config.sources).toMatchObject([
      {
        ...{
          name: 'eu',
          provider: 'elevenlabs',
          apiKey: SECRET,
          baseUrl: 'https://api.eu.residency.elevenlabs.io',
        },
        ...{ agents: ['agent_1'], concurrency: 2, requestsPerSecond: 0.5, settle: 120_000, content: 'none' },
      },
      { name: 'kiosk', provider: 'tavus', settle: 0, content: 'full', systemPrompt: true },
    ]);
  });

  test('gives way to the environment for the whole process, and not for what a source says of itself', async () => {
    const yaml = one('content: none', 'poll_interval: 1m\nlog_level: warn\ncontent: full');
    const environment = {
      CALLSPAN_POLL_INTERVAL: '5s',
      CALLSPAN_LOG_LEVEL: 'error',
      CALLSPAN_CONTENT: 'full',
      CALLSPAN_STATE: '/e.db',
    };
    const config = await loadConfig({ ...fileSettings(yaml), ...environment });
    expect(config).toMatchObject({ pollInterval: 5_000, logLevel: 'error', state: '/e.db' });
    expect(config.sources[0]?.content).toBe('none');
    expect((await sourceOf(one('', 'content: full'), { CALLSPAN_CONTENT: 'none' })).content).toBe('none');
    expect((await sourceOf(one('', 'content: full'))).content).toBe('full');
  });

  test('adds resource attributes: environment, file, source, the nearest wins', async () => {
    const { resource } = await sourceOf(one('resource: { c: 3, d: true }', 'resource: { b: file, c: 2 }'), {
      OTEL_RESOURCE_ATTRIBUTES: 'a=env,b=env',
    });
    expect(resource).toEqual({ a: 'env', b: 'file', c: 3, d: true });
  });
});

describe('the key of a source', () => {
  const source = (key: string) => `sources: [{ name: a, provider: tavus, ${key} }]`;

  test('comes from the environment, from a file, or from what a command prints', async () => {
    expect((await sourceOf(source(`key: '\${KEY}'`))).apiKey).toBe(SECRET);
    const keyFile = file('key', `\n${SECRET}\n`);
    expect((await sourceOf(source(`key_file: ${keyFile}`))).apiKey).toBe(SECRET);
    expect((await sourceOf(source(`key_command: 'cat ${keyFile} | tr -d " "'`))).apiKey).toBe(SECRET);
  });

  test.each([
    [
      `key: ${SECRET}`,
      /^FILE: the key of a stands in the file; write \$\{NAME\} to take it from the environment/,
    ],
    [`key: 'x\${KEY}'`, /stands in the file/],
    [`key: 12345`, /stands in the file/],
    [`key: '\${NO_SUCH}'`, /^FILE: sources\[0\]\.key refers to NO_SUCH, which is not set\.$/],
    ['settle: 1m', /^The source a needs one of key, key_file and key_command\.$/],
    [`key: '\${KEY}', key_file: /x`, /needs one of/],
    ['key_file: /no/such', /^The source a: its key_file \/no\/such cannot be read \(ENOENT\)\.$/],
    ['key_file: /dev/null', /^The source a: the key is empty/],
    [`key_command: 'echo ${SECRET} >&2; exit 7'`, /^The source a: its key_command failed \(exit code 7\)\.$/],
    ['key_command: "true"', /^The source a: the key is empty/],
  ])('%s is refused, and never shown', async (key, message) => {
    expect(await refused(source(key))).toMatch(message);
  });

  test('by a command that does not end is not waited for once the program is to stop', async () => {
    const stop = new AbortController();
    const loading = loadConfig(fileSettings(source(`key_command: 'exec sleep 60'`)), stop.signal);
    stop.abort(new Error('Asked to stop'));
    await expect(loading).rejects.toThrow('Asked to stop');
  });
});

describe('what is wrong in a file is named with its place', () => {
  test.each([
    [
      'a misspelt setting of a source',
      one('concurency: 2'),
      'FILE: sources[0].concurency is no setting; did you mean concurrency?',
    ],
    [
      'a misspelt setting of all',
      one('', 'poll_intervall: 1m'),
      'FILE: poll_intervall is no setting; did you mean poll_interval?',
    ],
    [
      'a misspelt setting of the exporter',
      one('otlp: { endpont: "http://x" }'),
      'FILE: sources[0].otlp.endpont is no setting; did you mean endpoint?',
    ],
    ['a setting that nothing is near', one('', 'frobnicate: 1'), 'FILE: frobnicate is no setting.'],
    [
      'a wrong type',
      one('concurrency: many'),
      'FILE: sources[0].concurrency: expected a whole number of at least 1.',
    ],
    [
      'half a number',
      one('concurrency: 1.5'),
      'FILE: sources[0].concurrency: expected a whole number of at least 1.',
    ],
    [
      'a rate of nothing',
      one('requests_per_second: 0'),
      'FILE: sources[0].requests_per_second: expected a number greater than 0.',
    ],
    [
      'a duration without a unit',
      one('', 'lookback: 24'),
      'FILE: lookback: expected a duration such as 500ms, 30s, 5m or 24h.',
    ],
    [
      'too short an interval',
      one('', 'poll_interval: 1ms'),
      'FILE: poll_interval: expected at least 100 ms.',
    ],
    ['a content mode that is none', one('content: some'), 'FILE: sources[0].content: expected none or full.'],
    [
      'a region that is none',
      one('region: mars'),
      'FILE: sources[0].region: expected global, us, eu, in or sg.',
    ],
    [
      'agents that are no list',
      one('agents: agent_1'),
      'FILE: sources[0].agents: expected a list of agent, pal or persona ids.',
    ],
    [
      'a name with a space',
      `sources: [{ name: a b, provider: tavus, key: '\${KEY}' }]`,
      'FILE: sources[0].name: expected up to 64 letters, digits, dots, hyphens and underscores.',
    ],
    ['no name', `sources: [{ provider: tavus, key: '\${KEY}' }]`, 'FILE: sources[0].name: is missing.'],
    [
      'a provider that is none',
      `sources: [{ name: a, provider: zoom, key: '\${KEY}' }]`,
      'FILE: sources[0].provider: expected elevenlabs, tavus',
    ],
    [
      'two sources of one name',
      `${one()}  - { name: a, provider: tavus, key: '\${KEY}' }\n`,
      'FILE: two sources are named a; names tell them apart.',
    ],
    ['no source', 'sources: []', 'FILE: sources: expected at least one source.'],
    ['nothing', '', 'FILE: sources: is missing.'],
    ['a list instead of settings', '[1, 2]', 'FILE: the file: expected settings with values.'],
    ['no YAML', `sources: [${SECRET}`, 'FILE is not valid YAML at line 1, column'],
    ['an alias that leads nowhere', 'sources: *nobody', 'FILE is not valid YAML'],
    [
      'a region that the vendor has not',
      `sources: [{ name: a, provider: tavus, key: '\${KEY}', region: eu }]`,
      'The source a: tavus has no region eu; leave it out or set base_url.',
    ],
  ])('%s', async (_, yaml, message) => {
    expect((await refused(yaml)).slice(0, message.length)).toBe(message);
  });

  test('a file that is not there', async () => {
    expect(await refusal({ CALLSPAN_CONFIG: '/no/such.yaml' })).toBe(
      'CALLSPAN_CONFIG=/no/such.yaml: the file cannot be read (ENOENT).',
    );
  });

  test('names that every object has are settings no more than others', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      await expect(loadConfig(fileSettings(one('', `${name}: { a: 1 }`)))).rejects.toThrow(ConfigError);
    }
  });
});

describe('where the traces of a source go', () => {
  const ENVIRONMENT = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://env:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=env,x-a=1',
  };

  test('is what the file says of all, else what the environment says', async () => {
    expect((await sourceOf(one(), ENVIRONMENT)).destination).toMatchObject({
      tracesUrl: 'http://env:4318/v1/traces',
    });
    const { destination } = await sourceOf(
      one('', 'otlp: { endpoint: "http://file:4318/", timeout: 5s, compression: none }'),
      ENVIRONMENT,
    );
    expect(destination).toMatchObject({
      tracesUrl: 'http://file:4318/v1/traces',
      timeoutMs: 5_000,
      compression: 'none',
    });
  });

  test('says how traces are encoded, for all and for one source, whatever the environment says', async () => {
    const inBinary = { ...ENVIRONMENT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
    const encoding = async (own: string, all: string, environment: Record<string, string>) =>
      (await sourceOf(one(own, all), environment)).destination.encoding;
    expect(await encoding('', 'otlp: { protocol: http/protobuf }', ENVIRONMENT)).toBe('protobuf');
    expect(await encoding('', 'otlp: { protocol: http/json }', inBinary)).toBeUndefined();
    expect(await encoding('otlp: { protocol: http/protobuf }', '', ENVIRONMENT)).toBe('protobuf');
    expect(await encoding('otlp: { timeout: 5s }', '', inBinary)).toBe('protobuf');
    await expect(sourceOf(one('', 'otlp: { protocol: grpc }'), ENVIRONMENT)).rejects.toThrow(
      'expected http/json or http/protobuf',
    );
  });

  test('with an endpoint of its own it gets none of the headers that are meant for another: tenants share no credentials', async () => {
    const file =
      'otlp: { endpoint: "http://file:4318", headers: { Authorization: "Bearer file", x-b: "2" } }';
    const own = await sourceOf(one('otlp: { endpoint: "https://tenant" }', file), ENVIRONMENT);
    expect(own.destination).toMatchObject({ tracesUrl: 'https://tenant/v1/traces', headers: {} });
    const withHeaders = await sourceOf(
      one(`otlp: { traces_endpoint: "https://tenant/in", headers: { X-Key: '\${KEY}' } }`, file),
      ENVIRONMENT,
    );
    expect(withHeaders.destination).toMatchObject({
      tracesUrl: 'https://tenant/in',
      headers: { 'x-key': SECRET },
    });
    expect((await sourceOf(one('', file), ENVIRONMENT)).destination.headers).toEqual({
      authorization: 'Bearer file',
      'x-b': '2',
    });
  });

  test('with headers and no endpoint of its own it adds them to those of its endpoint', async () => {
    const { destination } = await sourceOf(one('otlp: { headers: { AUTHORIZATION: own } }'), ENVIRONMENT);
    expect(destination).toMatchObject({
      tracesUrl: 'http://env:4318/v1/traces',
      headers: { authorization: 'own', 'x-a': '1' },
    });
  });

  test.each([
    ['otlp: { endpoint: "tenant:4318" }', /^a\.otlp\.endpoint=tenant:4318: expected an http/],
    [
      `otlp: { endpoint: "https://u:${SECRET}@t" }`,
      /^a\.otlp\.endpoint=https:\/\/t: put credentials into the headers/,
    ],
    ['otlp: { client_certificate: /x.pem }', /^a\.otlp: client_certificate and client_key belong together/],
    [
      'otlp: { certificate: /x.pem }',
      /^a\.otlp\.certificate=\/x\.pem: expected the path of a PEM file \(ENOENT\)/,
    ],
    [`otlp: { headers: { "a b": ${SECRET} } }`, /^a\.otlp: Expected HTTP header names, got "a b"\.$/],
    [
      `otlp: { headers: { a: "${SECRET}\\nb" } }`,
      /^a\.otlp: Expected the value of the header `a` to be text HTTP can carry/,
    ],
    ['otlp: { timeout: 0s }', /otlp\.timeout: expected at least 1 ms/],
  ])('%s is refused', async (setting, message) => {
    expect(await refused(one(setting))).toMatch(message);
  });
});
