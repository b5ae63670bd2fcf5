import { setTimeout as timer } from 'node:timers/promises';

/** Time and chance, as the program meets them: injected wherever either decides something, so that tests can. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/** The longest delay one timer of Node takes; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    for (let left = ms; left > 0; left -= longestTimerMs) {
      try {
        await timer(Math.min(left, longestTimerMs), undefined, signal ? { signal } : {});
      } catch (error) {
        // The timer rejects with an AbortError of its own; callers are promised the signal's reason.
        signal?.throwIfAborted();
        throw error;
      }
    }
  },
};
