import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxResponseBytes } from '../../src/delivery/answer.ts';
import { createEndpoint } from '../../src/delivery/endpoint.ts';
import { isTooLarge, judge, unreachable } from '../../src/delivery/outcome.ts';

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
  return judge({ status, headers, body: Buffer.from(text), whole }, endpoint, now);
};

describe('2xx is accepted', () => {
  test.each([
    ['nothing', ''],
    ['an empty line', '\r\n'],
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
    ['nothing', Buffer.alloc(0), 0, undefined],
    ['a partial success', Buffer.from('0a0a080312067370616e2078', 'hex'), 3, 'span x'],
    ['an empty partial success', Buffer.from('0a00', 'hex'), 0, undefined],
  ])('in protobuf, with %s', (_, body, rejectedSpans, message) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    expect(judge({ status: 200, headers, body, whole: true }, endpoint, now)).toEqual({
      ...{ kind: 'accepted', rejectedSpans },
      ...(message === undefined ? {} : { message }),
    });
  });

  test.each([
    ['packed though nobody asked for it', gzipSync('{"partialSuccess":{}}'), { 'content-encoding': 'gzip' }],
    ['under a wrong type', Buffer.from('{}'), { 'content-type': 'text/plain' }],
  ])('%s', (_, body, headers) => {
    expect(judge({ status: 200, headers, body, whole: true }, endpoint, now)).toEqual({
      kind: 'accepted',
      rejectedSpans: 0,
    });
  });

  test.each(['', '{', '{"partialSuc', '{ "partialSuccess": { "rejectedSp'])(
    'in doubt, where %o broke off',
    (body) => {
      expect(answered(200, body, {}, false)).toEqual({
        kind: 'accepted',
        rejectedSpans: 0,
        doubt: `${at} answered 200, and the end of its answer is missing: nobody knows what it said`,
      });
    },
  );
});

describe('2xx is not accepted from whoever is no collector', () => {
  test.each<[string, unknown, string, Record<string, string>?]>([
    ['an error', { error: 'unauthorized' }, ': unauthorized'],
    ['an error of its own', { status: 'error', detail: 'no such tenant' }, ': no such tenant'],
    ['an acknowledgement of its own', { message: 'OK' }, ': OK'],
    ['a job', { id: 'job-1', name: 'ingest' }, ': {"id":"job-1","name":"ingest"}'],
    ['a partial success that is none', { partialSuccess: 'yes' }, ': {"partialSuccess":"yes"}'],
    ['text', 'OK', ': OK'],
    ['a text as JSON', '"OK"', ': "OK"'],
    ['a list', '[]', ': []'],
    ['null', 'null', ': null'],
    ['half of something that is whole', '{"partialSuc', ': {"partialSuc'],
    ['what it was sent', { resourceSpans: [] }, ': an answer that repeats what it was sent'],
    ['bytes of another kind', '\u0001\u0002', '', { 'content-type': 'image/png' }],
    ['something packed that cannot be unpacked', 'odd', '', { 'content-encoding': 'gzip' }],
    ['something packed otherwise', 'odd', '', { 'content-encoding': 'br' }],
  ])('%s', (_, body, words, headers = {}) => {
    expect(answered(200, body, headers)).toEqual({
      ...{ kind: 'failed', blame: 'unknown', status: 200 },
      reason: `${at} answered 200 with something that is no answer of OTLP: check the endpoint and the proxy, that is no collector${words}`,
    });
  });

  test.each([
    ['its type', { 'content-type': 'text/html; charset=utf-8' }, 'Hello', ': Hello'],
    [
      'its text',
      {},
      '<!DOCTYPE html><title>Log in</title><body><p>to <b>Example</b></p>',
      ': Log in: to Example',
    ],
    ['its type alone', { 'content-type': 'text/html' }, '', ''],
    ['nothing in it', { 'content-type': 'text/html' }, '<script>alert(1)</script>', ''],
  ])('a page, known by %s', (_, headers, body, words) => {
    expect(answered(200, body, headers)).toEqual({
      ...{ kind: 'failed', blame: 'unknown', status: 200 },
      reason: `${at} answered 200 with a page: check the endpoint and the proxy, that is no collector${words}`,
    });
  });

  test('something that broke off, and was not going to be one', () => {
    expect(answered(200, '', { 'content-type': 'text/html' }, false)).toMatchObject({ kind: 'failed' });
    expect(answered(200, '{"error":"unau', {}, false)).toMatchObject({ kind: 'failed', blame: 'unknown' });
  });
});

describe('what only a setting can mend is the destination’s, and says what to check', () => {
  test.each([
    [301, /redirects \(301\) to nowhere .*check the endpoint/],
    [401, /check the credentials in the headers/],
    [402, /check the account/],
    [404, /check the endpoint/],
    [405, /check the endpoint/],
    [406, /check the endpoint/],
    [407, /check the credentials of the proxy/],
    [410, /check the endpoint/],
    [414, /check the endpoint/],
    [415, /check the endpoint and the compression/],
    [426, /check the endpoint/],
    [431, /check the headers/],
  ])('%d', (status, reason) => {
    const outcome = answered(status, { code: 3, message: 'no' });
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', blame: 'destination', status },
      reason: expect.stringMatching(reason),
    });
    expect(outcome).not.toHaveProperty('retryAfterMs');
  });

  test('a redirect tells where to, without the query', () => {
    expect(answered(302, '', { location: '/login?token=tok' })).toEqual({
      ...{ kind: 'failed', blame: 'destination', status: 302 },
      reason: `${at} redirects (302) to https://collector.example/login: check the endpoint, redirects are not followed`,
    });
  });
});

describe('what may be anybody’s is not held against the conversation', () => {
  test.each([408, 425, 429, 500, 501, 502, 503, 504, 507, 599])('%d', (status) => {
    expect(answered(status, { code: 14, message: 'sending queue is full' })).toEqual({
      ...{ kind: 'failed', blame: 'unknown', status },
      reason: `${at} answered ${status}: sending queue is full`,
    });
  });

  test('403, for firewalls answer it to a text that they do not like', () => {
    expect(answered(403, '<html><title>Blocked</title></html>')).toMatchObject({
      blame: 'unknown',
      reason: `${at} answered 403: check the credentials in the headers of the destination: Blocked`,
    });
  });

  test.each([
    ['30', 30_000],
    ['Sat, 21 Nov 2026 12:02:00 GMT', 120_000],
    ['86400', 3_600_000],
  ])('Retry-After: %s is passed on, up to an hour', (text, retryAfterMs) => {
    expect(answered(503, '', { 'retry-after': text })).toMatchObject({ blame: 'unknown', retryAfterMs });
  });

  test.each(['0', 'Sat, 21 Nov 2026 11:00:00 GMT'])('Retry-After: %s is no wait', (text) => {
    expect(answered(503, '', { 'retry-after': text })).not.toHaveProperty('retryAfterMs');
  });

  test('a refusal that breaks off: what was lost of it may have been "too large"', () => {
    expect(answered(400, 'http: request bo', { 'content-type': 'text/plain' }, false)).toEqual({
      ...{ kind: 'failed', blame: 'unknown', status: 400 },
      reason: `${at} answered 400, and the answer broke off: http: request bo`,
    });
    const tooLong = 'x'.repeat(maxResponseBytes);
    expect(answered(400, tooLong, { 'content-type': 'text/html' }, false)).toMatchObject({
      blame: 'unknown',
    });
  });

  test.each<[string, unknown, Record<string, string>, string, string?]>([
    [
      'a page',
      '<html><title>400 Bad Request</title><h1>nginx</h1></html>',
      {},
      ': 400 Bad Request: nginx',
      ' with a page',
    ],
    ['an empty page', '', { 'content-type': 'text/html' }, '', ' with a page'],
    ['text', 'bad id', { 'content-type': 'text/plain' }, ': bad id'],
    ['text of no type', 'bad id', {}, ': bad id'],
    ['an error text', { error: 'bad id' }, {}, ': bad id'],
    ['a message without a code, as gateways send it', { message: 'Forbidden' }, {}, ': Forbidden'],
    ['a code that is none of google.rpc', { code: 400, message: 'bad request' }, {}, ': bad request'],
    ['a status among other things', { code: 3, message: 'no', path: '/' }, {}, ': no'],
    ['a status inside of an error', { error: { code: 3, message: 'no' } }, {}, ': no'],
    ['a status that says unauthenticated', { code: 16, message: 'who are you?' }, {}, ': who are you?'],
    ['a status that says not found', { code: 5, message: 'no such path' }, {}, ': no such path'],
    ['protobuf that is no status', '\n\u0003bad', { 'content-type': 'application/x-protobuf' }, ''],
    ['nothing', '', {}, ''],
  ])('400 with %s', (_, body, headers, words, page = '') => {
    expect(answered(400, body, headers)).toEqual({
      ...{ kind: 'failed', blame: 'unknown', status: 400 },
      reason: `${at} answered 400${page}, not as OTLP does: check the endpoint and the proxy${words}`,
    });
  });
});

describe('what a collector says against a payload is the conversation’s', () => {
  test.each([400, 409, 411, 413, 418, 422, 451])('%d', (status) => {
    expect(answered(status, { code: 3, message: 'bad trace id' })).toEqual({
      ...{ kind: 'failed', blame: 'conversation', status },
      reason: 'bad trace id',
    });
  });

  test.each<[string, Buffer, string]>([
    ['details', Buffer.from('{"code":3,"message":"bad id","details":[]}'), 'bad id'],
    ['its code as text', Buffer.from('{"code":"3","message":"bad id"}'), 'bad id'],
    ['no message', Buffer.from('{"code":3}'), 'answered 400 without an explanation'],
    ['protobuf', Buffer.from('08031206626164206964', 'hex'), 'bad id'],
    [
      'a piece of what was sent, which is left out',
      Buffer.from('{"code":3,"message":"ReadObject: expect {, error found in #10 byte of ...|a secret|..."}'),
      'ReadObject: expect {, error found in #10 byte of …',
    ],
  ])('in a status with %s', (_, body, reason) => {
    expect(judge({ status: 400, headers: {}, body, whole: true }, endpoint, now)).toMatchObject({
      ...{ blame: 'conversation', reason },
    });
  });

  test('in the words of the protocol, which are no echo of what was sent', () => {
    expect(answered(400, { code: 3, message: 'resourceSpans: too many' })).toMatchObject({
      reason: 'resourceSpans: too many',
    });
  });

  test.each([
    '{"resourceSpans":[{"scopeSpans":[]}]}',
    'you sent {\\"scopeSpans\\": [',
    '<pre>{&quot;resourceSpans&quot;:[]}</pre>',
  ])('but never by repeating what was sent: %s', (text) => {
    expect(answered(400, text)).toMatchObject({
      reason: expect.stringMatching(/: an answer that repeats what it was sent$/),
    });
    expect(answered(400, { code: 3, message: text })).not.toMatchObject({
      reason: expect.stringContaining('Spans'),
    });
  });

  test('packed too; a bomb says nothing', () => {
    const headers = { 'content-encoding': 'gzip' };
    const packed = (body: Buffer) => judge({ status: 400, headers, body, whole: true }, endpoint, now);
    expect(packed(gzipSync('{"code":3,"message":"bad id"}'))).toMatchObject({ reason: 'bad id' });
    expect(packed(gzipSync(Buffer.alloc(10 ** 7)))).toMatchObject({ blame: 'unknown' });
    expect(packed(Buffer.from('odd'))).toMatchObject({ blame: 'unknown' });
  });

  test('no secret is repeated, be it of a status or of a page', () => {
    const words = 'tok-4f9a7c query-secret hunter22 are private';
    const reason = expect.stringMatching(/\[redacted\] \[redacted\] \[redacted\] are private$/);
    expect(answered(400, { code: 3, message: words })).toMatchObject({ reason });
    expect(answered(400, `<html><p>${words}</p></html>`)).toMatchObject({ reason });
    expect(answered(200, { error: words })).toMatchObject({ reason });
  });
});

test.each([
  [413, 'too much', true],
  [400, 'http: request body too large', true],
  [400, 'bad id', false],
  [422, 'http: request body too large', false],
])('%d "%s" means that the body is too large: %s', (status, message, expected) => {
  expect(isTooLarge(answered(status, { code: 3, message }))).toBe(expected);
  expect(isTooLarge(answered(status, message))).toBe(expected);
});

test('where there was no connection it is the destination’s, with what the network said', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:4318'), { code: 'ECONNREFUSED' });
  expect(unreachable(refused, endpoint)).toEqual({
    ...{ kind: 'failed', blame: 'destination' },
    reason: `${at}: connect ECONNREFUSED 10.0.0.1:4318`,
  });
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  expect(unreachable(reset, endpoint)).toMatchObject({ blame: 'unknown' });
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
        const outcome = judge({ status, headers: head, body: bytes, whole }, endpoint, now);
        const words =
          outcome.kind === 'accepted' ? (outcome.message ?? outcome.doubt ?? 'none') : outcome.reason;
        expect(words).toMatch(/^[^\p{Cc}]{1,700}$/u);
        if (status >= 300) expect(outcome.kind).not.toBe('accepted');
        if (status >= 500) expect(outcome).toMatchObject({ blame: 'unknown' });
      },
    ),
  );
});
