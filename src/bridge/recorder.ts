import type { Clock } from '../http/clock.ts';
import type { Settlement } from '../ledger/conversations.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** How long a settlement waits for company, in milliseconds: a flush to the disk costs the same for one or for many. */
const GATHERING_MS = 5;

/**
 * Records what became of conversations, many in one transaction. Whoever settles one waits until it is on the disk:
 * what is not recorded is done again, the same way.
 */
export class Recorder {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #batch: { settlements: Settlement[]; done: Promise<void> } | undefined;

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** @throws LedgerError where the ledger cannot take it; then nothing of the batch is recorded. */
  async record(settlement: Settlement): Promise<void> {
    this.#batch ??= this.#gather();
    this.#batch.settlements.push(settlement);
    await this.#batch.done;
  }

  #gather(): { settlements: Settlement[]; done: Promise<void> } {
    const settlements: Settlement[] = [];
    const done = this.#clock.sleep(GATHERING_MS).then(() => {
      this.#batch = undefined;
      this.#ledger.record(settlements, this.#clock.now());
    });
    return { settlements, done };
  }
}
