import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEndpoint } from '../../src/delivery/endpoint.ts';
import { isTooLarge, maxResponseBytes, unreachable, verdict } from '../../src/delivery/verdict.ts';

const now = Date.UTC(2026, 10, 21, 12, 0, 0);
const at = 'https://collector.example/v1/traces';
const endpoint = createEndpoint(
  {
    tracesUrl: 'https://user:hunter22@collector.example/v1/traces?token=query-secret',
    headers: { 'x-api-key': 'tok-4f9a7c' },
    timeoutMs: 1_000,
    compression: 'none',
  },
  8,
  {},
);

const answered = (status: number, body: unknown = '', headers: Record<string, string> = {}, whole = true) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return verdict({ status, headers, body: Buffer.from(text), whole }, endpoint, now);
};

describe('2xx is accepted', () => {
  test.each([
    ['nothing', ''],
    ['an empty object', {}],
    ['a full success', { partialSuccess: {} }],
    ['a partial success of nothing', { partialSuccess: { rejectedSpans: 0, errorMessage: '' } }],
    ['null for a full success', { partialSuccess: null }],
  ])('with %s', (_, body) => {
    expect(answered(200, body)).toEqual({ kind: 'accepted', rejectedSpans: 0 });
  });

  test.each([
    [3, 3],
    ['3', 3],
    ['9999999', 9_999_999],
    ['-3', 0],
    [1.5, 0],
    ['three', 0],
    [null, 0],
    [{}, 0],
  ])('with %o rejected spans: %d', (rejectedSpans, count) => {
    expect(answered(200, { partialSuccess: { rejectedSpans } })).toEqual({
      kind: 'accepted',
      rejectedSpans: count,
    });
  });

  test('with a warning', () => {
    expect(answered(202, { partialSuccess: { errorMessage: 'use\nless\u0007 spans' } })).toEqual({
      kind: 'accepted',
      rejectedSpans: 0,
      message: 'use less spans',
    });
  });

  test.each([
    ['text', 'ok', true],
    ['a list', '[]', true],
    ['half of something', '{"partialSuc', true],
    ['something of which the end is missing', '{}', false],
    ['nothing of what was announced', '', false],
  ])('and says so, with %s', (_, body, whole) => {
    expect(answered(200, body, {}, whole)).toEqual({
      kind: 'accepted',
      rejectedSpans: 0,
      message: 'accepted with an answer that is not OTLP JSON',
    });
  });

  test.each([
    ['its type', { 'content-type': 'text/html; charset=utf-8' }, ''],
    ['its text', {}, '<!DOCTYPE html><title>Log in</title>'],
  ])('but not a page, known by %s', (_, headers, body) => {
    expect(answered(200, body, headers)).toEqual({
      kind: 'unavailable',
      reason: `${at} answered 200 with an HTML page: check the endpoint and the proxy, that is no collector`,
    });
  });
});

describe('what a setting can mend is unavailable, and says what to check', () => {
  test.each([
    [301, /redirects \(301\) to nowhere .*check the endpoint/],
    [401, /check the credentials in the headers/],
    [402, /check the account/],
    [403, /check the credentials in the headers/],
    [404, /check the endpoint/],
    [405, /check the endpoint/],
    [406, /check the endpoint/],
    [407, /check the credentials of the proxy/],
    [410, /check the endpoint/],
    [415, /check the endpoint and the compression/],
    [426, /check the endpoint/],
    [431, /check the headers/],
  ])('%d', (status, reason) => {
    const outcome = answered(status, { message: 'no' });
    expect(outcome).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(reason) });
    expect(outcome).not.toHaveProperty('retryAfterMs');
  });

  test('a redirect tells where to, without the query', () => {
    const outcome = answered(302, '', { location: '/login?token=tok' });
    expect(outcome).toEqual({
      kind: 'unavailable',
      reason: `${at} redirects (302) to https://collector.example/login: check the endpoint, redirects are not followed`,
    });
  });
});

describe('what time can mend is unavailable', () => {
  test.each([408, 425, 429, 500, 501, 502, 503, 504, 507, 599])('%d', (status) => {
    expect(answered(status, { code: 14, message: 'sending queue is full' })).toEqual({
      kind: 'unavailable',
      reason: `${at} answered ${status}: sending queue is full`,
    });
  });

  test.each([
    ['30', 30_000],
    ['Sat, 21 Nov 2026 12:02:00 GMT', 120_000],
    ['86400', 3_600_000],
  ])('Retry-After: %s is passed on, up to an hour', (text, retryAfterMs) => {
    expect(answered(503, '', { 'retry-after': text })).toMatchObject({ kind: 'unavailable', retryAfterMs });
  });
});

test('a refusal that breaks off is none for good: what was lost of it may have been "too large"', () => {
  expect(answered(400, 'http: request bo', { 'content-type': 'text/plain' }, false)).toEqual({
    kind: 'unavailable',
    reason: `${at} answered 400, and the answer broke off: http: request bo`,
  });
  expect(answered(413, '', {}, false)).toMatchObject({ kind: 'rejected', status: 413 });
  const tooLong = 'x'.repeat(maxResponseBytes);
  expect(answered(400, tooLong, { 'content-type': 'text/html' }, false)).toMatchObject({ kind: 'rejected' });
});

test.each(['0', 'Sat, 21 Nov 2026 11:00:00 GMT'])('Retry-After: %s is no wait, and not passed on', (text) => {
  expect(answered(503, '', { 'retry-after': text })).toEqual({
    kind: 'unavailable',
    reason: `${at} answered 503`,
  });
});

describe('what nothing can mend is rejected', () => {
  test.each([400, 409, 411, 413, 414, 418, 422, 451])('%d', (status) => {
    expect(answered(status, { code: 3, message: 'bad trace id' })).toEqual({
      kind: 'rejected',
      status,
      reason: 'bad trace id',
    });
  });

  test.each([
    ['a google.rpc.Status', { code: 3, message: 'bad id' }, {}, 'bad id'],
    ['one inside of error', { error: { code: 3, message: 'bad id' } }, {}, 'bad id'],
    ['an error text', { error: 'bad id' }, {}, 'bad id'],
    [
      'text',
      'http: request body too large',
      { 'content-type': 'text/plain' },
      'http: request body too large',
    ],
    ['text of no type', 'bad id', {}, 'bad id'],
    ['a page', '<html>no</html>', { 'content-type': 'text/html' }, 'answered 400 without an explanation'],
    [
      'protobuf',
      '\n\u0003bad',
      { 'content-type': 'application/x-protobuf' },
      'answered 400 without an explanation',
    ],
    ['nothing', '', {}, 'answered 400 without an explanation'],
  ])('explained by %s', (_, body, headers, reason) => {
    expect(answered(400, body, headers)).toEqual({ kind: 'rejected', status: 400, reason });
  });

  test('the explanation may be packed; a bomb is none', () => {
    const headers = { 'content-encoding': 'gzip' };
    const packed = (body: Buffer) => verdict({ status: 400, headers, body, whole: true }, endpoint, now);
    expect(packed(gzipSync('{"message":"bad id"}'))).toMatchObject({ reason: 'bad id' });
    expect(packed(gzipSync(Buffer.alloc(10 ** 7)))).toMatchObject({
      reason: 'answered 400 without an explanation',
    });
    expect(packed(Buffer.from('odd'))).toMatchObject({ reason: 'answered 400 without an explanation' });
  });

  test('no secret is repeated', () => {
    const outcome = answered(400, { message: 'tok-4f9a7c query-secret hunter22 are private' });
    expect(outcome).toMatchObject({ reason: '[redacted] [redacted] [redacted] are private' });
  });
});

test.each([
  [413, 'too much', true],
  [400, 'http: request body too large', true],
  [400, 'bad id', false],
  [422, 'http: request body too large', false],
])('%d "%s" means that the body is too large: %s', (status, message, expected) => {
  expect(isTooLarge(answered(status, { message }))).toBe(expected);
});

test('no answer is unavailable, with what the network said', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:4318'), { code: 'ECONNREFUSED' });
  expect(unreachable(refused, endpoint)).toEqual({
    kind: 'unavailable',
    reason: `${at}: connect ECONNREFUSED 10.0.0.1:4318`,
  });
  expect(unreachable(new Error('cannot send tok-4f9a7c'), endpoint)).toMatchObject({
    reason: `${at}: cannot send [redacted]`,
  });
});

test('whatever is answered, there is an outcome with short and printable words', () => {
  const header = fc.option(fc.string(), { nil: undefined });
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify({ partialSuccess: value, message: value }))),
  );
  const headers = fc.record({
    'content-type': header,
    'content-encoding': fc.constantFrom(undefined, 'gzip', 'br'),
    'retry-after': header,
    location: header,
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 599 }),
      headers,
      body,
      fc.boolean(),
      (status, head, bytes, whole) => {
        const outcome = verdict({ status, headers: head, body: bytes, whole }, endpoint, now);
        const words = outcome.kind === 'accepted' ? (outcome.message ?? 'none') : outcome.reason;
        expect(words).toMatch(/^[^\p{Cc}]{1,700}$/u);
        if (status >= 300) expect(outcome.kind).not.toBe('accepted');
        if (status >= 500) expect(outcome.kind).toBe('unavailable');
      },
    ),
  );
});
