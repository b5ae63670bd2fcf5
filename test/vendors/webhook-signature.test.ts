import { describe, expect, test } from 'vitest';
import {
  headerFields,
  headerOf,
  hmacVerification,
  isOneOf,
  trustedVerification,
} from '../../src/vendors/webhook-signature.ts';

describe('what a webhook is verified by', () => {
  test('a secret is one of several, and nothing else is', () => {
    const secrets = ['first secret', 'second secret'];
    for (const secret of secrets) expect(isOneOf(secret, secrets)).toBe(true);
    for (const other of ['', 'first', 'first secret ', 'FIRST SECRET', 'first secretsecond secret']) {
      expect(isOneOf(other, secrets)).toBe(false);
    }
    expect(isOneOf('', [])).toBe(false);
  });

  test('what is signed may stand before the body or after it', () => {
    // Retell's: the body, then the time in milliseconds.
    const digest = Buffer.from('396574f8e5df78400479de5f804745d608f72ca4f8a59bc8f65d43e9d857ef3d', 'hex');
    const verification = hmacVerification(['key_test'], [digest], { after: '1795000000000' });
    verification.update(Buffer.from('{"event":"call_ended","call":{"call_id":"call_test"}}'));
    expect(verification.verdict()).toEqual({ verified: true });
  });

  test('no signature fits what has none', () => {
    expect(hmacVerification(['secret'], [], {}).verdict()).toEqual({ verified: false, reason: 'mismatch' });
    expect(trustedVerification().verdict()).toEqual({ verified: true });
  });

  test('a header may come several times', () => {
    expect(headerOf({ 'x-a': ['t=1', 'v=2'] }, 'x-a')).toBe('t=1, v=2');
    expect(headerOf({}, 'x-a')).toBeUndefined();
    expect(headerFields('t=1, v0=2=')).toEqual([
      ['t', '1'],
      ['v0', '2='],
    ]);
    expect(headerFields('t')).toBeUndefined();
  });
});
