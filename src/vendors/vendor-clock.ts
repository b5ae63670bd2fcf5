import type { HttpClient } from '../http/client.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';

/** Two clocks that are further apart than this, in milliseconds: one of them is plainly wrong. */
const MOST_BELIEVED = 3_600_000;
/** Stamps are of whole seconds, and machines of one vendor differ a little. In milliseconds. */
const INEXACT = 60_000;

/**
 * What time it is for a source. The vendor's `Date` header corrects our clock; where the two are far apart, what the
 * vendor tells of its conversations shows which of them is behind: nothing happens later than now.
 */
export class VendorClock {
  readonly #clock: Clock;
  readonly #client: Pick<HttpClient, 'skewMs'>;
  /** The latest moment of which the vendor has told anything. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, client: Pick<HttpClient, 'skewMs'>) {
    this.#clock = clock;
    this.#client = client;
  }

  /** Takes in a moment that the vendor says has passed; one that no clock has reached is damage and proves nothing. */
  saw(moment: number | undefined): void {
    if (moment === undefined || moment <= this.#latest) return;
    if (moment <= Math.max(...this.#clocks()) + INEXACT) this.#latest = moment;
  }

  /** Unix milliseconds by the vendor's clock, as long as that can be believed. */
  now(): number {
    const { skewMs = 0 } = this.#client;
    return Math.abs(skewMs) > MOST_BELIEVED ? this.surelyNow() : this.#clock.now() + skewMs;
  }

  /** The earlier of both clocks; where one of the two is proven to be behind, the other. */
  surelyNow(): number {
    const [ours, theirs] = this.#clocks();
    if (Math.abs(theirs - ours) <= MOST_BELIEVED) return Math.min(ours, theirs);
    const possible = [ours, theirs].filter((moment) => moment + INEXACT >= this.#latest);
    return Math.min(...(possible.length === 0 ? [ours, theirs] : possible));
  }

  /** What is wrong, in words; undefined where both clocks can be believed. */
  get trouble(): string | undefined {
    const { skewMs = 0 } = this.#client;
    if (Math.abs(skewMs) <= MOST_BELIEVED) return undefined;
    const where = skewMs < 0 ? 'behind' : 'ahead of';
    const whose = this.surelyNow() === this.#clock.now() ? "this machine's clock" : "the vendor's clock";
    return (
      `the vendor's clock (its Date header) is ${formatDuration(Math.abs(skewMs))} ${where} this machine's; ` +
      `${whose} is used, check the other`
    );
  }

  #clocks(): [ours: number, theirs: number] {
    const ours = this.#clock.now();
    return [ours, ours + (this.#client.skewMs ?? 0)];
  }
}
