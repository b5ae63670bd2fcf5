import type { Clock } from '../http/clock.ts';
import type { Cargo } from '../trace/cargo.ts';
import type { Delivery } from './delivery.ts';
import type { Outcome } from './outcome.ts';

/** The first pause after a failure, and the longest, in milliseconds. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/** The collector has stayed away for as many tries as were allowed. */
export class CollectorDown extends Error {
  override readonly name = 'CollectorDown';
}

export interface GateOptions {
  readonly clock: Clock;
  /** Failures in a row after which nothing is tried any more. @default never: the collector may be down for days */
  readonly giveUpAfter?: number;
  /** The way has closed, and will be tried again after `pauseMs`. Called once for every failure in a row. */
  readonly onClosed?: (closed: { reason: string; pauseMs: number; failures: number }) => void;
  /** The way is open again. */
  readonly onOpened?: () => void;
}

export interface GateOrder {
  /** Ends the waiting for a collector that is away. */
  readonly waiting: AbortSignal;
  /** Ends a request that is under way: what is sent but not answered will be sent again. */
  readonly sending: AbortSignal;
  /** It has failed before while others passed. */
  readonly suspect?: boolean;
}

interface Waiting {
  /** Has failed at this gate before: others are let through to try first. */
  readonly suspect: boolean;
  readonly start: () => void;
}

/**
 * Stands in front of a destination. While the collector is away nothing is thrown at it: everyone waits, and one at
 * a time tries, after pauses that grow to minutes or last as long as the collector asked for.
 *
 * A conversation that fails while others pass must not close the way for them: it gets its outcome back, and
 * whoever sent it decides when to come again.
 */
export class Gate {
  readonly #delivery: Delivery;
  readonly #options: GateOptions;
  readonly #waiting = new Set<Waiting>();
  /** Deliveries that came through, ever. */
  #passed = 0;
  #failures = 0;
  #closed = false;
  #pausing = false;
  #trying = false;
  #broken: CollectorDown | undefined;
  readonly #closing = new AbortController();

  constructor(delivery: Delivery, options: GateOptions) {
    this.#delivery = delivery;
    this.#options = options;
  }

  /** False while the collector is away. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /**
   * Delivers, waiting as long as it takes for the collector to come back.
   * @returns `unavailable` only where others passed meanwhile: then it is this conversation's own trouble.
   * @throws CollectorDown where the gate has given up; the reason of either signal.
   */
  async deliver(cargo: Cargo, { waiting, sending, suspect = false }: GateOrder): Promise<Outcome> {
    const passedBefore = this.#passed;
    for (let failed = suspect; ; failed = true) {
      await this.#enter(failed, waiting);
      if (this.#broken) throw this.#broken;
      const wasTrying = this.#trying;
      const healthy = this.#failures === 0;
      let outcome: Outcome;
      try {
        outcome = await this.#delivery.deliver(cargo, sending);
      } catch (error) {
        if (wasTrying) this.#pauseEnded();
        throw error;
      }
      if (outcome.kind !== 'unavailable') {
        this.#open();
        return outcome;
      }
      const alone = this.#passed > passedBefore || (suspect && healthy && this.#passed > 0);
      if (alone) {
        if (wasTrying) this.#pauseEnded();
        return outcome;
      }
      this.#close(outcome, wasTrying);
    }
  }

  /** Ends the pause, so that nothing keeps the program alive. Those who wait have signals of their own. */
  stop(): void {
    this.#closing.abort();
  }

  async #enter(suspect: boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#closed || this.#broken) return;
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        suspect,
        start: () => {
          this.#waiting.delete(waiting);
          signal.removeEventListener('abort', stop);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', stop, { once: true });
      if (!this.#pausing && !this.#trying) this.#pauseEnded();
    });
  }

  /** @param decisive whether this was the one that tried while everyone waited. */
  #close(outcome: Extract<Outcome, { kind: 'unavailable' }>, decisive: boolean): void {
    // Others that were under way when the way closed fail for the same reason: that is no further failure.
    if (this.#closed && !decisive) return;
    this.#closed = true;
    this.#trying = false;
    this.#failures++;
    const { clock, giveUpAfter, onClosed } = this.#options;
    if (giveUpAfter !== undefined && this.#failures >= giveUpAfter) {
      this.#broken = new CollectorDown(`${outcome.reason} (${this.#failures} tries)`);
      this.#startAll();
      return;
    }
    const backOff = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
    const pauseMs = outcome.retryAfterMs ?? Math.round(backOff * (0.5 + clock.random() / 2));
    onClosed?.({ reason: outcome.reason, pauseMs, failures: this.#failures });
    this.#pausing = true;
    clock.sleep(pauseMs, this.#closing.signal).then(
      () => this.#pauseEnded(),
      // Closed for good: those who wait are told by their own signals.
      () => undefined,
    );
  }

  /** Lets one of those who wait try, rather one that has not failed here before. */
  #pauseEnded(): void {
    this.#pausing = false;
    this.#trying = false;
    if (!this.#closed) return;
    const [next] = [...this.#waiting].sort((one, other) => Number(one.suspect) - Number(other.suspect));
    if (!next) return;
    this.#trying = true;
    next.start();
  }

  #open(): void {
    this.#passed++;
    this.#failures = 0;
    if (!this.#closed) return;
    this.#closed = false;
    this.#trying = false;
    this.#options.onOpened?.();
    this.#startAll();
  }

  #startAll(): void {
    for (const waiting of this.#waiting) waiting.start();
  }
}
