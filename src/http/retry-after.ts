import { headerText, type ResponseHeaders } from './headers.ts';

/** RFC 9110 §5.6.7: the preferred form and the two obsolete ones, which name a weekday first. */
const httpDate =
  /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +(?:\d{1,2}[ -][a-z]{3}[ -]\d{2,4}|[a-z]{3} +\d{1,2}) \d{2}:\d{2}:\d{2}(?: \d{4}| GMT)$/i;

/** Epoch milliseconds of an HTTP date; `undefined` for anything else, also for what `Date.parse` would guess at. */
export function parseHttpDate(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (!httpDate.test(trimmed)) return undefined;
  // The asctime form has no zone and would be read as local time.
  const ms = Date.parse(/GMT$/i.test(trimmed) ? trimmed : `${trimmed} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * How long the server asks to be left alone, in milliseconds from now: `Retry-After` as seconds or as a date,
 * else, with status 429, `X-RateLimit-Reset` as epoch seconds (the order and meaning of a vendor's own SDK).
 * Dates are compared with the answer's own `Date`, so a wrong clock here or there does not matter.
 *
 * @param now epoch milliseconds, for answers without a `Date`.
 * @returns a finite number >= 0, or `undefined` if the server does not say or says nonsense. Not capped.
 */
export function retryAfterMs(status: number, headers: ResponseHeaders, now: number): number | undefined {
  const text = headerText(headers, 'retry-after')?.trim();
  const theirNow = parseHttpDate(headerText(headers, 'date')) ?? now;
  if (text !== undefined) {
    if (/^\d+(?:\.\d+)?$/.test(text)) return finite(Number(text) * 1000);
    const date = parseHttpDate(text);
    if (date !== undefined) return Math.max(0, date - theirNow);
  }
  if (status !== 429) return undefined;
  const reset = headerText(headers, 'x-ratelimit-reset')?.trim();
  // Below 1e9 (the year 2001) it is not an epoch: some servers count seconds, others milliseconds there.
  if (reset === undefined || !/^\d{10}(?:\.\d+)?$/.test(reset)) return undefined;
  return Math.max(0, Math.ceil(Number(reset) * 1000 - theirNow));
}

function finite(ms: number): number {
  return Math.min(Math.ceil(ms), Number.MAX_SAFE_INTEGER);
}
