import { onAbort } from '../time/abort.ts';
import { backOff } from '../time/back-off.ts';
import type { Clock } from '../time/clock.ts';
import type { SpanBatch } from '../trace/span-batch.ts';
import type { Delivery } from './delivery.ts';
import { Evidence } from './evidence.ts';
import type { Accepted, Failure, Outcome } from './outcome.ts';

/** The first pause after a failure, and the longest, in milliseconds. */
const PAUSE_MS = { first: 1_000, longest: 300_000 } as const;
/** Tries of one conversation in a row while nothing passes, after which it makes room for another. */
const TRIES_IN_A_ROW = 3;
/** As many wait with what they have fetched while the collector is away; others need not fetch theirs. */
const MOST_HELD = 2;
/** Whoever gives up after some tries does not wait for longer than this between them, in milliseconds. */
const LONGEST_WAIT_MS = 60_000;

/** The collector has stayed away for as many tries as were allowed. */
export class CollectorDown extends Error {
  override readonly name = 'CollectorDown';
}

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  /** Failures in a row after which nothing is tried any more. @default never: the collector may be down for days */
  readonly giveUpAfter?: number;
  /** The way has closed, and will be tried again after `pauseMs`. Called for every failure in a row. */
  readonly onClosed?: (closed: { failure: Failure; pauseMs: number; failures: number }) => void;
  /** The way is open again. */
  readonly onOpened?: () => void;
  /** It is no longer certain that a collector answers, and why; or, with `undefined`, it is again. */
  readonly onDoubt?: (doubt: string | undefined) => void;
}

export interface DeliveryOptions {
  /** Which conversation it is, among all of the destination. */
  readonly key: string;
  /** Ends the waiting for a collector that is away. */
  readonly waiting: AbortSignal;
  /** Ends a request that is under way: what is sent but not answered will be sent again. */
  readonly sending: AbortSignal;
  /** It has failed before while others passed. */
  readonly suspect?: boolean;
  /** Called before each try. What it throws ends the delivery: for whoever may not send any more. */
  readonly beforeSending?: () => void | Promise<void>;
  /** Called with what came of each try. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** What came of a delivery. */
export type Passage =
  | Accepted
  /** Others pass, so it counts against this one: for good where its blame is `conversation`, else as one try. */
  | Failure
  /** Nothing passes, and it is another's turn to try: come again after `pauseMs`; it is not to be blamed. */
  | { readonly kind: 'turned away'; readonly pauseMs: number; readonly reason: string };

interface Waiting {
  /** Has failed at this breaker before: others are let through to try first. */
  readonly suspect: boolean;
  /** @param turn set where it is the one that tries while the others go on waiting. */
  readonly start: (turn: number | undefined) => void;
}

/**
 * Stands in front of a destination. While the collector is away nothing is thrown at it: everyone waits, and one at
 * a time tries, after pauses that grow to minutes or last as long as the collector asked for.
 *
 * A conversation that fails while others pass must not close the way for them: it gets its outcome back, and
 * whoever sent it decides when to come again. As long as nothing passes nobody can tell whose fault that is; so
 * those who try take turns.
 *
 * What the collector itself says against a conversation is for good only if another has passed between two times that
 * it said so. Until then it may be that it has come to refuse everything.
 */
export class CircuitBreaker {
  readonly #delivery: Delivery;
  readonly #options: CircuitBreakerOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #evidence = new Evidence();
  #failures = 0;
  #closed = false;
  /** The pause under way, by number; one that the way was opened in does not count any more. */
  #pause: number | undefined;
  /** Whose turn it is to try, by number. */
  #turn: number | undefined;
  #numbers = 0;
  #broken: CollectorDown | undefined;
  #complaint: string | undefined;
  /** The collector has asked for the pause. */
  #asked = false;
  #doubt: string | undefined;
  readonly #closing = new AbortController();

  constructor(delivery: Delivery, options: CircuitBreakerOptions) {
    this.#delivery = delivery;
    this.#options = options;
  }

  /** Several conversations have failed, and none has passed since: it is not one conversation's own trouble. */
  get isAway(): boolean {
    return this.#closed && this.#evidence.failing > 1;
  }

  /** Why nothing passes, or is not certain to; `undefined` while all is well. */
  get complaint(): string | undefined {
    return this.#closed ? this.#complaint : this.#doubt;
  }

  /** Whether it is worth while to fetch another conversation. */
  get wantsMore(): boolean {
    if (!this.#closed || this.#options.giveUpAfter !== undefined) return true;
    return this.#waiting.size + (this.#turn === undefined ? 0 : 1) < MOST_HELD;
  }

  /**
   * Delivers, waiting for the collector to come back.
   * @returns `failed` only where others passed since it last did: then it is this conversation's own trouble.
   * @throws CollectorDown where the breaker has given up; the reason of either signal; what `beforeSending` throws.
   */
  async deliver(batch: SpanBatch, order: DeliveryOptions): Promise<Passage> {
    const { key, waiting, sending, beforeSending, onOutcome } = order;
    const evidence = this.#evidence;
    const suspect = order.suspect === true || evidence.isSuspect(key);
    let passedBefore = evidence.passed;
    for (let tries = 1; ; tries++) {
      const turn = await this.#enter(suspect || tries > 1, waiting);
      if (this.#broken) throw this.#broken;
      const healthy = this.#failures === 0;
      let outcome: Outcome;
      try {
        await beforeSending?.();
        outcome = await this.#delivery.deliver(batch, sending);
      } catch (error) {
        this.#yield(turn);
        throw error;
      }
      onOutcome?.(outcome);
      if (outcome.kind === 'accepted') {
        this.#open(key, outcome.doubt);
        return outcome;
      }
      if (outcome.certain) {
        this.#open(key, this.#doubt);
        return outcome;
      }
      if (outcome.blame === 'conversation' && evidence.refuse(key)) {
        this.#yield(turn);
        return outcome;
      }
      const alone = evidence.passed > passedBefore || (suspect && healthy && evidence.passed > 0);
      passedBefore = evidence.passed;
      if (alone) {
        this.#yield(turn);
        if (outcome.blame !== 'conversation') return this.#alone(outcome, key);
        // Others may pass meanwhile; then the next refusal is for good.
        await this.#options.clock.sleep(PAUSE_MS.first, waiting);
        continue;
      }
      const pauseMs = this.#close(outcome, key, turn);
      if (tries >= TRIES_IN_A_ROW && this.#options.giveUpAfter === undefined) {
        return { kind: 'turned away', pauseMs, reason: outcome.reason };
      }
    }
  }

  /**
   * One that fails by itself is told so, unless nothing has passed since it last was, or it can only be the
   * destination's. That closes nothing, and counts as nothing.
   */
  #alone(outcome: Failure, key: string): Passage {
    const inVain = this.#evidence.failAlone(key);
    if (inVain === 0 && outcome.blame !== 'destination') return outcome;
    const grown = backOff(inVain + 1, PAUSE_MS);
    const pauseMs = Math.max(outcome.retryAfterMs ?? 0, grown);
    return { kind: 'turned away', pauseMs, reason: outcome.reason };
  }

  /** Ends the pause, so that nothing keeps the program alive. Those who wait have signals of their own. */
  stop(): void {
    this.#closing.abort();
  }

  /** Waits while the way is closed. @returns the number of the turn, where it is this one's turn to try. */
  async #enter(suspect: boolean, signal: AbortSignal): Promise<number | undefined> {
    signal.throwIfAborted();
    if (!this.#closed || this.#broken) return undefined;
    return await new Promise<number | undefined>((resolve, reject) => {
      const waiting: Waiting = {
        suspect,
        start: (turn) => {
          this.#waiting.delete(waiting);
          stopListening();
          resolve(turn);
        },
      };
      this.#waiting.add(waiting);
      const stopListening = onAbort(signal, () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      });
      if (this.#turn === undefined && (this.#pause === undefined || this.#maySkipPause(suspect)))
        this.#next();
    });
  }

  /**
   * As long as only one has failed, the first of the others that comes finds out whose fault it is; unless the
   * collector has asked to be left alone.
   */
  #maySkipPause(suspect: boolean): boolean {
    return !suspect && !this.#asked && this.#evidence.failing === 1;
  }

  /** @returns how long the way stays closed now, in milliseconds. */
  #close(outcome: Failure, key: string, turn: number | undefined): number {
    const { clock, giveUpAfter, onClosed } = this.#options;
    this.#evidence.fail(key);
    // Others that were under way when the way closed fail for the same reason: that is no further failure.
    if (this.#closed && (turn === undefined || turn !== this.#turn)) return PAUSE_MS.first;
    this.#closed = true;
    this.#asked = outcome.retryAfterMs !== undefined;
    this.#complaint = outcome.reason;
    this.#turn = undefined;
    this.#failures++;
    const grown = backOff(this.#failures, PAUSE_MS);
    const pauseMs = Math.max(outcome.retryAfterMs ?? 0, Math.round(grown * (0.5 + clock.random() / 2)));
    if (giveUpAfter !== undefined && (this.#failures >= giveUpAfter || pauseMs > LONGEST_WAIT_MS)) {
      const tries = `${this.#failures} ${this.#failures === 1 ? 'try' : 'tries'}`;
      this.#broken = new CollectorDown(`${outcome.reason} (${tries})`);
      this.#startAll();
      return 0;
    }
    onClosed?.({ failure: outcome, pauseMs, failures: this.#failures });
    const pause = ++this.#numbers;
    this.#pause = pause;
    clock.sleep(pauseMs, this.#closing.signal).then(
      () => {
        if (this.#pause === pause) this.#next();
      },
      // Closed for good: those who wait are told by their own signals.
      () => undefined,
    );
    return pauseMs;
  }

  /** Whoever had the turn has come to nothing that says anything of the collector: the next one, at once. */
  #yield(turn: number | undefined): void {
    if (turn !== undefined && turn === this.#turn) this.#next();
  }

  /** Lets one of those who wait try, rather one that has not failed here before. */
  #next(): void {
    this.#pause = undefined;
    this.#turn = undefined;
    const next = [...this.#waiting].find(({ suspect }) => !suspect) ?? [...this.#waiting][0];
    if (!next) return;
    this.#turn = ++this.#numbers;
    next.start(this.#turn);
  }

  #open(key: string, doubt: string | undefined): void {
    this.#evidence.pass(key);
    if (doubt !== this.#doubt) {
      this.#doubt = doubt;
      this.#options.onDoubt?.(doubt);
    }
    this.#failures = 0;
    if (!this.#closed) return;
    this.#closed = false;
    this.#pause = undefined;
    this.#turn = undefined;
    this.#options.onOpened?.();
    this.#startAll();
  }

  #startAll(): void {
    for (const waiting of this.#waiting) waiting.start(undefined);
  }
}
