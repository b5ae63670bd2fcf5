import { describe, expect, test } from 'vitest';
import { blameOfAnswer, blameOfFetch, blameOfSilence, vendorTrouble } from '../src/blame.ts';
import { BadAnswerError, HttpStatusError, RedirectError, UnavailableError } from '../src/http/errors.ts';

const asked = 'GET /v2/conversations/c1';
const refused = (status: number) => new HttpStatusError(asked, status, {});
const away = (status?: number) =>
  new UnavailableError(asked, 5, { reason: 'no', ...(status === undefined ? {} : { status }) });
const garbled = (isTooLarge: boolean) => new BadAnswerError(asked, 200, 'text/html', 'is none', isTooLarge);

describe('whose fault it is that a fetch failed, with', () => {
  test.each([
    [
      'a payload that cannot be made into a conversation',
      new TypeError('no turns'),
      'conversation',
      'internal',
    ],
    ['a payload that is larger than is taken', garbled(true), 'conversation', 'too large'],
    ['a key that is wrong', refused(401), 'source', 'refused'],
    ['an account that has run dry', refused(402), 'source', 'refused'],
    ['a key without the permission', refused(403), 'source', 'refused'],
    ['a redirect, as of a wrong base URL', new RedirectError(asked, 302, 'https://x'), 'source', 'redirect'],
    ['too many requests, again and again', away(429), 'source', 'flooded'],
    ['a request that the vendor finds wrong', refused(400), 'unknown', 'status 400'],
    ['a request that the vendor cannot process', refused(422), 'unknown', 'status 422'],
    ['an error of the vendor’s server', away(500), 'unknown', 'unavailable'],
    ['a request that took the vendor too long', away(408), 'unknown', 'unavailable'],
    ['no answer', away(), 'unknown', 'unreachable'],
    ['a good status with a page', garbled(false), 'unknown', 'garbled'],
  ] as const)('%s', (_, error, blame, trouble) => {
    expect(blameOfFetch(error)).toBe(blame);
    expect(vendorTrouble(error)).toBe(trouble);
  });
});

describe('an answer of a collector that accepts nothing:', () => {
  const [aboutThePayload, unauthenticated] = [3, 16];
  test.each([
    [200, undefined, 'unknown'],
    [301, undefined, 'destination'],
    [307, aboutThePayload, 'destination'],
    ...[401, 402, 404, 405, 406, 407, 410, 414, 415, 426, 431].map(
      (status) => [status, aboutThePayload, 'destination'] as const,
    ),
    ...[403, 408, 425, 429, 500, 502, 503, 504, 507, 599].map(
      (status) => [status, aboutThePayload, 'unknown'] as const,
    ),
    ...[400, 409, 411, 413, 418, 422, 451].flatMap((status) => [
      [status, aboutThePayload, 'conversation'] as const,
      [status, unauthenticated, 'unknown'] as const,
      [status, undefined, 'unknown'] as const,
    ]),
  ] as const)('%d with the code %s: the fault of %s', (status, code, blame) => {
    expect(blameOfAnswer(status, code)).toBe(blame);
  });

  test.each([
    ...[1, 4, 5, 7, 8, 10, 12, 14, 16].map((code) => [code, 'unknown'] as const),
    ...[0, 2, 3, 6, 9, 11, 13, 15].map((code) => [code, 'conversation'] as const),
  ])('400 with a google.rpc.Status of the code %d: the fault of %s', (code, blame) => {
    expect(blameOfAnswer(400, code)).toBe(blame);
  });
});

test.each([
  ['connect ECONNREFUSED 10.0.0.1:4318', 'destination'],
  ['getaddrinfo ENOTFOUND collector', 'destination'],
  ['self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)', 'destination'],
  ['Proxy response (407) !== 200 when HTTP Tunneling: to CONNECT', 'destination'],
  ['read ECONNRESET', 'unknown'],
  ['no complete answer within 10000 ms', 'unknown'],
  ['other side closed (UND_ERR_SOCKET)', 'unknown'],
])('no answer, and the network says "%s": the fault of %s', (reason, blame) => {
  expect(blameOfSilence(reason)).toBe(blame);
});
