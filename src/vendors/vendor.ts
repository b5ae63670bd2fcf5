import type { Conversation, Provider } from '../conversation.ts';
import type { SpanBatch } from '../trace/span-batch.ts';

/** One configured account of a vendor: what a vendor's folder gives to the bridge. */
export interface Source {
  /** The configured name: `callspan.source`. */
  readonly name: string;
  readonly provider: Provider;
  /** Whether something may come to a conversation after its delivery, so that it is worth another look. */
  readonly hasLateEvents: boolean;
  /** How long after a conversation's end its first fetch is worth a call, in milliseconds. */
  readonly firstFetchDelay: number;
  /**
   * Walks the vendor's list and yields what it says of each conversation, page by page.
   * @throws when a page cannot be had; what was yielded before stands.
   */
  discover(walk: Walk, signal: AbortSignal): AsyncIterable<Page>;
  /**
   * The vendor's list of what has not ended, as far as it covers `seen`, all of which had not: what is missing from
   * it now is worth a fetch. One list call for many conversations instead of a fetch for each.
   */
  stillActive(seen: readonly ConversationRef[], signal: AbortSignal): AsyncIterable<Page>;
  /** What the vendor says of one conversation, unread. @throws HttpError */
  payload(id: string, signal: AbortSignal): Promise<unknown>;
  /**
   * Fetches and translates one conversation.
   * @param onBody called, and waited for, when the whole answer is there and before anything is made of it.
   */
  fetch(id: string, signal: AbortSignal, onBody?: () => Promise<void>): Promise<Fetched>;
  /** The vendor's clock now, unix milliseconds: ours, corrected by the vendor's `Date` header. */
  now(): number;
  /**
   * The earlier of the vendor's clock and ours: what has passed by it has passed, whichever of the two is wrong.
   * For what cannot be taken back.
   */
  surelyNow(): number;
  close(): Promise<void>;
}

/** How far back to walk. Times are unix milliseconds on the vendor's clock. */
export interface Walk {
  /** Conversations that began before this need not be listed. */
  readonly since: number;
  /** Conversations that began after this need not be listed. */
  readonly until?: number;
  /** What the previous walk learnt about the list (an order observed, say); opaque to the bridge. */
  readonly memory?: string;
}

export interface Page {
  readonly refs: readonly ConversationRef[];
  /** To be kept and handed to the next walk. */
  readonly memory?: string;
  /** The last page only: the list has shown less than there is, so what was not seen may still be there. */
  readonly partial?: true;
  /** Names on the page that callspan has never heard of, or parts that were missing. */
  readonly drift?: readonly string[];
}

/** What a list says of a conversation. */
export interface ConversationRef {
  readonly id: string;
  readonly ended: boolean;
  /** Unix milliseconds. */
  readonly startedAt?: number;
  /** Unix milliseconds, where the list says it. */
  readonly endedAt?: number;
}

export type Fetched =
  /** Not complete yet. `notBefore` (unix ms, vendor's clock): when another look is worth its call. */
  | { readonly kind: 'pending'; readonly notBefore?: number; readonly reason: string }
  | { readonly kind: 'ready'; readonly translated: Translated }
  /** Finished, and there is nothing to export. */
  | { readonly kind: 'empty'; readonly reason: string }
  /** The vendor does not know it (any more). */
  | { readonly kind: 'gone'; readonly reason: string };

/** A conversation on its way to the collector. */
export interface Translated {
  readonly conversation: Conversation;
  readonly batch: SpanBatch;
  /** The id of every span in the batch, parents first. */
  readonly spanIds: readonly string[];
  /** Span ids of waits, in the order of the conversation's waits: exemplars point at them. */
  readonly waitIds: readonly string[];
  /** Spans that may come later than the rest without changing it: what a later look may still send. */
  readonly lateIds: readonly string[];
  /** Names in the payload that callspan has never heard of, or parts that were missing. */
  readonly drift: readonly string[];
}
