import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neverExported, redact, redactValue } from '../../src/trace/redaction.ts';

describe('a text', () => {
  it.each([
    'https://storage.googleapis.com/b/o.mp3?X-Goog-Algorithm=GOOG4&X-Goog-Signature=ab12',
    'https://b.s3.amazonaws.com/k?X-Amz-Credential=a&X-Amz-Signature=b',
    'https://x.blob.core.windows.net/c/b?sv=2024&sig=abc%3D',
    'https://files.example.com/f?token=abc',
    'https://files.example.com/f?expires=1&policy=abc',
    'https://user:password@example.com/',
    'https://tavus.daily.co/c123456',
    'here.https://tavus.daily.co/c123456',
    'wss://api.example.com/v1?authorization=x',
    'https://api.example.com/?q=1&api_key=k',
    `https://cdn.example.com/f?x=${'A'.repeat(40)}`,
  ])('loses a signed URL or a room: %s', (url) => {
    expect(redact(`Listen: ${url}, please.`, [])).toMatch(
      /^Listen: \[redacted\][,]? ?please\.$|^Listen: \[redacted\], please\.$/,
    );
    expect(redact(url, [])).toBe('[redacted]');
  });

  it.each([
    'https://example.com/shop/shoes?page=2',
    'http://localhost:3000/',
    'My key is on the table, the token too.',
    'sk_short',
    'https://daily.com/news',
  ])('keeps what is no credential: %s', (text) => {
    expect(redact(text, [])).toBe(text);
  });

  it('loses API keys, and values that are named as credentials', () => {
    expect(redact('sk_0123456789abcdef0123456789abcdef', [])).toBe('[redacted]');
    expect(redact('xi-api-key: 0123456789', [])).toBe('xi-api-key: [redacted]');
    expect(redact('Authorization: Bearer abcdef', [])).toBe('Authorization: [redacted]');
    expect(redact("{'callback_url': 'https://app.example.com/cb'}", [])).toBe(
      "{'callback_url': '[redacted]'}",
    );
  });

  it('loses the configured secrets, wherever they stand', () => {
    expect(redact('a hunter2 b hunter2', ['hunter2', ''])).toBe('a [redacted] b [redacted]');
  });

  it('that is JSON stays JSON', () => {
    const secret = 'se"cret\\x';
    const values = fc.jsonValue({ depthSize: 'small' });
    fc.assert(
      fc.property(values, values, (one, other) => {
        const text = JSON.stringify([
          { api_key: 12345, a: one, nested: JSON.stringify({ webhook_url: 'x', other }) },
          `${secret}!`,
        ]);
        const clean: unknown = JSON.parse(redact(text, [secret]));
        expect(JSON.stringify(clean)).not.toMatch(/api_key|webhook_url|cret/);
      }),
    );
  });

  it('that is JSON with nothing to hide stays as it was written', () => {
    const text = '{ "b": 1.0, "a": "line\\nbreak", "n": 12345678901234567890 }';
    expect(redact(text, ['hunter2'])).toBe(text);
  });

  it('in which slashes are escaped loses its URLs too', () => {
    expect(redact('{"a":"https:\\/\\/x.example.com\\/?sig=abc"}', [])).toBe('{"a":"[redacted]"}');
  });

  it('takes no longer for being odd', () => {
    const odd = [
      '\\'.repeat(100_000),
      '"'.repeat(100_000),
      `https://a.b/?${'a&'.repeat(50_000)}`,
      '['.repeat(100_000),
      'api_key'.repeat(20_000),
    ];
    for (const text of odd) expect(redact(`${text} token`, []).length).toBeGreaterThan(1000);
  });
});

describe('a field', () => {
  it.each([
    'callback_url',
    'webhook_url',
    'conversation_url',
    'meeting_token',
    'api_key',
    'xi-api-key',
    'x-api-key',
    'xi_api_key',
    'Authorization',
    'elevenlabs.dynamic_variable.callback_url',
    'my_webhook_url',
  ])('named %s is never exported', (key) => {
    expect(neverExported(key)).toBe(true);
  });

  it.each(['callback', 'url', 'token_count', 'conversation_urls', 'authorized'])('named %s may be', (key) => {
    expect(neverExported(key)).toBe(false);
  });

  it('is dropped from a value at any depth, and texts and keys are redacted', () => {
    expect(
      redactValue({ a: [{ api_key: 1, b: 'x hunter2' }], 'k-hunter2': null, n: 5 }, ['hunter2']),
    ).toEqual({ a: [{ b: 'x [redacted]' }], 'k-[redacted]': null, n: 5 });
  });
});
