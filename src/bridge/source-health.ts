import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import type { SourceDown } from './source-down.ts';
import { Backoff } from './trouble.ts';

/** The two ways to a source: a vendor's list may work while its conversations do not, and the other way round. */
export type Way = 'listing' | 'fetching';

/** What is wrong with a source now: each trouble is told once, and that all is over. */
export class SourceHealth {
  readonly #log: Log;
  readonly #ways: Readonly<Record<Way, Backoff>>;
  /** What has been told since all was well. */
  readonly #told = new Set<string>();
  #complaint: string | undefined;

  /** @param firstPause after the first failure, in milliseconds. */
  constructor(clock: Clock, log: Log, firstPause: number) {
    this.#log = log;
    this.#ways = { listing: new Backoff(clock, firstPause), fetching: new Backoff(clock, firstPause) };
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
    const line = { pause: formatDuration(pause) };
    const message = `the source cannot be used: ${down.message}`;
    if (this.#told.has(down.trouble)) {
      this.#log.debug(line, message);
      return;
    }
    this.#told.add(down.trouble);
    this.#log.error(line, message);
  }

  /** A way works. @returns whether it did not before. */
  over(way: Way): boolean {
    if (!this.#ways[way].lasts) return false;
    this.#ways[way].over();
    if (Object.values(this.#ways).some((trouble) => trouble.lasts)) return true;
    this.#told.clear();
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
