import { ConfigError } from '../config/errors.ts';
import { parseDuration } from '../time/duration.ts';
import { isoToNanos } from '../time/nanos.ts';

/**
 * What `option` means: an ISO 8601 time, or a duration back from `now`, in unix milliseconds.
 * @throws ConfigError where it is neither.
 */
export function moment(option: string, text: string, now: number): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return now - duration;
  const nanos = isoToNanos(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (nanos === undefined) {
    throw new ConfigError(
      `${option} ${text}: expected a time such as 2026-05-01T00:00:00Z or a duration such as 7d.`,
    );
  }
  return Number(nanos / 1_000_000n);
}
