import type { Ledger } from '../ledger/contract.ts';
import { type Clock, rest } from '../time/clock.ts';

/** When after the start it begins, and how long after each end it begins anew, in milliseconds. */
const FIRST = 60_000;
const AGAIN = 86_400_000;
/** Rows at a time, a few milliseconds, and the rest after them: ten million take three and a half hours, at 3 % of a core. */
const AT_A_TIME = 100;
const REST = 125;

/** Has the ledger looked through, a little at a time, for what a disk has changed: a start cannot wait for that. */
export class Inspector {
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock }) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Until `stop`. @throws LedgerError where something is not what was written. */
  async run(stop: AbortSignal): Promise<void> {
    await rest(this.#clock, FIRST, stop);
    while (!stop.aborted) {
      const { isEnd } = await this.#ledger.inspect(AT_A_TIME);
      await rest(this.#clock, isEnd ? AGAIN : REST, stop);
    }
  }
}
