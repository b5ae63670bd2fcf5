import type { Clock } from '../http/clock.ts';
import { HttpStatusError } from '../http/errors.ts';
import type { Sighting } from '../ledger/conversations.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { pendingPause } from '../patience.ts';
import type { ConversationRef, Page, Source } from '../vendors/source.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The longest call that is found by its start although nobody saw it before it ended. */
const LONGEST_CALL = 6 * HOUR;
/** How far each walk goes back behind the last one: lists are not promised to be consistent at once. */
const LEAST_OVERLAP = MINUTE;
/** How often the whole look-back is swept for what discovery missed. */
export const SWEEP_INTERVAL = 15 * MINUTE;
/** A sweep takes its time: for each moment that it asks the vendor, it leaves nine to others. */
const SWEEP_REST = 9;
/** How long an active conversation that the list keeps showing is left alone. */
const LISTED_PAUSE = HOUR;

export interface DiscoveryOptions {
  readonly source: Source;
  readonly ledger: Ledger;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly lookback: number;
  readonly pollInterval: number;
  readonly clock: Clock;
  /** Every conversation that a list shows. */
  readonly onSeen?: (ref: ConversationRef) => void;
}

/**
 * Finds every conversation that a vendor can still show. No filter is trusted alone: the list is walked from now
 * back to a little behind the last walk; what was seen before it ended is kept in the ledger and asked for as a
 * list; and the whole look-back is swept now and then for what appeared late.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  /** False once the vendor has refused to list what is active. */
  #listsActive = true;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /**
   * @param whole goes back over the whole look-back, as a sweep does.
   * @returns how many conversations were new.
   */
  async poll(signal: AbortSignal, { whole = false } = {}): Promise<number> {
    const { source, ledger, id, lookback, pollInterval } = this.#options;
    const { cursor, memory } = ledger.sources.get(id);
    const now = source.now();
    const overlap = Math.max(LEAST_OVERLAP, 2 * pollInterval);
    // After a long stop the cursor lies before the look-back: what ended meanwhile is not given up.
    const horizon = cursor === undefined ? now - lookback : Math.min(cursor - overlap, now - lookback);
    const isWhole = whole || cursor === undefined;
    const since = isWhole ? horizon - LONGEST_CALL : cursor - overlap;
    const active = new Map(ledger.conversations.active(id).map((ref) => [ref.id, ref]));
    let added = 0;
    let learnt = memory;
    for await (const page of source.discover(
      { since, ...(memory === undefined ? {} : { memory }) },
      signal,
    )) {
      for (const ref of page.refs) active.delete(ref.id);
      added += this.#take(page, horizon);
      learnt = page.memory ?? learnt;
    }
    ledger.sources.walked(id, now, learnt);
    if (isWhole) ledger.sources.swept(id, now);
    await this.#refresh([...active.values()], signal);
    return added;
  }

  /** When the next sweep is due. */
  nextSweep(): number {
    return (this.#options.ledger.sources.get(this.#options.id).sweptAt ?? 0) + SWEEP_INTERVAL;
  }

  /** Walks the whole look-back, slowly. */
  async sweep(signal: AbortSignal): Promise<number> {
    const { source, ledger, id, lookback, clock } = this.#options;
    const { memory } = ledger.sources.get(id);
    const now = source.now();
    const horizon = now - lookback;
    let added = 0;
    let asked = clock.now();
    for await (const page of source.discover(
      { since: horizon - LONGEST_CALL, ...(memory === undefined ? {} : { memory }) },
      signal,
    )) {
      added += this.#take(page, horizon);
      const took = clock.now() - asked;
      await clock.sleep(Math.max(0, took) * SWEEP_REST, signal);
      asked = clock.now();
    }
    ledger.sources.swept(id, now);
    return added;
  }

  /** What a vendor can still show of a stretch of the past, by start; nothing is recorded. */
  async *past(range: { since: number; until: number }, signal: AbortSignal): AsyncGenerator<ConversationRef> {
    for await (const { refs } of this.#options.source.discover(range, signal)) {
      for (const ref of refs) {
        const { startedAt } = ref;
        if (startedAt === undefined || (startedAt >= range.since && startedAt <= range.until)) yield ref;
      }
    }
  }

  #take(page: Page, horizon: number): number {
    const { ledger, id, onSeen, clock } = this.#options;
    const sightings = page.refs.flatMap((ref) => {
      const moment = ref.endedAt ?? ref.startedAt;
      if (ref.ended && moment !== undefined && moment < horizon) return [];
      onSeen?.(ref);
      return [this.#sighting(ref)];
    });
    return ledger.conversations.see(id, sightings, clock.now());
  }

  #sighting(ref: ConversationRef): Sighting {
    const { source, clock } = this.#options;
    const now = source.now();
    const age = now - (ref.startedAt ?? now);
    // The vendor's clock says when, ours says when we wake.
    const toOurs = clock.now() - now;
    const due = ref.ended ? (ref.endedAt ?? now) + source.firstFetchDelay : now + this.#activePause(age);
    return {
      id: ref.id,
      ended: ref.ended,
      startedAt: ref.startedAt,
      endedAt: ref.endedAt,
      due: due + toOurs,
    };
  }

  #activePause(age: number): number {
    return this.#listsActive ? LISTED_PAUSE : pendingPause(age);
  }

  /** Finds out which of the conversations that the walk did not come by have ended meanwhile. */
  async #refresh(
    unseen: readonly { id: string; startedAt: number | undefined }[],
    signal: AbortSignal,
  ): Promise<void> {
    const { source } = this.#options;
    if (unseen.length === 0 || !this.#listsActive) return;
    const missing = new Map(
      unseen.map(({ id, startedAt }) => [
        id,
        { id, ended: false, ...(startedAt === undefined ? {} : { startedAt }) },
      ]),
    );
    try {
      for await (const page of source.stillActive([...missing.values()], signal)) {
        for (const ref of page.refs) missing.delete(ref.id);
        this.#take({ refs: page.refs.filter((ref) => ref.ended) }, 0);
      }
    } catch (error) {
      if (!(error instanceof HttpStatusError) || (error.status !== 400 && error.status !== 422)) throw error;
      // A vendor that does not know the filter: each is then asked for by itself, with growing patience.
      this.#listsActive = false;
      return;
    }
    const now = source.now();
    this.#take({ refs: [...missing.values()].map((ref) => ({ ...ref, ended: true, endedAt: now })) }, 0);
  }
}
