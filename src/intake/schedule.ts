import { backOff } from '../time/back-off.ts';

/** When it is worth coming back to a conversation. All in milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Failures of one conversation, while others pass, after which it is a dead letter. */
export const MOST_ATTEMPTS = 10;

/**
 * The pause after the n-th failure of one conversation, from 1: ten of them span some hours, which is what an
 * incident at a vendor lasts.
 */
export function retryPause(attempts: number, random: number): number {
  const pause = backOff(attempts, { first: 2_000, longest: 2 * HOUR, factor: 3 });
  return Math.round(pause * (0.75 + random / 2));
}

/**
 * How long to leave a conversation alone that has not ended, by its age: the longer it lasts, the longer it will
 * still last, and the list tells sooner where it can.
 */
export function pendingPause(age: number): number {
  return Math.min(HOUR, Math.max(30_000, age / 4));
}

/**
 * How long to wait for the moment at which a conversation may be complete. At least a little, for a moment that has
 * passed was no help; and no longer than an hour, for it may have been written by a wrong clock.
 */
export function readyPause(notBefore: number, now: number): number {
  return Math.min(HOUR, Math.max(SECOND, notBefore - now));
}

/** A conversation that has not ended after this long never will: the vendor has forgotten it. */
export const LONGEST_CONVERSATION = 7 * 24 * HOUR;

/** When a delivered conversation is looked at again for what came late, after its end. */
const LATE_LOOKS = [30 * MINUTE, 24 * HOUR];

/** Moments that are told by two clocks, one of which only knows seconds, are not told exactly. */
const INEXACT = MINUTE;

/**
 * The next look after `now`. A moment that has passed is not made up for, so two missed ones are one look.
 * @returns undefined where there is none to come.
 */
export function nextLook(endedAt: number, now: number): number | undefined {
  return LATE_LOOKS.map((delay) => endedAt + delay).find((moment) => moment > now + INEXACT);
}
