import { blameOfFetch, type FetchBlame } from '../blame.ts';
import { crashPoint } from '../crash-point.ts';
import { HttpError } from '../http/errors.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Due } from '../ledger/records.ts';
import type { Fetched, Source } from '../vendors/vendor.ts';
import { SourceDown } from './source-down.ts';

/** What came of fetching one conversation. */
export type Got = { readonly kind: 'fetched'; readonly fetched: Fetched } | FailedFetch;

/** A conversation that was not fetched, where that is not surely the source's trouble. */
export interface FailedFetch {
  readonly kind: 'failed';
  readonly blame: Exclude<FetchBlame, 'source'>;
  readonly reason: string;
  /** Others were fetched meanwhile, so it is surely its own trouble. */
  readonly othersPass: boolean;
}

/** Conversations that are remembered as having failed. */
const MOST_REMEMBERED = 1_000;

/**
 * Fetches conversations, and tells a vendor's trouble from a conversation's own: one that fails may do so by itself;
 * when a second one fails in a row, or one is refused as a whole account would be, it is the vendor. One that fails
 * once more although others were fetched in between does so by itself, whatever it is answered with.
 */
export class Fetcher {
  readonly #source: Source;
  /** Conversations that could not be fetched since the vendor last answered anything well. */
  readonly #failed = new Set<string>();
  /** Failures since a conversation was last fetched. */
  #failedFetches = 0;
  /** Conversations that were fetched, ever. */
  #fetched = 0;
  /** Of conversations that failed: how many had been fetched at the last time, and whether it is their own trouble. */
  readonly #failures = new Map<string, { readonly fetched: number; readonly isOwn: boolean }>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** The vendor has answered something else: the next failure may again be the conversation's own. */
  vendorAnswers(): void {
    this.#failed.clear();
  }

  /**
   * @param onBody called when the whole answer is there, before it is taken apart.
   * @throws SourceDown where the vendor is the problem; LedgerError; the signal's reason.
   */
  async fetch(
    { id, firstSeenAt }: Pick<Due, 'id' | 'firstSeenAt'>,
    stop: AbortSignal,
    onBody: () => Promise<void>,
  ): Promise<Got> {
    try {
      crashPoint('before-fetch');
      const fetched = await this.#source.fetch(id, stop, onBody, firstSeenAt);
      crashPoint('after-fetch');
      this.#failed.clear();
      this.#failedFetches = 0;
      this.#fetched++;
      this.#failures.delete(id);
      return { kind: 'fetched', fetched };
    } catch (error) {
      stop.throwIfAborted();
      if (error instanceof LedgerError) throw error;
      return this.#failure(id, error);
    }
  }

  #failure(id: string, error: unknown): FailedFetch {
    if (!(error instanceof Error)) throw error;
    const blame = blameOfFetch(error);
    if (blame === 'conversation') {
      // Nothing but a failed request should get here; if it does, it must not stop the others.
      const reason =
        error instanceof HttpError ? error.message : `it could not be translated: ${error.message}`;
      return { kind: 'failed', blame, reason, othersPass: true };
    }
    const failed = { kind: 'failed', blame: 'unknown', reason: error.message } as const;
    const { isOwn, othersPass } = this.#noteFailure(id);
    if (isOwn) return { ...failed, othersPass };
    if (blame === 'source') throw SourceDown.from(error);
    this.#failed.add(id);
    this.#failedFetches++;
    if (this.#failed.size > 1) throw SourceDown.from(error);
    return { ...failed, othersPass: this.#failedFetches === 1 };
  }

  /** Once others were fetched between two failures of it, it is its own trouble, also when it fails again before any is. */
  #noteFailure(id: string): { isOwn: boolean; othersPass: boolean } {
    const before = this.#failures.get(id);
    const othersPass = before !== undefined && this.#fetched > before.fetched;
    const isOwn = othersPass || before?.isOwn === true;
    if (before !== undefined || this.#failures.size < MOST_REMEMBERED) {
      this.#failures.set(id, { fetched: this.#fetched, isOwn });
    }
    return { isOwn, othersPass };
  }
}
