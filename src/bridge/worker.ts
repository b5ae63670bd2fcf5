import type { Clock } from '../http/clock.ts';
import type { Due } from '../ledger/conversations.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Carried, Carrier } from './carrier.ts';

/** How many due conversations are taken from the ledger at a time. */
const TAKEN_AT_A_TIME = 64;

export interface WorkerOptions {
  readonly ledger: Ledger;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly carrier: Carrier;
  readonly clock: Clock;
  /** Conversations under way at a time. */
  readonly concurrency: number;
  readonly onCarried: (carried: Carried) => void;
}

export interface Signals {
  /** Nothing new is begun, and nothing is waited for. */
  readonly stop: AbortSignal;
  /** What is under way is given up. */
  readonly abort: AbortSignal;
}

/** Works off what is due of one source, a few at a time, until nothing is. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #underWay = new Set<string>();
  #taken: Due[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /**
   * @param early also conversations that were never fetched and whose time has not come yet.
   * @returns how many conversations it carried.
   * @throws SourceDown, LedgerError or the signal's reason; what else was under way is then finished or given up too.
   */
  async drain(signals: Signals, { early = false } = {}): Promise<number> {
    const failures: unknown[] = [];
    let carried = 0;
    const lane = async () => {
      for (let due = this.#next(early); due && failures.length === 0; due = this.#next(early)) {
        try {
          await this.#carry(due, signals);
          carried++;
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, lane));
    this.#taken = [];
    if (failures.length > 0) throw failures[0];
    signals.stop.throwIfAborted();
    return carried;
  }

  async #carry(due: Due, signals: Signals): Promise<void> {
    const { carrier, onCarried } = this.#options;
    this.#underWay.add(due.id);
    try {
      onCarried(await carrier.carry(due, signals));
    } finally {
      this.#underWay.delete(due.id);
    }
  }

  #next(early: boolean): Due | undefined {
    if (this.#taken.length === 0) this.#take(early);
    return this.#taken.shift();
  }

  #take(early: boolean): void {
    const { ledger, id, clock } = this.#options;
    const limit = this.#underWay.size + TAKEN_AT_A_TIME;
    const rows = early
      ? ledger.conversations.unfetched(id, clock.now(), limit)
      : ledger.conversations.due(id, clock.now(), limit);
    this.#taken = rows.filter((row) => !this.#underWay.has(row.id));
  }
}
