import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { KEYS, load, refusal, SECRET, source } from './settings.ts';

const DAY = 86_400_000;

describe('keys', () => {
  test('each switches its vendor on; without any the start is refused', async () => {
    const { sources } = await loadConfig({ ELEVENLABS_API_KEY: 'one', TAVUS_API_KEY: ' two ' });
    expect(sources.map(({ name, provider, apiKey, baseUrl }) => [name, provider, apiKey, baseUrl])).toEqual([
      ['elevenlabs', 'elevenlabs', 'one', 'https://api.elevenlabs.io'],
      ['tavus', 'tavus', 'two', 'https://tavusapi.com'],
    ]);
    expect(await refusal({})).toMatch(/^No source: set ELEVENLABS_API_KEY, TAVUS_API_KEY.* or \w+_API_KEY/);
    expect(await refusal({ ELEVENLABS_API_KEY: ' ', TAVUS_API_KEY: '' })).toMatch(/^No source/);
  });

  test.each([`${SECRET} ${SECRET}`, `${SECRET}\n${SECRET}`, `${SECRET}é`])(
    'that no header can carry are refused, unseen',
    async (key) => {
      expect(await refusal({ TAVUS_API_KEY: key })).toBe(
        'TAVUS_API_KEY: the key is empty or has characters that no HTTP header can carry.',
      );
    },
  );

  test('a base URL is taken without its last slash, and refused with a query', async () => {
    expect((await source({ ELEVENLABS_BASE_URL: 'http://127.0.0.1:80/eleven//' })).baseUrl).toBe(
      'http://127.0.0.1:80/eleven',
    );
    expect(await refusal({ ...KEYS, ELEVENLABS_BASE_URL: `https://x/?key=${SECRET}` })).toBe(
      'ELEVENLABS_BASE_URL=https://x/?...: expected a URL without a query.',
    );
    expect(await refusal({ TAVUS_API_KEY: 'k', TAVUS_BASE_URL: 'tavusapi.com' })).toMatch(
      /^TAVUS_BASE_URL=tavusapi\.com: expected an http/,
    );
  });
});

test('what is not set, or empty, has the default that the README names', async () => {
  const empty = [
    'STATE',
    'CONTENT',
    'INCLUDE_SYSTEM_PROMPT',
    'POLL_INTERVAL',
    'LOOKBACK',
    'RETENTION',
    'TAVUS_SETTLE',
    'LOG_LEVEL',
    'CONFIG',
  ];
  const blank = Object.fromEntries(empty.map((name) => [`CALLSPAN_${name}`, '  ']));
  const defaults = await load();
  expect(await load(blank)).toEqual(defaults);
  const [first] = defaults.sources;
  expect(defaults).toMatchObject({
    state: './callspan.db',
    pollInterval: 30_000,
    lookback: DAY,
    retention: 90 * DAY,
    logLevel: 'info',
  });
  expect(first).toMatchObject({
    content: 'none',
    systemPrompt: false,
    concurrency: 4,
    agents: [],
    resource: {},
  });
});

test('what is set is what it says', async () => {
  const config = await load({
    CALLSPAN_STATE: '/data/callspan.db',
    CALLSPAN_CONTENT: 'FULL',
    CALLSPAN_INCLUDE_SYSTEM_PROMPT: 'true',
    CALLSPAN_POLL_INTERVAL: '100ms',
    CALLSPAN_LOOKBACK: '0s',
    CALLSPAN_RETENTION: '0s',
    CALLSPAN_TAVUS_SETTLE: '1.5m',
    CALLSPAN_LOG_LEVEL: 'silent',
  });
  expect(config).toMatchObject({
    state: '/data/callspan.db',
    pollInterval: 100,
    lookback: 0,
    retention: 0,
    logLevel: 'silent',
  });
  expect(config.sources[0]).toMatchObject({ content: 'full', systemPrompt: true });
});

test('how long a vendor is waited for is its own setting, with its own default', async () => {
  const { sources } = await load({ TAVUS_API_KEY: 'two' });
  expect(sources.map(({ settle }) => settle)).toEqual([0, 300_000]);
  const set = await load({ TAVUS_API_KEY: 'two', CALLSPAN_TAVUS_SETTLE: '1.5m' });
  expect(set.sources.map(({ settle }) => settle)).toEqual([0, 90_000]);
});

test('it cannot be changed afterwards', async () => {
  const { sources } = await load({ OTEL_EXPORTER_OTLP_HEADERS: 'a=b' });
  expect(() => Object.assign(sources[0]?.destination.headers ?? {}, { a: 'c' })).toThrow(TypeError);
});

describe('what cannot be used stops the start with a line that says what is allowed', () => {
  const duration = 'expected a duration such as 500ms, 30s, 5m or 24h.';
  test.each([
    ['CALLSPAN_POLL_INTERVAL', '30', duration],
    ['CALLSPAN_POLL_INTERVAL', '50ms', 'expected at least 100 ms.'],
    ['CALLSPAN_LOOKBACK', '-1h', duration],
    ['CALLSPAN_RETENTION', 'forever', duration],
    ['CALLSPAN_TAVUS_SETTLE', '5 minutes', duration],
    ['CALLSPAN_CONTENT', 'all', 'expected none or full.'],
    ['CALLSPAN_INCLUDE_SYSTEM_PROMPT', 'yes', 'expected true or false.'],
    ['CALLSPAN_LOG_LEVEL', 'trace', 'expected debug, info, warn, error or silent.'],
    [
      'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
      'on',
      'expected true, false, no_content, span_only, event_only or span_and_event.',
    ],
  ])('%s=%s', async (name, value, allowed) => {
    expect(await refusal({ ...KEYS, [name]: value })).toBe(`${name}=${value}: ${allowed}`);
  });

  test('and values are shown on one line, without control characters and not without end', async () => {
    const message = await refusal({ ...KEYS, CALLSPAN_LOG_LEVEL: `a\n\x1b[31m${'b'.repeat(500)}` });
    expect(message).toMatch(/^CALLSPAN_LOG_LEVEL=a {2}\[31mb+\.\.\.: expected/);
    expect(message.length).toBeLessThan(250);
  });
});

describe('whether what was said is let out', () => {
  const SHARED = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
  test.each([
    [{}, 'none'],
    [{ [SHARED]: 'true' }, 'full'],
    [{ [SHARED]: 'SPAN_ONLY' }, 'full'],
    [{ [SHARED]: 'SPAN_AND_EVENT' }, 'full'],
    [{ [SHARED]: 'EVENT_ONLY' }, 'none'],
    [{ [SHARED]: 'NO_CONTENT' }, 'none'],
    [{ [SHARED]: 'false', CALLSPAN_CONTENT: 'full' }, 'full'],
    [{ [SHARED]: 'true', CALLSPAN_CONTENT: 'none' }, 'none'],
    [{ [SHARED]: 'true', CALLSPAN_CONTENT: '' }, 'full'],
  ])('with %o is %s', async (settings: Record<string, string>, content) => {
    expect((await source(settings)).content).toBe(content);
  });
});
