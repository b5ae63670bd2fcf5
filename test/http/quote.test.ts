import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createQuote, place, redirectPlace } from '../../src/http/quote.ts';

describe('the words of another party', () => {
  const quote = createQuote(['sk_live_4f9a7c', 'Bearer tok-en.123', 'en']);

  test('are shown in one line, without control and invisible characters', () => {
    expect(quote('bad\r\n\tkey\u0000\u001b[31m  here\u202e\u200b')).toBe('bad key [31m here');
  });

  test('are cut to 300 characters', () => {
    const long = quote('x'.repeat(400));
    expect(long).toHaveLength(300);
    expect(long.endsWith('x…')).toBe(true);
    expect(quote('😀'.repeat(10), 4)).toBe('😀…');
  });

  test('lose every secret, in any case, also in halves that hide it', () => {
    expect(quote('your key SK_LIVE_4F9A7C and tok-en.123 are wrong')).toBe(
      'your key [redacted] and [redacted] are wrong',
    );
    expect(quote('sk_live_\u200b4f9a7c')).toBe('[redacted]');
    expect(quote(`${'x'.repeat(290)}sk_live_4f9a7c`)).not.toContain('sk_');
  });

  test('keep what is no secret: short settings and the names of schemes', () => {
    expect(quote('missing Bearer token, language en')).toBe('missing Bearer token, language en');
  });

  test('never contain a secret, whatever it is made of', () => {
    const secret = fc.stringMatching(/^[!-~]{6,40}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (key, before, after) => {
        fc.pre(!'[redacted]'.includes(key.toLowerCase()) && !/^api-?key$/i.test(key));
        const said = createQuote([key])(`${before}${key}${after}`);
        expect(said.toLowerCase().replaceAll('[redacted]', '\n')).not.toContain(key.toLowerCase());
        expect(said).not.toMatch(/\p{Cc}/u);
        expect(said.length).toBeLessThanOrEqual(300);
      }),
    );
  });
});

describe('the place of a URL', () => {
  test('has no credentials, query or fragment', () => {
    expect(place(new URL('https://user:pass@host.example:8443/v1/x?token=secret#part'))).toBe(
      'https://host.example:8443/v1/x',
    );
  });

  test.each([
    ['/login?next=secret', 'http://api.example/login'],
    ['https://other.example/a?b=c', 'https://other.example/a'],
    ['http://[', 'an unreadable Location'],
    [undefined, 'nowhere (no Location header)'],
  ])('a redirect to %o points to %s', (location, to) => {
    expect(redirectPlace(location, new URL('http://api.example/v1/x?y=z'))).toBe(to);
  });
});
