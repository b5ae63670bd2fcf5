import { crashPoint } from '../crash-point.ts';
import { BadAnswerError, HttpStatusError, RedirectError, UnavailableError } from '../http/errors.ts';
import type { Fetched, Source } from '../vendors/source.ts';
import { SourceDown } from './source-down.ts';

/** What came of fetching one conversation. */
export type Got =
  | { readonly kind: 'fetched'; readonly fetched: Fetched }
  /** It may be its own trouble. `othersPass`: others were fetched since the last failure, so it surely is. */
  | { readonly kind: 'failed'; readonly reason: string; readonly othersPass: boolean }
  /** It is there, and nothing can be made of it. */
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Fetches conversations, and tells a vendor's trouble from a conversation's own: one that fails may do so by itself;
 * when a second one fails in a row, it is the vendor.
 */
export class Fetching {
  readonly #source: Source;
  /** Conversations that could not be fetched since the vendor last answered anything well. */
  readonly #failed = new Set<string>();
  /** Failures since a conversation was last fetched. */
  #failedFetches = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** The vendor has answered something else: the next failure may again be the conversation's own. */
  vendorAnswers(): void {
    this.#failed.clear();
  }

  /** @throws SourceDown where the vendor is the problem; the signal's reason. */
  async fetch(id: string, stop: AbortSignal): Promise<Got> {
    try {
      crashPoint('before-fetch');
      const fetched = await this.#source.fetch(id, stop);
      crashPoint('after-fetch');
      this.#failed.clear();
      this.#failedFetches = 0;
      return { kind: 'fetched', fetched };
    } catch (error) {
      stop.throwIfAborted();
      return this.#failure(id, error);
    }
  }

  #failure(id: string, error: unknown): Got {
    if (error instanceof RedirectError) throw SourceDown.from(error);
    if (
      !(error instanceof HttpStatusError) &&
      !(error instanceof UnavailableError) &&
      !(error instanceof BadAnswerError)
    ) {
      // Nothing that a vendor sends should get here; if it does, it must not stop the others.
      if (!(error instanceof Error)) throw error;
      return { kind: 'broken', reason: `it could not be translated: ${error.message}` };
    }
    const down = SourceDown.from(error);
    if (down.refused || down.trouble === 'flooded') throw down;
    this.#failed.add(id);
    this.#failedFetches++;
    if (this.#failed.size > 1) throw down;
    return { kind: 'failed', reason: error.message, othersPass: this.#failedFetches === 1 };
  }
}
