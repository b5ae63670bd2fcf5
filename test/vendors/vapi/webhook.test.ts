import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  endOfCallReport,
  otherVapiMessages,
  simulateCall,
  type VapiCall,
  type VapiServerAuth,
  vapiAuth,
} from '../../../sandbox/index.ts';
import { vapiWebhook } from '../../../src/vendors/vapi/webhook.ts';

const NOW = 1_795_000_000_000;
const BODY = Buffer.from('{"message":{"type":"end-of-call-report"}}');
const SECRETS = ['secret-of-last-year', 'secret-of-today'];

function verdict(headers: Record<string, string>, { now = NOW, secrets = SECRETS, body = BODY } = {}) {
  const verification = vapiWebhook.verify(headers, secrets, now);
  // In two pieces, as it comes.
  verification.update(body.subarray(0, 7));
  verification.update(body.subarray(7));
  return verification.verdict();
}

const TRUSTED = { verified: true };
const refused = (reason: string) => ({ verified: false, reason });

function call(scenario = 'ordinary'): VapiCall {
  const made = simulateCall({ provider: 'vapi', seed: 3, index: 1, startAt: NOW, scenario, shape: 'full' });
  if (made.provider !== 'vapi') throw new Error('A call of Vapi was asked for');
  return made;
}

describe('a call of the vendor is trusted', () => {
  it.each<VapiServerAuth>([
    { kind: 'legacy', secret: 'secret-of-today' },
    { kind: 'bearer', secret: 'secret-of-today' },
    { kind: 'hmac', secret: 'secret-of-today', stamped: false },
    { kind: 'hmac', secret: 'secret-of-last-year', stamped: true },
  ])('as the vendor sends it: %j', (auth) => {
    expect(verdict(vapiAuth(auth, BODY, NOW))).toEqual(TRUSTED);
  });

  it.each([
    ['without the word Bearer', { authorization: 'secret-of-today' }],
    ['in the header’s own capitals', { 'X-Vapi-Secret': 'secret-of-today' }],
  ])('%s', (_, headers) => {
    expect(verdict(headers)).toEqual(TRUSTED);
  });

  const mac = (algorithm: string, encoding: 'hex' | 'base64' | 'base64url', stamp = '') =>
    createHmac(algorithm, 'secret-of-today')
      .update(stamp === '' ? '' : `${stamp}.`)
      .update(BODY)
      .digest(encoding);

  it.each([
    ['in hex', { 'x-signature': mac('sha256', 'hex') }],
    ['in large hex', { 'x-signature': mac('sha256', 'hex').toUpperCase() }],
    ['with its algorithm', { 'x-hub-signature-256': `sha256=${mac('sha256', 'hex')}` }],
    ['in base64', { 'x-vapi-signature': mac('sha256', 'base64') }],
    ['in base64url', { signature: mac('sha256', 'base64url') }],
    ['with seconds', { 'x-signature': mac('sha256', 'hex', '1795000000'), 'x-timestamp': '1795000000' }],
    [
      'with milliseconds',
      { 'x-signature': mac('sha256', 'hex', '1795000000000'), 'x-timestamp': '1795000000000' },
    ],
  ])('signed %s', (_, headers) => {
    expect(verdict(headers)).toEqual(TRUSTED);
  });
});

describe('a call of somebody else is not', () => {
  const stamped = vapiAuth({ kind: 'hmac', secret: 'secret-of-today', stamped: true }, BODY, NOW);

  it.each([
    ['missing', {}],
    ['mismatch', { 'x-vapi-secret': 'secret-of-tomorrow' }],
    ['mismatch', { authorization: 'Bearer secret' }],
    ['mismatch', { 'x-signature': '0'.repeat(64) }],
    ['malformed', { 'x-signature': 'trust me' }],
    ['malformed', { ...stamped, 'x-timestamp': 'yesterday' }],
  ])('%s: %j', (reason, headers) => {
    expect(verdict(headers)).toEqual(refused(reason));
  });

  it('because it is signed, and its secret stands in another header beside a wrong signature', () => {
    expect(verdict({ 'x-signature': '0'.repeat(64), 'x-vapi-secret': 'secret-of-today' })).toEqual(
      refused('mismatch'),
    );
  });

  it.each([
    [300_001, 'stale'],
    [-300_001, 'future'],
  ])('%i ms after it was signed', (later, reason) => {
    expect(verdict(stamped, { now: NOW + later })).toEqual(refused(reason));
    expect(verdict(stamped, { now: NOW + later - Math.sign(later) })).toEqual(TRUSTED);
  });

  it('with a body that was changed', () => {
    expect(verdict(stamped, { body: Buffer.from(`${BODY} `) })).toEqual(refused('mismatch'));
  });
});

describe('a message', () => {
  it('that reports a call holds it, and nothing more comes', () => {
    const ended = call();
    expect(vapiWebhook.read(endOfCallReport(ended))).toEqual({
      type: 'end-of-call-report',
      id: ended.id,
      agent: ended.agents[0]?.id,
      at: Math.floor(ended.terminalAt / 1000),
      holds: 'payload',
      terminal: true,
    });
  });

  it('of a call of which nothing is kept stands alone', () => {
    expect(vapiWebhook.read(endOfCallReport(call('zero-retention')))).toMatchObject({ final: true });
  });

  it('of an end hints at it', () => {
    const message = { type: 'status-update', status: 'ended', timestamp: NOW, call: { id: 'c-1' } };
    expect(vapiWebhook.read({ message })).toEqual({
      type: 'status-update',
      id: 'c-1',
      at: NOW,
      holds: 'hint',
    });
  });

  it('of another kind is nobody’s here', () => {
    for (const other of otherVapiMessages(call())) expect(vapiWebhook.read(other)).toBeUndefined();
  });

  it.each([
    null,
    [],
    {},
    { message: null },
    { message: { type: 'end-of-call-report' } },
    { message: { type: 'end-of-call-report', call: { id: 7 } } },
  ])('%j says nothing', (body) => {
    expect(vapiWebhook.read(body)).toBeUndefined();
  });

  it('to test with is one that is trusted, and of nobody', () => {
    const { body, headers } = vapiWebhook.example(NOW, 'secret-of-today');
    expect(verdict(headers, { body: Buffer.from(body) })).toEqual(TRUSTED);
    expect(vapiWebhook.read(JSON.parse(body))).toBeUndefined();
  });
});
