import { expect, it } from 'vitest';
import type { HttpClient } from '../../../src/http/client.ts';
import { VapiSource } from '../../../src/vendors/vapi/source.ts';
import { settings } from '../../trace/settings.ts';
import { bot, ID, moment, talk, user } from './vapi-payload.ts';

const SIGNAL = new AbortController().signal;
const NOW = Date.parse(moment(3_600));
const WHOLE = talk([bot('Hello.', 1, 2), user('Hi.', 3, 4)]);

/** A source that has walked a list with this row on it, and how often it asked for the call itself. */
async function listed(row: Record<string, unknown>) {
  let gets = 0;
  const client = {
    async getJson(path: string): Promise<unknown> {
      if (path === '/call') return [row];
      gets++;
      return WHOLE;
    },
  } as unknown as HttpClient;
  const clock = { now: () => NOW, sleep: async () => undefined, random: () => 0.5 };
  const source = new VapiSource({ name: 'vapi', client, clock, settings: settings(), settle: 300_000 });
  for await (const _ of source.discover({ since: NOW - 7_200_000 }, SIGNAL));
  return { fetched: await source.fetch(ID, SIGNAL), gets: () => gets };
}

it('a call that a list has shown whole is not asked for', async () => {
  const { fetched, gets } = await listed(WHOLE);
  expect([fetched.kind, gets()]).toEqual(['ready', 0]);
});

it.each([moment(0), '1e+300', '-5', '+010000-01-01T00:00:00.000Z'])(
  'one that began at %j, of which a list shows no word, is asked for: a list may leave out what is large',
  async (startedAt) => {
    const { fetched, gets } = await listed({
      ...WHOLE,
      artifact: undefined,
      messages: undefined,
      analysis: {},
      startedAt,
    });
    expect(gets()).toBe(1);
    expect(fetched.kind === 'ready' && fetched.translated.conversation.outcome).toBe('completed');
  },
);

it('one that never began is not: there is nothing that could be left out', async () => {
  const { fetched, gets } = await listed({ ...WHOLE, artifact: {}, messages: [], startedAt: null });
  expect([fetched.kind, gets()]).toEqual(['ready', 0]);
});
