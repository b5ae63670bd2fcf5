import { onAbort } from '../../src/time/abort.ts';
import type { Clock } from '../../src/time/clock.ts';

interface Sleeper {
  /** On the time that passes, which no setting of the clock changes. */
  readonly until: number;
  readonly order: number;
  wake: (() => void) | undefined;
}

/**
 * Time that passes as fast as there is nothing to do: `pass` wakes one sleeper after the other and lets everything
 * that it sets off happen, before the next. The clock can be set meanwhile, as people and time servers do.
 */
export class VirtualClock implements Clock {
  readonly #heap: Sleeper[] = [];
  #passed: number;
  #offset = 0;
  #orders = 0;
  #random: number;
  readonly #settled: () => Promise<void>;

  /** @param options.settled resolves when all that is set off has happened, where it is more than promises. */
  constructor({ now = Date.UTC(2026, 0, 1), seed = 1, settled = nextTurn } = {}) {
    this.#passed = now;
    this.#random = seed >>> 0 || 1;
    this.#settled = settled;
  }

  now(): number {
    return this.#passed + this.#offset;
  }

  /** True time, whatever the clock says: the vendor's. */
  trueNow(): number {
    return this.#passed;
  }

  /** Sets the clock forward, or back. */
  set(millis: number): void {
    this.#offset += millis;
  }

  random(): number {
    // mulberry32
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const sleeper: Sleeper = { until: this.#passed + ms, order: this.#orders++, wake: undefined };
      const stopListening = onAbort(signal, () => {
        sleeper.wake = undefined;
        reject(signal?.reason);
      });
      sleeper.wake = () => {
        stopListening();
        resolve();
      };
      this.#push(sleeper);
    });
  }

  /** Lets time pass until the true time `to`. */
  async pass(to: number): Promise<void> {
    await this.#settled();
    for (let next = this.#heap[0]; next !== undefined && next.until <= to; next = this.#heap[0]) {
      this.#pop();
      if (next.wake === undefined) continue;
      this.#passed = Math.max(this.#passed, next.until);
      next.wake();
      await this.#settled();
    }
    this.#passed = Math.max(this.#passed, to);
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#heap;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, above)) return;
      at = above;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const least = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(least, at)) return;
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return false;
    return a.until < b.until || (a.until === b.until && a.order < b.order);
  }

  #swapIfBefore(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined || !this.#isBefore(one, other)) return false;
    this.#heap[one] = b;
    this.#heap[other] = a;
    return true;
  }
}

/** Lets everything that is ready happen: promises, and what they set off. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
