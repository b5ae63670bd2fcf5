import type { CircuitBreaker } from '../delivery/circuit-breaker.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Due } from '../ledger/sqlite/conversations.ts';
import type { Ledger } from '../ledger/sqlite/sqlite-ledger.ts';
import type { Clock } from '../time/clock.ts';
import type { Pipeline, Processed, Signals } from './pipeline.ts';

/** How many due conversations are taken from the ledger at a time. */
const TAKEN_AT_A_TIME = 64;
/** Conversations that the collector has accepted and that wait for the disk: they keep nobody from fetching others. */
const MOST_SETTLING = 32;

export interface WorkerOptions {
  readonly ledger: Ledger;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly pipeline: Pipeline;
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  /** Conversations under way at a time. */
  readonly concurrency: number;
  readonly onProcessed: (conversation: string, processed: Processed) => void;
}

/** Works off what is due of one source, a few at a time, until nothing is. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #underWay = new Map<string, Promise<Processed>>();
  #taken: string[] = [];
  /** Gives free slots something to do, while there is a drain. */
  #fill: (() => void) | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /**
   * Ends early where the collector is away and enough has been fetched for it.
   * @param early also conversations that were never fetched and whose time has not come yet.
   * @returns how many conversations it processed.
   * @throws SourceDown, CollectorDown, LedgerError or the signal's reason; what else was under way has then ended too.
   */
  async drain(signals: Signals, { early = false } = {}): Promise<number> {
    const { concurrency, breaker } = this.#options;
    const failures: unknown[] = [];
    let processed = 0;
    const slots = new Set<Promise<void>>();
    let busy = 0;
    const next = () =>
      failures.length === 0 && !signals.stop.aborted && breaker.wantsMore ? this.#next(early) : undefined;
    const processOne = async (due: Due) => {
      let isBusy = true;
      busy++;
      const release = () => {
        if (isBusy) busy--;
        isBusy = false;
      };
      const onSettling = () => {
        release();
        fill();
      };
      try {
        await this.process(due, signals, onSettling);
        processed++;
      } catch (error) {
        failures.push(error);
      } finally {
        release();
      }
    };
    const fill = () => {
      try {
        while (busy < concurrency && slots.size < concurrency + MOST_SETTLING) {
          const due = next();
          if (due === undefined) return;
          const slot = processOne(due).finally(() => {
            slots.delete(slot);
            fill();
          });
          slots.add(slot);
        }
      } catch (error) {
        failures.push(error);
      }
    };
    fill();
    this.#fill = fill;
    while (slots.size > 0) await Promise.all(slots);
    this.#fill = undefined;
    this.#taken = [];
    const [failure] = failures;
    if (failure !== undefined) throw failures.find((worst) => worst instanceof LedgerError) ?? failure;
    signals.stop.throwIfAborted();
    return processed;
  }

  /**
   * Something is due that was not before: it may go before what has been taken already, and while one conversation
   * takes its time there is room for others.
   */
  lookAgain(): void {
    this.#taken = [];
    this.#fill?.();
  }

  /**
   * Carries one conversation; where that is being done already, waits for it.
   * @param onSettling called when all that is left is to record it.
   */
  async process(due: Due, signals: Signals, onSettling?: () => void): Promise<Processed> {
    const { pipeline, onProcessed } = this.#options;
    const known = this.#underWay.get(due.id);
    if (known) return await known;
    const processing = pipeline.process(due, signals, onSettling);
    this.#underWay.set(due.id, processing);
    try {
      const processed = await processing;
      onProcessed(due.id, processed);
      return processed;
    } finally {
      this.#underWay.delete(due.id);
    }
  }

  /** The next one that still is to be done: what was taken may have been done for somebody meanwhile. */
  #next(early: boolean): Due | undefined {
    const { ledger, id, clock } = this.#options;
    const passedOver = new Set<string>();
    for (;;) {
      if (this.#taken.length === 0) this.#take(early);
      const conversation = this.#taken.shift();
      // What comes round again without having been worked off would do so for ever.
      if (conversation === undefined || passedOver.has(conversation)) return undefined;
      passedOver.add(conversation);
      if (this.#underWay.has(conversation)) continue;
      const due = ledger.conversations.get(id, conversation);
      if (due?.dueAt !== undefined && (early || due.dueAt <= clock.now())) return due;
    }
  }

  #take(early: boolean): void {
    const { ledger, id, clock } = this.#options;
    const limit = this.#underWay.size + TAKEN_AT_A_TIME;
    const now = clock.now();
    const ids = early
      ? ledger.conversations.unfetched(id, now, limit)
      : ledger.conversations.due(id, now, limit);
    this.#taken = ids.filter((conversation) => !this.#underWay.has(conversation));
    if (this.#taken.length > 0) ledger.prove(now);
  }
}
