import type { Provider } from '../conversation.ts';
import type { Observation } from '../metrics/observe.ts';
import type { Summary } from '../metrics/summary.ts';

/** What a conversation can be, as far as the ledger knows. */
export type StateName =
  /** Seen in the vendor's list, not ended yet. */
  | 'active'
  /** Ended; to be fetched and delivered. */
  | 'due'
  | 'delivered'
  /** Ended, and there is nothing to export. */
  | 'empty'
  /** The vendor does not know it any more. */
  | 'gone'
  /** Dead letter: it cannot be delivered as it is. */
  | 'dead'
  /** Too old for its destination, which would drop it: kept for one that takes it. */
  | 'parked';

/** What was delivered of a conversation. */
export interface Delivered {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly spans: number;
  /** Of the ids and times of its spans: whether a later translation is still the same trace. */
  readonly shape: string;
  /** Ids of the late spans that were sent. */
  readonly late: readonly string[];
}

/** A conversation as the ledger knows it. Times are unix milliseconds. */
export interface Due {
  readonly id: string;
  readonly state: StateName;
  /** When to fetch it; undefined where nothing is to be done about it. */
  readonly dueAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly firstSeenAt: number;
  readonly attempts: number;
  /** Why it is in its state, or was not delivered yet. */
  readonly reason: string | undefined;
  /** What was delivered of it, if anything was: of one in another state than `delivered`, before it was asked for again. */
  readonly sent: Delivered | undefined;
  /** The trace that was taken for it, before anything was sent: 32 lower-case hex digits. */
  readonly traceId: string | undefined;
}

/** A conversation that was taken to be fetched now. */
export interface Claimed extends Due {
  readonly deaths: Deaths;
}

/** How often a process has ended without an orderly stop while a conversation was under way. */
export interface Deaths {
  /** While just its payload was being taken apart: only one is at a time, so it was the cause. */
  readonly certain: number;
  /** While it was the only conversation under way. */
  readonly alone: number;
  /** While others were under way too. */
  readonly inCompany: number;
}

/** What to take to be fetched now. */
export interface ClaimOptions {
  /** Unix milliseconds. */
  readonly now: number;
  readonly limit: number;
  /** Also what has ended and was never fetched, and whose time may not have come yet. */
  readonly early?: boolean;
  /** This conversation and no other, whether its time has come or not. */
  readonly only?: string;
}

/** What is to be tried again now, besides what waits for another attempt anyway. */
export interface Revived {
  readonly dead: boolean;
  readonly parked?: boolean;
  /** One conversation's id; all where undefined. */
  readonly only: string | undefined;
}

/** What a list said of a conversation. Times are unix milliseconds. */
export interface Sighting {
  readonly id: string;
  readonly ended: boolean;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** When to fetch it. */
  readonly due: number | undefined;
}

/** Somebody asks for a conversation, whether a list has shown it or not. */
export type Wish = Omit<Sighting, 'ended' | 'due'>;

/** What becomes of a wish: it is due now, is worth a look only later, or is settled and stays so. */
export type Granted = 'now' | 'later' | 'settled';

/** What became of a conversation, to be recorded. Times are unix milliseconds. */
export type Settlement = Of & (Delivery | Nothing | Postponement);

interface Of {
  readonly source: number;
  readonly id: string;
  /**
   * The latest notice that was in the inbox when the conversation was worked off. Where it is not delivered, and another
   * has been taken since, it is due at once. Payloads up to it are forgotten, unless it is postponed or a dead letter;
   * of what is delivered, all are.
   */
  readonly considered?: number;
}

interface Delivery extends Delivered {
  readonly kind: 'delivered';
  /** When to look again for what comes late. */
  readonly due: number | undefined;
  readonly endedAt: number;
  /** What it adds to the metrics, if it was not counted before. */
  readonly observations: readonly Observation[];
  /** What is kept of it to be listed and compared, if nothing is yet. */
  readonly summary?: Summary;
}

interface Nothing {
  readonly kind: 'empty' | 'gone' | 'dead' | 'parked';
  readonly reason: string;
}

/** Not now: come back at `due`. */
interface Postponement {
  readonly kind: 'postponed';
  readonly due: number;
  readonly attempts: number;
  readonly reason: string;
}

/** How far a source's list was walked, and how that went. Times are unix milliseconds. */
export interface SourceRow {
  readonly name: string;
  readonly provider: Provider;
  /** Conversations that began before this were listed. */
  readonly cursor: number | undefined;
  /** What the walk of the list learnt, for the next one. */
  readonly memory: string | undefined;
  readonly sweptAt: number | undefined;
  readonly polledAt: number | undefined;
  readonly nextPollAt: number | undefined;
  readonly error: string | undefined;
  readonly errorAt: number | undefined;
}

/** A conversation that was not delivered, and why. Times are unix milliseconds. */
export interface Unsettled {
  readonly id: string;
  readonly reason: string | undefined;
  readonly attempts: number;
  readonly startedAt: number | undefined;
  /** Of a dead letter, when it became one; else when it will be tried again. */
  readonly at: number;
}

/** How many conversations are in each state. */
export type Tallies = Readonly<Record<StateName, number>>;

/** Who has the right to change a ledger. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Unix milliseconds. */
  readonly since: number;
}

/** A conversation that was delivered, as it is listed. */
export interface SummaryRow {
  readonly id: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly summary: Summary;
}

/** What a webhook has told of a conversation. Times are unix milliseconds. */
export interface Notice {
  readonly source: number;
  /** Undefined where a body could not be read: it is kept for whoever wants to look at it. */
  readonly conversation: string | undefined;
  /** The vendor's name for the kind of event. */
  readonly type: string;
  /** When the event was, where it says so. */
  readonly at: number | undefined;
  /** SHA-256 of the body as it came: 64 lower-case hex digits. */
  readonly digest: string;
  /** The body as it came, where it may have to stand for what cannot be fetched. */
  readonly payload: Uint8Array | undefined;
  /** Nothing can be fetched: the payload is all that there will be. */
  readonly final: boolean;
  /** Nothing more comes to the conversation: it need not be waited for. */
  readonly terminal: boolean;
}

/** A notice that nobody has taken yet. */
export interface WaitingNotice {
  /** Grows from notice to notice. */
  readonly number: number;
  readonly conversation: string;
  readonly at: number | undefined;
  readonly final: boolean;
  readonly terminal: boolean;
  readonly receivedAt: number;
  /** The ledger has the conversation already. */
  readonly isKnown: boolean;
}

export interface Taking {
  readonly number: number;
  /** When its conversation is to be worked off; undefined: not because of this. */
  readonly due: number | undefined;
}

/** What the inbox has of one conversation. */
export interface Inbox {
  /** The latest notice of it; 0 where there is none. */
  readonly latest: number;
  /** The earliest payload of it: always the same one, so that what is sent twice is sent the same. */
  readonly payload?: { readonly body: Uint8Array; readonly final: boolean };
}

export interface InboxDepth {
  readonly waiting: number;
  readonly payloads: number;
  /** When the oldest of both was received, unix milliseconds. */
  readonly oldest: number | undefined;
}
