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
  /** In milliseconds. */
  readonly pollInterval: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Plans were made earlier, because the clock has been set back by about so many milliseconds. */
  readonly onSetBack: (millis: number) => void;
}

/** What wrong clocks, ours or the vendor's, would do to a source. */
export class Clocks {
  readonly #options: ClocksOptions;
  readonly #told = new Told();

  constructor(options: ClocksOptions) {
    this.#options = options;
  }

  /**
   * Before anything is planned: leaves word of what this clock says, for whoever comes after a clock that was wrong and
   * did not live to the end of its first poll.
   * @param spread the longest until the first poll, in milliseconds.
   * @returns when that is to be, unix milliseconds.
   */
  async begin(spread: number): Promise<number> {
    const { ledger, clock, id, pollInterval } = this.#options;
    await this.mendPlans();
    const firstPoll = clock.now() + Math.round(Math.min(pollInterval, spread) * clock.random());
    await ledger.sources.planned(id, firstPoll);
    return firstPoll;
  }

  /** What was planned by a clock that has since been set back would otherwise wait for it to come round again. */
  async mendPlans(): Promise<void> {
    const { ledger, clock, id, onSetBack } = this.#options;
    // Before the first poll of whoever plans, when that was to be: at once.
    const { nextPollAt, polledAt = nextPollAt } = await ledger.sources.get(id);
    const back = polledAt === undefined ? 0 : polledAt - clock.now();
    if (back <= SET_BACK) return;
    await ledger.conversations.hasten(id, back);
    onSetBack(back);
  }

  /** A clock that is plainly wrong is told when that is noticed, and not again until it was right. */
  tell(): void {
    const { source, log } = this.#options;
    const trouble = source.clockTrouble;
    if (trouble === undefined) this.#told.over();
    else if (this.#told.isNews('clocks')) log.warn(trouble);
  }
}
