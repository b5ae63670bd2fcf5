import { describe, expect, it } from 'vitest';
import { retellEvents, retellSignature, simulateCall } from '../../../sandbox/index.ts';
import { toOtlp } from '../../../src/trace/span-batch.ts';
import { vendor } from '../../../src/vendors/retell/vendor.ts';
import { retellWebhook } from '../../../src/vendors/retell/webhook.ts';
import { settings } from '../../trace/settings.ts';

const KEY = 'key_test';
const AT = 1_795_000_000_000;
const BODY = '{"event":"call_ended","call":{"call_id":"call_test"}}';
/** Made by the vendor's own client. */
const SIGNATURE = `v=${AT},d=396574f8e5df78400479de5f804745d608f72ca4f8a59bc8f65d43e9d857ef3d`;

function verdict(header: string | undefined, { body = BODY, secrets = [KEY], now = AT } = {}) {
  const headers = header === undefined ? {} : { 'x-retell-signature': header };
  const verification = retellWebhook.verify(headers, secrets, now);
  for (const byte of Buffer.from(body)) verification.update(Uint8Array.of(byte));
  const said = verification.verdict();
  return said.verified ? 'verified' : said.reason;
}

describe('a webhook of Retell', () => {
  it('is verified as the vendor’s own client verifies it, and the simulated vendor signs it so', () => {
    expect(verdict(SIGNATURE)).toBe('verified');
    expect(retellSignature(BODY, KEY, AT)).toBe(SIGNATURE);
    const { body, headers } = retellWebhook.example(AT, KEY);
    expect(verdict(headers['x-retell-signature'], { body })).toBe('verified');
  });

  it.each([
    ['missing', undefined],
    ['missing', ' '],
    ['malformed', 'v=1'],
    ['malformed', SIGNATURE.slice(0, -1)],
    ['malformed', SIGNATURE.replace('v=', 't=')],
    ['malformed', `v=1,${SIGNATURE}`],
    ['mismatch', SIGNATURE.replace('d=3', 'd=4')],
    ['mismatch', SIGNATURE.replace(String(AT), String(AT + 1))],
  ])('is refused as %s: %s', (reason, header) => {
    expect(verdict(header)).toBe(reason);
  });

  it('is refused with another body or key, and taken with any of several keys', () => {
    expect(verdict(SIGNATURE, { body: `${BODY} ` })).toBe('mismatch');
    expect(verdict(SIGNATURE, { secrets: ['key_other'] })).toBe('mismatch');
    expect(verdict(SIGNATURE, { secrets: ['key_other', KEY] })).toBe('verified');
  });

  it('is believed for five minutes before and after', () => {
    for (const off of [-300_000, 300_000]) expect(verdict(SIGNATURE, { now: AT + off })).toBe('verified');
    expect(verdict(SIGNATURE, { now: AT + 300_001 })).toBe('stale');
    expect(verdict(SIGNATURE, { now: AT - 300_001 })).toBe('future');
  });
});

describe('an event of Retell', () => {
  const call = { call_id: 'call_1', agent_id: 'agent_1' };
  const read = (event: unknown, more: object = {}) =>
    retellWebhook.read({ event, call: { ...call, ...more }, event_timestamp: AT });

  it('that a call has ended is a hint; that it was analyzed holds all of it, and is the last', () => {
    const common = { id: 'call_1', agent: 'agent_1', at: AT };
    expect(read('call_ended')).toEqual({ ...common, type: 'call_ended', holds: 'hint' });
    expect(read('call_analyzed')).toEqual({
      ...{ ...common, type: 'call_analyzed', holds: 'payload', terminal: true },
    });
  });

  it('is all there is where the agent keeps no words', () => {
    const storage = { data_storage_setting: 'basic_attributes_only' };
    expect(read('call_analyzed', storage)).toMatchObject({ final: true });
    expect(read('call_ended', storage)).not.toHaveProperty('final');
  });

  it.each(['call_started', 'transcript_updated', 'transfer_started', 'chat_ended', 'toString', 7, undefined])(
    'of another kind is forgotten: %s',
    (event) => {
      expect(read(event)).toBeUndefined();
    },
  );

  it.each([null, 5, 'text', [], {}, { event: 'call_ended' }, { event: 'call_ended', call: { call_id: 7 } }])(
    'that speaks of no call is none: %j',
    (body) => {
      expect(retellWebhook.read(body)).toBeUndefined();
    },
  );

  it('that a call was analyzed becomes the trace that a fetch of it does', () => {
    const one = simulateCall({ provider: 'retell', seed: 4, index: 1, startAt: AT, scenario: 'tool-ok' });
    if (one.provider !== 'retell') throw new Error('It is a call of Retell');
    const event = retellEvents(one).at(-1);
    const reading = { settings: settings({}), settle: 0, now: AT };
    const [pushed, fetched] = [event?.body, event?.body.call].map((body) => vendor.read(body, reading));
    if (pushed?.kind !== 'ready' || fetched?.kind !== 'ready') throw new Error('It is complete');
    expect(toOtlp(pushed.translated.batch)).toEqual(toOtlp(fetched.translated.batch));
  });
});
