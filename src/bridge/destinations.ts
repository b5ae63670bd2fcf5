import { isDeepStrictEqual } from 'node:util';
import { CircuitBreaker } from '../delivery/circuit-breaker.ts';
import { createDelivery, type Delivery } from '../delivery/delivery.ts';
import type { Destination } from '../delivery/endpoint.ts';
import { place } from '../http/quote.ts';
import type { Log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';

/** Sources of one destination that a line of the log names; of hundreds, the rest are counted. */
const MOST_NAMED = 5;

/** The ways to all destinations. Sources of one share its breaker: what one learns of it the others need not try. */
export class Destinations {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #telemetry: Telemetry;
  readonly #open = new Map<string, { delivery: Delivery; breaker: CircuitBreaker; sources: string[] }>();

  constructor({ clock, log, telemetry }: { clock: Clock; log: Log; telemetry: Telemetry }) {
    this.#clock = clock;
    this.#log = log;
    this.#telemetry = telemetry;
  }

  /**
   * @param source whose way it is, for the log.
   * @param giveUpAfter failures in a row after which nothing is tried any more; never where undefined.
   */
  to(destination: Destination, source: string, giveUpAfter: number | undefined): CircuitBreaker {
    const key = JSON.stringify(destination);
    const known = this.#open.get(key);
    if (known) {
      if (!known.sources.includes(source)) known.sources.push(source);
      return known.breaker;
    }
    const sources = [source];
    // Origin and path: a query may be a secret.
    const collector = place(new URL(destination.tracesUrl));
    const whose = () => ({ collector, sources: named(sources) });
    let doubts = 0;
    const delivery = createDelivery(destination, { clock: this.#clock });
    const breaker = new CircuitBreaker(delivery, {
      clock: this.#clock,
      ...(giveUpAfter === undefined ? {} : { giveUpAfter }),
      onClosed: ({ failure: { reason, blame }, pauseMs, failures }) => {
        this.#telemetry.collectorAway(destination, reason);
        const trouble = blame === 'conversation' ? 'refuses what it is sent' : 'is away';
        const message = `the collector ${trouble}; next try in ${formatDuration(pauseMs)}`;
        // Told once, when it begins; and whoever gives up after some tries says so in the end.
        if (giveUpAfter === undefined && failures === 1) this.#log.warn({ ...whose(), reason }, message);
        else this.#log.debug({ ...whose(), reason, failures }, message);
      },
      onOpened: () => {
        this.#telemetry.collectorBack(destination);
        if (giveUpAfter === undefined) this.#log.info(whose(), 'the collector is back');
      },
      onDoubt: (doubt) => {
        this.#telemetry.collectorDoubted(destination, doubt);
        if (doubt === undefined) return;
        // Told once; an answer that breaks off now and then is no news.
        const message = 'it is not certain that this is a collector; what it takes counts as delivered';
        if (doubts++ === 0) this.#log.warn({ ...whose(), reason: doubt }, message);
        else this.#log.debug({ ...whose(), reason: doubt }, message);
      },
    });
    this.#open.set(key, { delivery, breaker, sources });
    return breaker;
  }

  /** Lets what is under way end, and disconnects. */
  async close(): Promise<void> {
    for (const { breaker } of this.#open.values()) breaker.stop();
    await Promise.all([...this.#open.values()].map(({ delivery }) => delivery.close()));
  }
}

/** The headers may say whose store it is. */
export function isSamePlace(one: Destination, other: Destination): boolean {
  return one.tracesUrl === other.tracesUrl && isDeepStrictEqual(one.headers, other.headers);
}

function named(sources: readonly string[]): readonly string[] {
  if (sources.length <= MOST_NAMED) return sources;
  return [...sources.slice(0, MOST_NAMED), `and ${sources.length - MOST_NAMED} more`];
}
