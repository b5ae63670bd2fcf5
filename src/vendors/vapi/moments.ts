import type { Nanos } from '../../conversation.ts';
import { isoToNanos, measuredMillis, measuredSeconds } from '../../time/nanos.ts';

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
