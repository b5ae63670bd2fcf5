import type { Clock } from '../time/clock.ts';
import type { SourceDown } from './source-down.ts';

/** The longest pause of a source that cannot be used, in milliseconds. */
export const LONGEST_PAUSE = 300_000;
/** The longest pause that a vendor is granted where it asks for one, in milliseconds. */
const LONGEST_ASKED = 3_600_000;

/** One way to a source that does not work now, and how long it is left alone: longer from failure to failure. */
export class Backoff {
  readonly #clock: Clock;
  readonly #firstPause: number;
  #failures = 0;
  #pause = 0;
  #until = 0;

  constructor(clock: Clock, firstPause: number) {
    this.#clock = clock;
    this.#firstPause = firstPause;
  }

  get lasts(): boolean {
    return this.#failures > 0;
  }

  /** Milliseconds that are left of the pause. Never more than all of it, wherever the clock has been set. */
  get rest(): number {
    return Math.max(0, Math.min(this.#pause, this.#until - this.#clock.now()));
  }

  /** @returns how long it is left alone, in milliseconds. */
  add({ retryAfterMs, refused }: SourceDown): number {
    this.#failures++;
    const grown = Math.min(LONGEST_PAUSE, this.#firstPause * 2 ** (this.#failures - 1));
    this.#pause = Math.max(Math.min(retryAfterMs ?? 0, LONGEST_ASKED), refused ? LONGEST_PAUSE : grown);
    this.#until = this.#clock.now() + this.#pause;
    return this.#pause;
  }

  /** There is a sign that it may work again: worth a try at once. */
  hope(): void {
    this.#until = 0;
  }

  over(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
