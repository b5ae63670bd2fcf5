import { HttpStatusError } from '../http/errors.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Sighting, SourceRow } from '../ledger/records.ts';
import type { Clock } from '../time/clock.ts';
import type { ConversationRef, Source } from '../vendors/vendor.ts';
import { checkedPages } from './checked-pages.ts';
import { type DriftWalk, LastingDrift } from './lasting-drift.ts';
import { pendingPause } from './schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The longest call that is found by its start although nobody saw it before it ended. */
export const LONGEST_CALL = 6 * HOUR;
/** How far each walk goes back behind the last one: lists are not promised to be consistent at once. */
const LEAST_OVERLAP = MINUTE;
/** How often the whole look-back is swept for what discovery missed. */
const SWEEP_INTERVAL = 15 * MINUTE;
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
  /** Something is due that was not before. */
  readonly onNews?: () => void;
  /** Names in the list that callspan does not know. */
  readonly onDrift?: (names: readonly string[], conversation: string) => void;
}

/** How far back a walk goes, and what is taken of what it shows. Unix milliseconds on the vendor's clock. */
interface Reach {
  /** Conversations that began before this need not be listed. */
  readonly since: number;
  /** What ended before this is not wanted. */
  readonly horizon: number;
}

/** What came of a walk. */
interface Walked {
  readonly news: number;
  readonly memory: string | undefined;
  readonly isComplete: boolean;
  readonly drift: DriftWalk;
}

/**
 * Finds every conversation that a vendor can still show. No filter is trusted alone: the list is walked from now
 * back to a little behind the last walk; what was seen before it ended is kept in the ledger and asked for as a
 * list; and the whole look-back is swept now and then for what appeared late.
 *
 * Each sweep goes back a look-back behind the one before it, however long ago that was: so what the list shows no
 * later than that after its end is never lost, also when the bridge was down for days.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #drift = new LastingDrift();
  /** False once the vendor has refused to list what is active. */
  #listsActive = true;
  /** When everything was last walked, on the vendor's clock, whether that was complete or not. */
  #walkedAt: number | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /**
   * @param whole goes back over the whole look-back, as a sweep does.
   * @returns how many conversations were new, or had ended since.
   */
  async poll(signal: AbortSignal, { whole = false } = {}): Promise<number> {
    const { source, ledger, id, pollInterval } = this.#options;
    const row = await ledger.sources.get(id);
    const began = source.now();
    const overlap = Math.max(LEAST_OVERLAP, 2 * pollInterval);
    // A cursor in the future is what a clock has left behind, ours or the vendor's, that was wrong for a while.
    const cursor = row.cursor !== undefined && row.cursor <= began + overlap ? row.cursor : undefined;
    const isWhole = whole || cursor === undefined;
    const since = isWhole ? this.#reach(row).since : cursor - overlap;
    const active = new Map((await ledger.conversations.active(id)).map((ref) => [ref.id, ref]));
    const walked = await this.#walk(row, since, signal, { onRef: (ref) => active.delete(ref.id) });
    // Whichever is earlier: before its first answer we may have had a wrong idea of the vendor's time.
    const reached = Math.min(began, source.now());
    await ledger.sources.walked(
      id,
      cursor === undefined ? reached : Math.max(cursor, reached),
      walked.memory,
    );
    if (isWhole) await this.#swept(since, reached, walked);
    await this.#refresh([...active.values()], signal);
    return walked.news;
  }

  /** Milliseconds until the next sweep is due. */
  async untilSweep(): Promise<number> {
    const { source, ledger, id } = this.#options;
    const now = source.now();
    const sweptAt = this.#walkedAt ?? (await ledger.sources.get(id)).sweptAt;
    if (sweptAt === undefined || sweptAt > now + MINUTE) return 0;
    return Math.max(0, sweptAt + SWEEP_INTERVAL - now);
  }

  /** Walks the whole look-back, slowly. */
  async sweep(signal: AbortSignal): Promise<number> {
    const { source, ledger, id, clock } = this.#options;
    const row = await ledger.sources.get(id);
    const began = source.now();
    const { since } = this.#reach(row);
    let asked = clock.now();
    const walked = await this.#walk(row, since, signal, {
      afterPage: async () => {
        await clock.sleep(Math.max(0, clock.now() - asked) * SWEEP_REST, signal);
        asked = clock.now();
      },
    });
    await this.#swept(since, Math.min(began, source.now()), walked);
    return walked.news;
  }

  /** What a vendor can still show of a stretch of the past, by start; nothing is recorded. */
  async *past(
    range: { since: number; until: number },
    signal: AbortSignal,
  ): AsyncGenerator<ConversationRef[]> {
    const { source } = this.#options;
    for await (const { refs, drift } of checkedPages(source.discover(range, signal), signal)) {
      this.#tellDrift(drift ?? [], refs);
      yield refs.filter(
        ({ startedAt }) => startedAt === undefined || (startedAt >= range.since && startedAt <= range.until),
      );
    }
  }

  /** Takes in what an active conversation of the past is: to be looked at when it has ended. */
  async take(refs: readonly ConversationRef[]): Promise<void> {
    await this.#take(refs, Number.NEGATIVE_INFINITY);
  }

  async #walk(
    row: SourceRow,
    since: number,
    signal: AbortSignal,
    { onRef, afterPage }: { onRef?: (ref: ConversationRef) => void; afterPage?: () => Promise<void> },
  ): Promise<Walked> {
    const { source, ledger, id } = this.#options;
    let { memory, sweptAt } = row;
    let news = 0;
    let isComplete = true;
    const drift = this.#drift.walk();
    const walk = { since, ...(memory === undefined ? {} : { memory }) };
    for await (const page of checkedPages(source.discover(walk, signal), signal)) {
      if (sweptAt === undefined) {
        // From the first answer ever the look-back counts, even if this walk should not come to its end.
        sweptAt = source.now();
        await ledger.sources.swept(id, sweptAt);
      }
      for (const ref of page.refs) onRef?.(ref);
      this.#tellDrift(drift.news(page.drift ?? []), page.refs);
      news += await this.#take(page.refs, this.#reach({ sweptAt }).horizon);
      memory = page.memory ?? memory;
      isComplete = page.partial !== true;
      await afterPage?.();
    }
    return { news, memory, isComplete, drift };
  }

  /** As far back as anything is wanted: a look-back behind the last sweep. */
  #reach({ sweptAt }: Pick<SourceRow, 'sweptAt'>): Reach {
    const { source, lookback } = this.#options;
    const now = source.now();
    const horizon = Math.min(sweptAt ?? now, now) - lookback;
    return { since: horizon - LONGEST_CALL, horizon };
  }

  /** A walk from `since` that began at `at` has come to its end. Whether it was a sweep shows only now. */
  async #swept(since: number, at: number, { isComplete, drift }: Walked): Promise<void> {
    const { source, ledger, id } = this.#options;
    const { sweptAt } = await ledger.sources.get(id);
    const wentFarEnough = since <= this.#reach({ sweptAt }).since + MINUTE;
    this.#walkedAt = wentFarEnough ? at : Number.NEGATIVE_INFINITY;
    // What was not seen may have ended long ago: the next sweep has to go back as far as this one.
    if (!wentFarEnough || !isComplete) return;
    drift.wentOverAll();
    const isTrusted = sweptAt !== undefined && sweptAt <= source.now() + MINUTE;
    await ledger.sources.swept(id, isTrusted ? Math.max(sweptAt, at) : at);
  }

  #tellDrift(names: readonly string[], refs: readonly ConversationRef[]): void {
    if (names.length > 0) this.#options.onDrift?.(names, refs[0]?.id ?? '');
  }

  async #take(refs: readonly ConversationRef[], horizon: number): Promise<number> {
    const { ledger, id, onSeen, onNews, clock } = this.#options;
    const sightings = refs.flatMap((ref) => {
      const moment = ref.endedAt ?? ref.startedAt;
      if (ref.ended && moment !== undefined && moment < horizon) return [];
      onSeen?.(ref);
      return [this.#sighting(ref)];
    });
    const news = await ledger.conversations.see(id, sightings, clock.now());
    if (news > 0) onNews?.();
    return news;
  }

  #sighting(ref: ConversationRef): Sighting {
    const { clock } = this.#options;
    const { id, ended, startedAt } = ref;
    const due = ended ? this.#whenComplete(ref.endedAt) : clock.now() + this.#activePause(startedAt);
    return { id, ended, startedAt, endedAt: ref.endedAt, due };
  }

  /** When an ended conversation is worth its first fetch. The vendor's clock says when, ours says when we wake. */
  #whenComplete(endedAt: number | undefined): number {
    const { source, clock } = this.#options;
    const toOurs = clock.now() - source.now();
    const due = (endedAt ?? source.now()) + source.firstFetchDelay + toOurs;
    // It has ended, whatever the clocks say.
    return Math.min(due, clock.now() + source.firstFetchDelay);
  }

  #activePause(startedAt: number | undefined): number {
    const now = this.#options.source.now();
    return this.#listsActive ? LISTED_PAUSE : pendingPause(now - (startedAt ?? now));
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
      for await (const page of checkedPages(source.stillActive([...missing.values()], signal), signal)) {
        for (const ref of page.refs) missing.delete(ref.id);
        await this.take(page.refs.filter((ref) => ref.ended));
      }
    } catch (error) {
      if (!(error instanceof HttpStatusError) || (error.status !== 400 && error.status !== 422)) throw error;
      // A vendor that does not know the filter: each is then asked for by itself, with growing patience.
      this.#listsActive = false;
      return;
    }
    const now = source.now();
    // The list covers what began in some stretch of time; of one whose start is unknown it says nothing.
    const ended = [...missing.values()].filter((ref) => ref.startedAt !== undefined);
    await this.take(ended.map((ref) => ({ ...ref, ended: true, endedAt: now })));
  }
}
