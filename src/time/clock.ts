import { onAbort } from './abort.ts';

/** Time and chance, as the program meets them: injected wherever either decides something, so that tests can. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/** Sleeps for `ms` milliseconds, or until `stop` is aborted: which is no error for whoever only rests. */
export async function rest(clock: Clock, ms: number, stop: AbortSignal): Promise<void> {
  if (ms <= 0 || stop.aborted) return;
  try {
    await clock.sleep(ms, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** The longest delay one timer of Node takes; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    for (let left = ms; left > 0; left -= longestTimerMs) await nap(Math.min(left, longestTimerMs), signal);
  },
};

function nap(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stopListening();
      resolve();
    }, ms);
    const stopListening = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}
