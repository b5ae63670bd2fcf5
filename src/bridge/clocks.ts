import type { Ledger } from '../ledger/contract.ts';
import type { Log } from '../telemetry/log.ts';
import { Told } from '../telemetry/told.ts';
import type { Clock } from '../time/clock.ts';
import type { Source } from '../vendors/vendor.ts';

/** Less is an adjustment, and does no harm. In milliseconds. */
const SET_BACK = 60_000;

export interface ClocksOptions {
  readonly source: Source;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
}

/** What wrong clocks, ours or the vendor's, would do to a source. */
export class Clocks {
  readonly #options: ClocksOptions;
  readonly #told = new Told();

  constructor(options: ClocksOptions) {
    this.#options = options;
  }

  /**
   * What was planned by a clock that has since been set back would otherwise wait for it to come round again.
   * @returns by how much it was set back, in milliseconds; 0 where it was not.
   */
  async mendPlans(): Promise<number> {
    const { ledger, clock, id } = this.#options;
    const { polledAt } = await ledger.sources.get(id);
    const back = polledAt === undefined ? 0 : polledAt - clock.now();
    if (back <= SET_BACK) return 0;
    await ledger.conversations.hasten(id, back);
    return back;
  }

  /** A clock that is plainly wrong is told when that is noticed, and not again until it was right. */
  tell(): void {
    const { source, log } = this.#options;
    const trouble = source.clockTrouble;
    if (trouble === undefined) this.#told.over();
    else if (this.#told.isNews('clocks')) log.warn(trouble);
  }
}
