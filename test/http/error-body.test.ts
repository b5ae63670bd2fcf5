import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vendorError } from '../../src/http/error-body.ts';
import { createQuote } from '../../src/http/quote.ts';

const quote = createQuote(['sk_live_4f9a7c']);
const json = { 'content-type': 'application/json' };
const read = (body: unknown, headers: Record<string, string> = json) =>
  vendorError(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), headers, quote);

describe('an error of ElevenLabs', () => {
  test('of today: detail is an object with a code', () => {
    const detail = {
      type: 'validation_error',
      code: 'invalid_parameters',
      message: 'page_size is too large',
      status: 'invalid_parameters',
      request_id: '3c80aa',
    };
    expect(read({ detail })).toEqual({
      code: 'invalid_parameters',
      words: 'page_size is too large',
      requestId: '3c80aa',
    });
  });

  test('of yesterday: the code was called status', () => {
    expect(read({ detail: { status: 'invalid_api_key', message: 'Invalid API key' } })).toEqual({
      code: 'invalid_api_key',
      words: 'Invalid API key',
    });
  });

  test('of its framework: detail is a list of complaints, whose input is not repeated', () => {
    const detail = [
      {
        loc: ['query', 'page_size'],
        msg: 'value is not a valid integer',
        type: 'type_error',
        input: 'private',
      },
      { loc: [], msg: 'field required' },
      'odd',
    ];
    expect(read({ detail })).toEqual({
      words: 'query.page_size: value is not a valid integer; field required; odd',
    });
  });

  test('detail is a string', () => {
    expect(read({ detail: 'Not Found' })).toEqual({ words: 'Not Found' });
  });
});

describe('an error of Tavus', () => {
  test.each([
    [{ error: 'Invalid conversation_id' }, 'Invalid conversation_id'],
    [{ message: 'Invalid access token' }, 'Invalid access token'],
    [{ error: 'first', message: 'second' }, 'first'],
  ])('%o', (body, words) => {
    expect(read(body)).toEqual({ words });
  });
});

describe('any other error', () => {
  test('plain text is taken, a page for people is not', () => {
    expect(read('upstream is away', { 'content-type': 'text/plain' })).toEqual({ words: 'upstream is away' });
    expect(read('<html><h1>502</h1></html>', { 'content-type': 'text/html' })).toEqual({});
    expect(read('<!doctype html><p>502', { 'content-type': 'text/plain' })).toEqual({});
    expect(read('\u0001\u0002', { 'content-type': 'application/x-protobuf' })).toEqual({});
  });

  test('the request id may be in a header', () => {
    expect(read({}, { ...json, 'request-id': 'abc' })).toEqual({ requestId: 'abc' });
    expect(read({}, { ...json, 'x-request-id': 'def' })).toEqual({ requestId: 'def' });
  });

  test('a code that is a sentence is no code', () => {
    expect(read({ detail: { code: 'what is this?', message: 'm' } })).toEqual({ words: 'm' });
  });

  test('the key is not repeated', () => {
    expect(read({ detail: { code: 'sk_live_4f9a7c', message: 'no such key: sk_live_4f9a7c' } })).toEqual({
      code: '[redacted]',
      words: 'no such key: [redacted]',
    });
  });
});

test('whatever comes, there are short words or none', () => {
  const body = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .record(
        { detail: fc.jsonValue(), error: fc.jsonValue(), message: fc.jsonValue() },
        { requiredKeys: [] },
      )
      .map((value) => Buffer.from(JSON.stringify(value))),
  );
  fc.assert(
    fc.property(body, fc.option(fc.string(), { nil: undefined }), (bytes, contentType) => {
      const said = vendorError(bytes, { 'content-type': contentType }, quote);
      for (const part of Object.values(said)) {
        expect(part).not.toBe('');
        expect(part.length).toBeLessThanOrEqual(300);
      }
    }),
  );
});
