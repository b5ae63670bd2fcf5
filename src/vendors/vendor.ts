import type { Conversation, Provider } from '../conversation.ts';
import type { HttpClient } from '../http/client.ts';
import type { Json } from '../json/reading.ts';
import type { Clock } from '../time/clock.ts';
import type { TraceSettings } from '../trace/settings.ts';
import type { SpanBatch } from '../trace/span-batch.ts';
import type { WebhookScheme } from './webhook-scheme.ts';

/** What a vendor's folder gives to the rest of callspan: the folder's `vendor.ts` exports one as `vendor`. */
export interface Vendor {
  readonly profile: Profile;
  /** What of its payloads can be shown to anybody. */
  readonly fields: KnownFields;
  /** A configured account, ready to be asked. */
  source(account: Account, parts: SourceParts): Source;
  /** What is to be done with a payload that was come by without a source. Pure. */
  read(body: unknown, reading: Reading): Fetched;
  /** How its webhooks are verified and read, where it sends any. */
  readonly webhook?: WebhookScheme;
}

/**
 * What is known of a vendor before anything of it is loaded: data only, and little of it, because settings and help
 * texts are made of it at every start.
 */
export interface Profile {
  /** `gen_ai.provider.name`, the `provider` of a source, and how its spans' names begin: a lower-case word. */
  readonly name: Provider;
  /** Its name and what its conversations are held by, as people write them. */
  readonly title: string;
  readonly agents: string;
  /** The variable of the environment that holds a key, and by that switches the vendor on. */
  readonly keyVariable: string;
  readonly baseUrlVariable: string;
  /** The header that carries the key, and what stands before the key in it, where anything does: `Bearer `, say. */
  readonly keyHeader: string;
  readonly keyPrefix?: string;
  /** What a key has to be allowed, where keys have permissions: `the permission …`. */
  readonly keyNeeds?: string;
  /** Base URLs by region; `global` is the one where none is named. */
  readonly hosts: { readonly global: string } & Readonly<Record<string, string>>;
  /** `service.name` of its conversations. */
  readonly service: string;
  /** Whether a trace id is computed from the conversation's id alone, so that it is known before the conversation is. */
  readonly derivesTraceIds: boolean;
  /** How long after a conversation's end what comes late is waited for, where anything does. */
  readonly settle?: { readonly variable: string /** Milliseconds. */; readonly fallback: number };
  /** How long it keeps a conversation unless told otherwise, in milliseconds, where that is not for ever. */
  readonly retention?: number;
  /** Fields of its payloads: a payload is taken to be of the vendor most of whose marks it has. */
  readonly marks: readonly string[];
  /**
   * What its webhooks are trusted by, where it sends any: a signature (or a header) made with a secret that both sides
   * know, or only a path that nobody guesses.
   */
  readonly webhook?: 'secret' | 'token';
  /** The field in which a payload lies where the vendor sends it by itself. */
  readonly envelope?: string;
}

/** One account, as its owner has configured it. */
export interface Account {
  /** The source's configured name: `callspan.source`. */
  readonly name: string;
  readonly provider: Provider;
  /** A secret. */
  readonly apiKey: string;
  readonly baseUrl: string;
  /** How long after a conversation's end what comes late is waited for, in milliseconds; 0: not at all. */
  readonly settle: number;
  /** Only conversations of these agents (pals, personas, faces or replicas); all where empty. */
  readonly agents: readonly string[];
  readonly requestsPerSecond?: number;
  /** Requests to the vendor, and conversations, under way at a time. */
  readonly concurrency: number;
}

/** What a source needs from around it. */
export interface SourceParts {
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly settings: TraceSettings;
}

/** All that a reading depends on beside the payload. */
export interface Reading {
  /** The conversation's id, where it is known; else the payload's own. */
  readonly id?: string;
  readonly settings: TraceSettings;
  /** As an account's, in milliseconds. */
  readonly settle: number;
  /** Unix milliseconds: what is still waited for by then is pending. */
  readonly now: number;
  /** When the conversation was first heard of, unix milliseconds: where one that has no time of its own is put. */
  readonly seenAt?: number;
}

/** What a vendor's payload has that tells nothing of anybody: everything else is disguised before it is shown. */
export interface KnownFields {
  /** Names of fields that the vendor gave. Any other may be a customer's and is disguised, with all that it holds. */
  readonly keys: (name: string) => boolean;
  /** Fields that hold an id which the vendor made. */
  readonly ids: ReadonlySet<string>;
  /** Fields that hold a moment, a length or a place in an order. */
  readonly timing: (field: string) => boolean;
  /** Fields with one of a closed set of words, or a number that is one. */
  readonly enumerations: Readonly<Record<string, readonly (string | number)[]>>;
  /** Fields whose own members are named by the user: those names are disguised too. */
  readonly namedByUser: ReadonlySet<string>;
  /** Fields that hold the names of spans, whose end may be a name of the user's. */
  readonly spanNames: ReadonlySet<string>;
  /** Names of spans and scopes that are the vendor's whole. */
  readonly vendorSpans: ReadonlySet<string>;
  /** Tools that the vendor has built in: what a call of one means is known. */
  readonly vendorTools: ReadonlySet<string>;
  /** How a span's name begins, where its end may be a name of the user's; the first that fits. */
  readonly spanPrefixes: readonly string[];
  /** Attribute keys whose value may stay. */
  readonly attributes: (key: string, value: Json) => boolean;
  /** Attribute keys that may stay though their value may not. */
  readonly attributeKeys: ReadonlySet<string>;
  /** How an attribute's key begins, where its end may be a name of the user's; the first that fits. */
  readonly attributePrefixes: readonly string[];
  /** A text in a form of the vendor's own, disguised within that form; undefined where it is none. */
  readonly form: (text: string, blur: (value: number) => number) => string | undefined;
}

/** One configured account of a vendor, as the bridge asks it. */
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
   * @param seenAt when it was first heard of, unix milliseconds: where one that has no time of its own is put.
   */
  fetch(id: string, signal: AbortSignal, onBody?: () => Promise<void>, seenAt?: number): Promise<Fetched>;
  /**
   * The same for a payload that was pushed, or lies in a file.
   * @param id the conversation's, where it is known; else the payload's own.
   * @param seenAt as of `fetch`.
   */
  read(body: unknown, id?: string, seenAt?: number): Fetched;
  /** The vendor's clock now, unix milliseconds: ours, corrected by the vendor's `Date` header. */
  now(): number;
  /**
   * The earlier of the vendor's clock and ours: what has passed by it has passed, whichever of the two is wrong.
   * For what cannot be taken back.
   */
  surelyNow(): number;
  /** What is wrong with the vendor's clock or ours, in words; undefined where they agree. */
  readonly clockTrouble?: string | undefined;
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
  | ({ readonly kind: 'ready'; readonly translated: Translated } & Kept)
  /** Finished, and there is nothing to export. */
  | ({ readonly kind: 'empty'; readonly reason: string } & Kept)
  /** The vendor does not know it (any more). */
  | { readonly kind: 'gone'; readonly reason: string };

interface Kept {
  /** The vendor keeps nothing of it that could be fetched, and says so: what there was came by a webhook, or never. */
  readonly keepsNothing?: true;
}

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
