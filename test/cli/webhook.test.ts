import { describe, expect, onTestFinished, test } from 'vitest';
import { WEBHOOK_SECRET, WEBHOOK_TOKEN, webhookWorld } from '../bridge/webhook-world.ts';
import { callspan } from './program.ts';

const SETTINGS = {
  ...{ ELEVENLABS_API_KEY: 'key-of-elevenlabs', ELEVENLABS_WEBHOOK_SECRET: WEBHOOK_SECRET },
  ...{ TAVUS_API_KEY: 'key-of-tavus', TAVUS_WEBHOOK_TOKEN: WEBHOOK_TOKEN },
};

describe('callspan webhook test', () => {
  test('sends a signed example to a running bridge, and says that it is taken', async () => {
    const world = await webhookWorld();
    onTestFinished(() => world.close());
    const base = world.hooks.elevenLabs.replace('/webhooks/elevenlabs', '');
    for (const source of ['elevenlabs', 'tavus']) {
      const { code, stdout, stderr } = await callspan(['webhook', 'test', source, '--url', base], SETTINGS);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^${base}/webhooks/${source} answered 200 in \\d+ ms`));
      expect(stdout).not.toContain(WEBHOOK_TOKEN);
    }
    expect(await world.ledger.inbox.depth(await world.ledger.source('tavus', 'tavus'))).toMatchObject({
      waiting: 0,
    });
    const wrong = {
      ...SETTINGS,
      ELEVENLABS_WEBHOOK_SECRET: 'wsec_another',
      TAVUS_WEBHOOK_TOKEN: 'another-token-0123456789',
    };
    const refused = await callspan(['webhook', 'test', 'elevenlabs', '--url', base], wrong);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/answered 401: the bridge has another secret, or a clock that is wrong\.\n$/),
    ]);
    const unknown = await callspan(['webhook', 'test', 'tavus', '--url', base], wrong);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/answered 404: /)]);
  });

  test('says where nobody answers, and what is missing', async () => {
    const nobody = await callspan(['webhook', 'test', 'elevenlabs', '--url', 'http://127.0.0.1:2'], SETTINGS);
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/nobody answers \(\w+\)/)]);
    const unset = await callspan(['webhook', 'test', 'elevenlabs'], SETTINGS);
    expect([unset.code, unset.stderr]).toEqual([2, expect.stringMatching(/CALLSPAN_WEBHOOKS is not set/)]);
    const strange = await callspan(['webhook', 'test', 'nobody'], SETTINGS);
    expect([strange.code, strange.stderr]).toEqual([2, expect.stringMatching(/There is no source nobody/)]);
  });
});
