import type { Clock } from '../http/clock.ts';
import type { Due } from '../ledger/conversations.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Carried, Carrier, Signals } from './carrier.ts';

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
  readonly onCarried: (conversation: string, carried: Carried) => void;
}

/** Works off what is due of one source, a few at a time, until nothing is. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #underWay = new Map<string, Promise<Carried>>();
  #taken: Due[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /**
   * @param early also conversations that were never fetched and whose time has not come yet.
   * @returns how many conversations it carried.
   * @throws SourceDown, CollectorDown, LedgerError or the signal's reason; what else was under way has then ended too.
   */
  async drain(signals: Signals, { early = false } = {}): Promise<number> {
    const failures: unknown[] = [];
    let carried = 0;
    const lane = async () => {
      for (let due = this.#next(early); due && failures.length === 0; due = this.#next(early)) {
        try {
          await this.carry(due, signals);
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

  /** Carries one conversation; where that is being done already, waits for it. */
  async carry(due: Due, signals: Signals): Promise<Carried> {
    const { carrier, onCarried } = this.#options;
    const known = this.#underWay.get(due.id);
    if (known) return await known;
    const carrying = carrier.carry(due, signals);
    this.#underWay.set(due.id, carrying);
    try {
      const carried = await carrying;
      onCarried(due.id, carried);
      return carried;
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
