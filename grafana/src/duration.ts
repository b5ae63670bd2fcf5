import { parseDuration } from '../../src/time/duration.ts';

/** @throws Error where it is no duration. */
export function seconds(duration: string): number {
  const millis = parseDuration(duration);
  if (millis === undefined) throw new Error(`${duration} is not a duration`);
  return millis / 1_000;
}
