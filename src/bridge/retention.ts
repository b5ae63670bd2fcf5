import { LONGEST_CALL } from '../intake/discovery.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, rest } from '../time/clock.ts';

/** When after the start old rows are looked for, and how often from then on, in milliseconds. */
const FIRST = 300_000;
const INTERVAL = 3_600_000;
/** Rows that one transaction removes, and the rest after it, in milliseconds: everything else goes on meanwhile. */
const AT_A_TIME = 200;
const REST = 100;

export interface RetentionOptions {
  readonly ledger: Ledger;
  /** How long settled conversations are kept, in milliseconds; 0: for ever. */
  readonly retention: number;
  readonly lookback: number;
  /** Only this source's, by its number: the others are somebody else's. @default all, configured or not */
  readonly source?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Forgets conversations that were settled long ago, but for the fact that they were counted. */
export class Retention {
  readonly #options: RetentionOptions;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Until `stop`. @throws LedgerError */
  async run(stop: AbortSignal): Promise<void> {
    const { retention, clock } = this.#options;
    if (retention === 0) return;
    await rest(clock, FIRST, stop);
    while (!stop.aborted) {
      await this.once(stop);
      await rest(clock, INTERVAL, stop);
    }
  }

  /** Removes what is too old now. @returns how many rows. */
  async once(stop: AbortSignal): Promise<number> {
    const { ledger, retention, lookback, source, clock, log } = this.#options;
    // What a sweep may still come by is kept in any case.
    const before = clock.now() - Math.max(retention, lookback + LONGEST_CALL);
    let all = 0;
    // Also of sources that are no longer configured.
    for (const { id } of await ledger.sources.all()) {
      if (source !== undefined && id !== source) continue;
      for (let removed = AT_A_TIME; removed === AT_A_TIME && !stop.aborted; all += removed) {
        removed = await ledger.conversations.forget(id, before, AT_A_TIME);
        await rest(clock, REST, stop);
      }
    }
    if (all > 0) log.info({ conversations: all }, 'old conversations forgotten');
    return all;
  }
}
