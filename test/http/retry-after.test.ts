import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHttpDate, retryAfterMs } from '../../src/http/retry-after.ts';

const now = Date.UTC(2026, 10, 21, 12, 0, 0);

describe('Retry-After', () => {
  test.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['1.5', 1_500],
    ['0', 0],
    ['Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
    ['Saturday, 21-Nov-26 12:01:00 GMT', 60_000],
    ['Sat Nov 21 12:01:00 2026', 60_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ])('%o asks for %d ms', (text, ms) => {
    expect(retryAfterMs(503, { 'retry-after': text }, now)).toBe(ms);
  });

  test.each(['', '-5', 'soon', '1e3', 'NaN', '10 minutes', '2026-11-21T12:01:00Z'])(
    '%o says nothing',
    (text) => {
      expect(retryAfterMs(503, { 'retry-after': text }, now)).toBeUndefined();
    },
  );

  test('a date is compared with the clock of the server where it tells it', () => {
    const headers = { date: 'Sat, 21 Nov 2026 15:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 15:00:30 GMT' };
    expect(retryAfterMs(503, headers, now)).toBe(30_000);
  });

  test('of several headers the first counts', () => {
    expect(retryAfterMs(503, { 'retry-after': ['3', '9'] }, now)).toBe(3_000);
  });
});

describe('X-RateLimit-Reset', () => {
  const inTenSeconds = String(now / 1000 + 10);

  test('is the time of the next try after a 429, in epoch seconds', () => {
    expect(retryAfterMs(429, { 'x-ratelimit-reset': inTenSeconds }, now)).toBe(10_000);
  });

  test('counts for less than Retry-After', () => {
    expect(retryAfterMs(429, { 'retry-after': '2', 'x-ratelimit-reset': inTenSeconds }, now)).toBe(2_000);
  });

  test('means nothing with another status, or as anything but epoch seconds', () => {
    expect(retryAfterMs(503, { 'x-ratelimit-reset': inTenSeconds }, now)).toBeUndefined();
    expect(retryAfterMs(429, { 'x-ratelimit-reset': '30' }, now)).toBeUndefined();
    expect(retryAfterMs(429, { 'x-ratelimit-reset': String(now + 10_000) }, now)).toBeUndefined();
  });
});

test('whatever a server sends, the answer is a finite wait or none', () => {
  const header = fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{1,40}$/), fc.date().map(String));
  fc.assert(
    fc.property(header, header, header, fc.constantFrom(408, 429, 503), (after, reset, date, status) => {
      const ms = retryAfterMs(status, { 'retry-after': after, 'x-ratelimit-reset': reset, date }, now);
      expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
    }),
  );
});

test('every moment comes back from its HTTP date', () => {
  const moment = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, (date) => {
      expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000);
    }),
  );
});
