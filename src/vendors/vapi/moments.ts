import type { Nanos } from '../../conversation.ts';
import {
  isoToNanos,
  LAST_MOMENT,
  measuredMillis,
  measuredSeconds,
  secondsToNanos,
} from '../../time/nanos.ts';

/** 2000-01-01 in unix milliseconds: a smaller number is no moment in milliseconds. */
const EARLIEST = 946_684_800_000;
const LATEST = Number(LAST_MOMENT / 1_000_000n);

/** Unix milliseconds, which the vendor writes with fractions; anything that is none of the years 2000 to 2199 is none. */
export function unixMillis(value: unknown): Nanos | undefined {
  if (typeof value !== 'number' || !(value >= EARLIEST && value <= LATEST)) return undefined;
  return (secondsToNanos(value) + 500n) / 1_000n;
}

export function isoMoment(value: unknown): Nanos | undefined {
  return typeof value === 'string' ? isoToNanos(value) : undefined;
}

/** More than this is no number of seconds that anybody speaks at a stretch. */
const MOST_SECONDS = 200;

/**
 * How long somebody was heard. The vendor documents seconds and writes milliseconds; old rows have seconds. A small
 * number is what fits into its row.
 */
export function speechLength(value: unknown, row: Nanos | undefined): Nanos | undefined {
  if (row === undefined) return undefined;
  const millis = measuredMillis(value);
  const seconds = typeof value === 'number' && value <= MOST_SECONDS ? measuredSeconds(value) : undefined;
  const length = seconds !== undefined && seconds <= row ? seconds : millis;
  return length !== undefined && length > 0n && length < row ? length : undefined;
}
