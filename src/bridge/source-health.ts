import type { Log } from '../telemetry/log.ts';
import { Told } from '../telemetry/told.ts';
import { backOff } from '../time/back-off.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import type { SourceDown } from './source-down.ts';

/** The longest pause of a source that cannot be used, in milliseconds. */
export const LONGEST_PAUSE = 300_000;
/** The longest pause that a vendor is granted where it asks for one, in milliseconds. */
const LONGEST_ASKED = 3_600_000;

/** One way to a source that does not work now, and how long it is left alone: longer from failure to failure. */
class Rest {
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
    const grown = backOff(this.#failures, { first: this.#firstPause, longest: LONGEST_PAUSE });
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

/** The two ways to a source: a vendor's list may work while its conversations do not, and the other way round. */
export type Way = 'listing' | 'fetching';

/** What is wrong with a source now: each trouble is told once, and that all is over. */
export class SourceHealth {
  readonly #log: Log;
  readonly #ways: Readonly<Record<Way, Rest>>;
  /** What has been told since all was well. */
  readonly #told = new Told();
  readonly #onRefused: (() => void) | undefined;
  #complaint: string | undefined;

  /**
   * @param firstPause after the first failure, in milliseconds.
   * @param onRefused called whenever the vendor has refused the key.
   */
  constructor(clock: Clock, log: Log, firstPause: number, onRefused?: () => void) {
    this.#onRefused = onRefused;
    this.#log = log;
    this.#ways = { listing: new Rest(clock, firstPause), fetching: new Rest(clock, firstPause) };
  }

  /** The latest trouble in words, while any lasts. */
  get complaint(): string | undefined {
    return this.#complaint;
  }

  /** Whether a way did not work when it was last tried. */
  lasts(way: Way): boolean {
    return this.#ways[way].lasts;
  }

  /** How long a way is to be left alone, in milliseconds. */
  rest(way: Way): number {
    return this.#ways[way].rest;
  }

  add(way: Way, down: SourceDown): void {
    const pause = this.#ways[way].add(down);
    this.#complaint = down.message;
    if (down.refused) this.#onRefused?.();
    const line = { pause: formatDuration(pause) };
    const message = `the source cannot be used: ${down.message}`;
    if (!this.#told.isNews(down.trouble)) {
      this.#log.debug(line, message);
      return;
    }
    this.#log.error(line, message);
  }

  /** A way works. @returns whether it did not before. */
  over(way: Way): boolean {
    if (!this.#ways[way].lasts) return false;
    this.#ways[way].over();
    if (Object.values(this.#ways).some((trouble) => trouble.lasts)) return true;
    this.#told.over();
    this.#complaint = undefined;
    this.#log.info('the source can be used again');
    return true;
  }

  /** There is a sign that a way may work again. @returns whether it did not. */
  hope(way: Way): boolean {
    if (this.#ways[way].lasts) this.#ways[way].hope();
    return this.#ways[way].lasts;
  }
}
