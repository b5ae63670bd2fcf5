import type { Reading } from './vendor.ts';

/** An end that lies further ahead than this, in milliseconds, is none: a wrong clock, a wrong unit, damage. */
const MOST_AHEAD = 86_400_000;
/** Clocks that differ by this, in milliseconds, are both right. */
const INEXACT = 60_000;

/**
 * Until when what comes late to a conversation is waited for, in unix milliseconds: `settle` after its end, be it told or
 * that it was heard of. What never ends would be waited for until it is given up. What was heard of by a clock that was
 * far ahead is not waited for: it would be until that time has come.
 * @param ended when it ended, as far as anything says so; the first that can be believed counts.
 * @returns undefined where nothing tells how long to wait.
 */
export function settledAt(
  ended: readonly (number | undefined)[],
  settle: number,
  { now, seenAt }: Pick<Reading, 'now' | 'seenAt'>,
): number | undefined {
  const isHeardOf = seenAt !== undefined && seenAt <= now + settle + INEXACT;
  const end = ended.find((moment) => moment !== undefined && moment <= now + MOST_AHEAD);
  const since = end ?? (isHeardOf ? seenAt : undefined);
  return since === undefined ? undefined : since + settle;
}
