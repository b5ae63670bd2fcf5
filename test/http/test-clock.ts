import type { Clock } from '../../src/time/clock.ts';

/**
 * Time that passes only when told to: `advance` it, or let `skipping` clocks jump to the end of every sleep.
 * `random` is always `chance`.
 */
export class TestClock implements Clock {
  readonly slept: number[] = [];
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();
  readonly #skipping: boolean;
  readonly #chance: number;
  #now: number;

  constructor({ now = Date.UTC(2026, 0, 1), skipping = false, chance = 0.5 } = {}) {
    this.#now = now;
    this.#skipping = skipping;
    this.#chance = chance;
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.#chance;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const sleeper = {
        until: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
      if (this.#skipping) setImmediate(() => this.advance(Math.max(0, sleeper.until - this.#now)));
    });
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
  }
}

/** Lets everything that is ready happen: promises, and what they set off. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
