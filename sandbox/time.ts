/**
 * Time in the sandbox. Instants are whole microseconds since the Unix epoch: finer than anything a vendor
 * publishes, and exact in a double until the year 2255. Measured lengths are whole nanoseconds.
 */
export type Micros = number;
export type Nanos = number;

export const MICROS_PER_SECOND = 1_000_000;
export const NANOS_PER_SECOND = 1_000_000_000;

/** Whole microseconds of a number of seconds. */
export function micros(seconds: number): Micros {
  return Math.round(seconds * MICROS_PER_SECOND);
}

/** Whole nanoseconds of a number of seconds. */
export function nanos(seconds: number): Nanos {
  return Math.round(seconds * NANOS_PER_SECOND);
}

/** Whole nanoseconds of a length in microseconds. */
export function nanosOf(length: Micros): Nanos {
  return length * 1000;
}

/** Whole microseconds of a length in nanoseconds. */
export function microsOf(length: Nanos): Micros {
  return Math.round(length / 1000);
}

/** Seconds of a length in microseconds; the nearest double to the exact decimal. */
export function secondsOfMicros(length: Micros): number {
  return length / MICROS_PER_SECOND;
}

/** Seconds of a length in nanoseconds; the nearest double to the exact decimal. */
export function secondsOfNanos(length: Nanos): number {
  return length / NANOS_PER_SECOND;
}

/** The whole second an instant lies in, since the epoch. */
export function wholeSecond(instant: Micros): number {
  return Math.floor(instant / MICROS_PER_SECOND);
}

/** Milliseconds since the epoch, as clocks in JavaScript count. */
export function millis(instant: Micros): number {
  return instant / 1000;
}

/** ISO 8601 in UTC with `Z`; six digits of fraction, none where the instant is a whole second. */
export function isoMicros(instant: Micros): string {
  const whole = new Date(wholeSecond(instant) * 1000).toISOString().slice(0, 19);
  const fraction = instant - wholeSecond(instant) * MICROS_PER_SECOND;
  return fraction === 0 ? `${whole}Z` : `${whole}.${String(fraction).padStart(6, '0')}Z`;
}
