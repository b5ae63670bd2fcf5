import { describe, expect, test } from 'vitest';
import { loadConfig, traceSettings } from '../../src/config/config.ts';
import { fileSettings, KEYS, load, refusal, source } from './settings.ts';

const TOKEN = '0123456789abcdef0123';

describe('webhooks', () => {
  test('are off unless an address is named', async () => {
    expect((await load()).webhooks).toBeUndefined();
    expect(await source()).toMatchObject({ zeroRetention: [] });
    expect((await source()).webhook).toBeUndefined();
  });

  test.each([
    ['9465', '127.0.0.1'],
    [':9465', '::'],
    ['10.0.0.7:9465', '10.0.0.7'],
    ['[::1]:9465', '::1'],
  ])('are taken where %s says', async (value, host) => {
    const config = await load({ CALLSPAN_WEBHOOKS: value, ELEVENLABS_WEBHOOK_SECRET: 'wsec_1' });
    expect(config.webhooks).toEqual({ host, port: 9465 });
  });

  test('have several secrets while one takes the place of another', async () => {
    const settings = { ELEVENLABS_WEBHOOK_SECRET: 'wsec_new, wsec_old\nwsec_older' };
    expect((await source(settings)).webhook).toEqual({
      by: 'secret',
      secrets: ['wsec_new', 'wsec_old', 'wsec_older'],
    });
  });

  test('have tokens where nothing is signed', async () => {
    const [tavus] = (await loadConfig({ TAVUS_API_KEY: 'key-of-tavus', TAVUS_WEBHOOK_TOKEN: TOKEN })).sources;
    expect(tavus?.webhook).toEqual({ by: 'token', secrets: [TOKEN] });
  });

  test('have secrets that never leave in a span', async () => {
    const config = await source({ ELEVENLABS_WEBHOOK_SECRET: 'wsec_never_to_leave' });
    expect(traceSettings(config).secrets).toContain('wsec_never_to_leave');
  });

  test('are of agents that keep nothing, where that is said: all, or some', async () => {
    expect((await source({ ELEVENLABS_ZERO_RETENTION: 'true' })).zeroRetention).toBe(true);
    expect((await source({ ELEVENLABS_ZERO_RETENTION: 'false' })).zeroRetention).toEqual([]);
    expect((await source({ ELEVENLABS_ZERO_RETENTION: 'agent_1, agent_2' })).zeroRetention).toEqual([
      'agent_1',
      'agent_2',
    ]);
  });

  test('are trusted by a secret without the line break that came along, and that is told', async () => {
    const config = await load({ ELEVENLABS_WEBHOOK_SECRET: ' wsec_1\n', CALLSPAN_STATE: '/a.db' });
    expect(config.sources[0]?.webhook?.secrets).toEqual(['wsec_1']);
    expect(config.warnings).toEqual([
      'ELEVENLABS_WEBHOOK_SECRET has blanks or line breaks around it; they are left out',
    ]);
  });

  test('of a settings file have the secrets, or the tokens, of each source', async () => {
    const yaml = `
sources:
  - { name: a, provider: elevenlabs, key: '\${KEY}', webhook: { secrets: ['\${NEW}', '\${OLD}'] }, zero_retention: [agent_1] }
  - { name: b, provider: elevenlabs, key: '\${KEY}', webhook: { secrets: '\${NEW}' }, zero_retention: true }
  - { name: c, provider: tavus, key: '\${KEY}', webhook: { token: '\${TOKEN}' }, zero_retention: false }
  - { name: d, provider: tavus, key: '\${KEY}', webhook: { token: ['\${TOKEN}', '\${TOKEN}'] } }
  - { name: e, provider: tavus, key: '\${KEY}' }`;
    const { sources, warnings } = await loadConfig({
      ...fileSettings(yaml),
      ...{ NEW: 'wsec_new ', OLD: 'wsec_old', TOKEN, CALLSPAN_WEBHOOKS: ':0' },
    });
    expect(
      sources.map(({ webhook, zeroRetention }) => [webhook?.by, webhook?.secrets, zeroRetention]),
    ).toEqual([
      ['secret', ['wsec_new', 'wsec_old'], ['agent_1']],
      ['secret', ['wsec_new'], true],
      ['token', [TOKEN], []],
      ['token', [TOKEN, TOKEN], []],
      [undefined, undefined, []],
    ]);
    expect(warnings).toEqual(['NEW has blanks or line breaks around it; they are left out']);
  });
});

describe('is refused', () => {
  const inFile = (source: string) => `sources:\n  - { name: a, key: '\${KEY}', ${source} }\n`;

  test('an address without anything to trust', async () => {
    expect(await refusal({ ...KEYS, CALLSPAN_WEBHOOKS: ':9465' })).toBe(
      'CALLSPAN_WEBHOOKS is set, and no source has a secret or a token to trust its webhooks by.',
    );
  });

  test('an address that is none', async () => {
    const settings = { ...KEYS, ELEVENLABS_WEBHOOK_SECRET: 'wsec_1', CALLSPAN_WEBHOOKS: 'on' };
    expect(await refusal(settings)).toMatch(/^CALLSPAN_WEBHOOKS=on: expected a port/);
  });

  test('a token that can be guessed, or that no path can carry, without telling it', async () => {
    for (const token of ['short', 'a/b/c/d/e/f/g/h/i/j/k', 'percent%20percent%20percent']) {
      const message = await refusal({ TAVUS_API_KEY: 'key-of-tavus', TAVUS_WEBHOOK_TOKEN: token });
      expect(message).toMatch(/^TAVUS_WEBHOOK_TOKEN=\.\.\.: expected 16 letters/);
      expect(message).not.toContain(token);
    }
  });

  test.each([
    [
      "provider: elevenlabs, webhook: { secrets: ['wsec_plain'] }",
      /what the webhooks of a are trusted by stands in the file; write \$\{NAME\}/,
    ],
    ['provider: tavus, webhook: { token: plain_token_0123456789 }', /stands in the file/],
    [
      `provider: tavus, webhook: { secrets: ['\${KEY}'] }`,
      /^The source a: Tavus signs nothing; set webhook.token/,
    ],
    [
      `provider: elevenlabs, webhook: { token: '\${KEY}' }`,
      /ElevenLabs signs what it sends; set webhook.secrets/,
    ],
    ['provider: elevenlabs, webhook: {}', /set webhook.secrets/],
    [
      `provider: elevenlabs, webhook: { secret: '\${KEY}' }`,
      /webhook.secret is no setting; did you mean secrets/,
    ],
    ['provider: elevenlabs, webhook: 7', /webhook: expected settings with values/],
    [
      'provider: elevenlabs, zero_retention: yes please',
      /zero_retention: expected true, false or a list of agent ids/,
    ],
  ])('of a file: %s', async (text, message) => {
    expect(await refusal(fileSettings(inFile(text)))).toMatch(message);
  });
});
