import { onAbort } from '../time/abort.ts';
import { type Clock, systemClock } from '../time/clock.ts';

export interface LimiterOptions {
  /** How many tasks may run at once. At least 1. @default Infinity */
  readonly concurrency?: number;
  /** How many tasks may start in a second; starts are spaced evenly, without bursts. @default no limit */
  readonly requestsPerSecond?: number;
  readonly clock?: Clock;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * Lets tasks through first come, first served, so many at once and so many a second.
 *
 * Spacing is a pause that is slept, not a time of day that is compared: a clock that is set back must not stop
 * the program for as long.
 */
export class Limiter {
  readonly #concurrency: number;
  readonly #spacingMs: number;
  readonly #clock: Clock;
  readonly #queue = new Set<Waiting>();
  readonly #idle: (() => void)[] = [];
  readonly #closing = new AbortController();
  #running = 0;
  #pauses = 0;

  /** @throws TypeError if a limit is not a number greater than 0. */
  constructor({
    concurrency = Number.POSITIVE_INFINITY,
    requestsPerSecond,
    clock = systemClock,
  }: LimiterOptions = {}) {
    if (!(concurrency >= 1)) {
      throw new TypeError(`Expected \`concurrency\` to be a number of at least 1, got \`${concurrency}\``);
    }
    if (requestsPerSecond !== undefined && !(requestsPerSecond > 0)) {
      throw new TypeError(
        `Expected \`requestsPerSecond\` to be greater than 0, got \`${requestsPerSecond}\``,
      );
    }
    this.#concurrency = concurrency;
    this.#spacingMs = requestsPerSecond === undefined ? 0 : 1000 / requestsPerSecond;
    this.#clock = clock;
  }

  /** Runs the task when its turn comes. Rejects with the signal's reason if that is aborted before. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    if (this.#queue.size > 0 || !this.#free) await this.#turn(signal);
    else this.#take();
    try {
      return await task();
    } finally {
      this.#running--;
      this.#next();
      if (this.#running === 0 && this.#idle.length > 0) for (const tell of this.#idle.splice(0)) tell();
    }
  }

  /** Lets nothing start for so many milliseconds: what a server asks for with `Retry-After` holds for all. */
  pause(ms: number): void {
    this.#pauses++;
    const over = () => {
      this.#pauses--;
      this.#next();
    };
    // A rejection means closed: then nobody waits any more.
    this.#clock.sleep(ms, this.#closing.signal).then(over, over);
  }

  /** Refuses everyone who still waits, and everyone to come, with `reason`. */
  close(reason: unknown): void {
    this.#closing.abort(reason);
    for (const waiting of this.#queue) waiting.refuse(reason);
    this.#queue.clear();
  }

  /** Resolves when nothing runs (and, once closed, nothing will). */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  get #free(): boolean {
    return this.#pauses === 0 && this.#running < this.#concurrency;
  }

  /** Counts a start at once, before the one who waited for it goes on: else two could take the same place. */
  #take(): void {
    this.#running++;
    if (this.#spacingMs > 0) this.pause(this.#spacingMs);
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          stopListening();
          resolve();
        },
        refuse: (reason) => {
          stopListening();
          this.#queue.delete(waiting);
          reject(reason);
        },
      };
      this.#queue.add(waiting);
      const stopListening = onAbort(signal, () => waiting.refuse(signal?.reason));
    });
  }

  #next(): void {
    for (const waiting of this.#queue) {
      if (!this.#free) return;
      this.#queue.delete(waiting);
      this.#take();
      waiting.start();
    }
  }
}
