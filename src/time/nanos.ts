import type { Nanos } from '../conversation.ts';

/** Nanoseconds, exactly: every moment and length in callspan passes through here once, at the edge. */

const SECOND = 1_000_000_000n;
export const MICROSECOND: Nanos = 1_000n;
export const MILLISECOND: Nanos = 1_000_000n;
export const DAY: Nanos = 86_400n * SECOND;
/** 2200-01-01T00:00:00Z: nanoseconds of later centuries do not fit into 64 bits. */
const LAST_SECOND = 7_258_118_400;
export const LAST_MOMENT: Nanos = BigInt(LAST_SECOND) * SECOND;
/** 1970-01-01T00:00:01Z: where nothing tells when a conversation was. Zero would be "not set" to whoever reads it. */
export const FIRST_MOMENT: Nanos = SECOND;

/** Whole or fractional `seconds` from the shortest decimal text, rounded half up to nanoseconds. */
export function secondsToNanos(seconds: number): Nanos {
  if (Number.isInteger(seconds) && Math.abs(seconds) <= LAST_SECOND) return BigInt(seconds) * SECOND;
  // Below 2^40 nanoseconds the product is within 2^-12 of what the text says: only near a half the text has to decide.
  const product = seconds * 1e9;
  const rounded = Math.round(product);
  if (Math.abs(product) < 2 ** 40 && Math.abs(product - rounded) < 0.499) return BigInt(rounded);
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(seconds));
  if (!match) throw new RangeError(`Expected a finite number of seconds, got ${seconds}`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const scale = 9 - fraction.length + Number(exponent);
  const nanos =
    scale >= 0
      ? BigInt(digits) * 10n ** BigInt(scale)
      : (BigInt(digits) + 5n * 10n ** BigInt(-scale - 1)) / 10n ** BigInt(-scale);
  return sign ? -nanos : nanos;
}

/** `nanos` as the nearest number of seconds. */
export function nanosToSeconds(nanos: Nanos): number {
  return Number(nanos) / 1e9;
}

/** `length` if it can be one: negative, or a day or more, it is no measurement. */
export function measured(length: Nanos): Nanos | undefined {
  return length >= 0n && length < DAY ? length : undefined;
}

/**
 * A measured length in seconds. Negative, or a day or more, is no measurement; neither is anything but a number.
 */
export function measuredSeconds(value: unknown): Nanos | undefined {
  if (typeof value !== 'number' || !(value >= 0) || value >= 86_400) return undefined;
  return measured(secondsToNanos(value));
}

/** The same in milliseconds. */
export function measuredMillis(value: unknown): Nanos | undefined {
  if (typeof value !== 'number' || !(value >= 0) || value >= 86_400_000) return undefined;
  return measured((secondsToNanos(value) + 500n) / 1000n);
}

/** Unix seconds as a number; a moment in or before the first second of 1970, or after 2200, is none. */
export function unixSeconds(value: unknown): Nanos | undefined {
  if (typeof value !== 'number' || !(value >= 1) || value > LAST_SECOND) return undefined;
  return secondsToNanos(value);
}

/** 2000-01-01 in unix milliseconds: a smaller number is no moment in milliseconds. */
const FIRST_MILLI = 946_684_800_000;
const LAST_MILLI = LAST_SECOND * 1000;

/** Unix milliseconds, which vendors write with fractions; anything that is none of the years 2000 to 2199 is none. */
export function unixMillis(value: unknown): Nanos | undefined {
  if (typeof value !== 'number' || !(value >= FIRST_MILLI && value <= LAST_MILLI)) return undefined;
  return (secondsToNanos(value) + 500n) / 1_000n;
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,18}))?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * An ISO 8601 moment with all its digits (`Date.parse` would stop at milliseconds). Without a zone it is UTC,
 * which is what vendors mean and the local zone never is.
 */
export function isoToNanos(text: string): Nanos | undefined {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] = match;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second) };
  if (!isDate(date) || !isTime(time) || !ZONE.test(zone)) return undefined;
  const millis = Date.UTC(date.year, date.month - 1, date.day, time.hour, time.minute, time.second);
  const nanos = BigInt(millis / 1000) * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  const moment = nanos - zoneOffset(zone);
  return moment >= SECOND && moment <= LAST_MOMENT ? moment : undefined;
}

/** Not so Date.UTC, which makes 3 March of 31 February and takes the years 0 to 99 for those of the last century. */
function isDate({ year, month, day }: { year: number; month: number; day: number }): boolean {
  if (year < 1970 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 24:00 and leap seconds are times that ISO 8601 has; they carry. */
function isTime({ hour, minute, second }: { hour: number; minute: number; second: number }): boolean {
  if (hour === 24) return minute === 0 && second === 0;
  return hour < 24 && minute < 60 && second <= 60;
}

const ZONE = /^(?:z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)$/i;

function zoneOffset(zone: string): Nanos {
  if (zone === 'Z' || zone === 'z') return 0n;
  const digits = zone.slice(1).replace(':', '');
  const minutes = BigInt(digits.slice(0, 2)) * 60n + BigInt(digits.slice(2, 4) || '0');
  return (zone.startsWith('-') ? -minutes : minutes) * 60n * SECOND;
}

/** RFC 3339 in UTC, with as many digits of a second as it takes. */
export function nanosToIso(nanos: Nanos): string {
  const whole = new Date(Number(nanos / MILLISECOND)).toISOString().slice(0, 19);
  const fraction = (nanos % SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`;
}

export function later(one: Nanos, other: Nanos): Nanos {
  return one > other ? one : other;
}

export function earlier(one: Nanos, other: Nanos): Nanos {
  return one < other ? one : other;
}

/** `moment`, brought between `first` and `last`. */
export function within(moment: Nanos, first: Nanos, last: Nanos): Nanos {
  return earlier(later(moment, first), last);
}
