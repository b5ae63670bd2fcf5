import type { Nanos } from '../../conversation.ts';
import { isoToNanos, unixMillis } from '../../time/nanos.ts';
import { decimal } from './decimal.ts';

/** A moment in unix milliseconds, or in ISO 8601 as some write it who pass calls on; one of the years 2000 to 2199. */
export function momentOf(value: unknown): Nanos | undefined {
  const millis = decimal(value);
  if (millis !== undefined) return unixMillis(millis);
  const moment = typeof value === 'string' ? isoToNanos(value) : undefined;
  return moment === undefined ? undefined : unixMillis(Number(moment / 1_000n) / 1_000);
}
