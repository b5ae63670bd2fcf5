import type { Ledger } from '../ledger/contract.ts';
import type { Settlement } from '../ledger/records.ts';
import type { Clock } from '../time/clock.ts';

/**
 * How long a settlement waits for company, in milliseconds: a flush to the disk costs the same for one or for many, as does
 * a series that many change, and nothing else is done meanwhile. Hundreds of conversations a second make a batch of ten.
 * On a disk that is slow to flush longer, so that most of the time is left for others.
 */
const GATHERING_MS = 20;
const LONGEST_GATHERING_MS = 60;
const GATHERING_TO_FLUSH = 12;

interface Batch {
  readonly settlements: Settlement[];
  readonly done: Promise<void>;
}

/**
 * Records what became of conversations, many in one transaction. Whoever settles one waits until it is on the disk:
 * what is not recorded is done again, the same way.
 */
export class Recorder {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  /** How long the latest flush took, in milliseconds. */
  #flushMs = 0;
  /** Of each source its own where the ledger is shared: another's may be lost meanwhile. */
  readonly #batches = new Map<number, Batch>();

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** @throws LedgerError where the ledger cannot take it; then nothing of the batch is recorded. */
  async record(settlement: Settlement): Promise<void> {
    const key = this.#ledger.share === undefined ? 0 : settlement.source;
    const batch = this.#batches.get(key) ?? this.#gather(key);
    batch.settlements.push(settlement);
    await batch.done;
  }

  #gather(key: number): Batch {
    const settlements: Settlement[] = [];
    const wait = Math.max(GATHERING_MS, Math.min(LONGEST_GATHERING_MS, this.#flushMs * GATHERING_TO_FLUSH));
    const done = this.#clock.sleep(wait).then(async () => {
      this.#batches.delete(key);
      const began = this.#clock.now();
      await this.#ledger.record(settlements, began);
      this.#flushMs = this.#clock.now() - began;
    });
    const batch = { settlements, done };
    this.#batches.set(key, batch);
    return batch;
  }
}
