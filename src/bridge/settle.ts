import type { Blame } from '../blame.ts';
import type { Passage } from '../delivery/circuit-breaker.ts';
import type { Accepted } from '../delivery/outcome.ts';
import {
  LONGEST_CONVERSATION,
  MOST_ATTEMPTS,
  nextLook,
  pendingPause,
  readyPause,
  retryPause,
} from '../intake/schedule.ts';
import type { Delivered, Due, Settlement } from '../ledger/records.ts';

/**
 * What becomes of a conversation, once it has been fetched or sent: pure decisions. Who acts on them fetches, sends,
 * records and logs; here nothing is done.
 */

/** So long after its end a conversation that is not there, or has nothing in it, is asked for twice. In milliseconds. */
const FRESH = 3_600_000;
const SECOND_OPINION = 120_000;

/** What came of fetching a conversation, or of sending it, where it was not delivered. */
export type Finding =
  /** Not complete yet. `notBefore` (unix ms, vendor's clock): when another look is worth its call. */
  | { readonly kind: 'pending'; readonly reason: string; readonly notBefore?: number }
  /** Finished, and there is nothing to export; or the vendor does not know it. */
  | { readonly kind: 'empty' | 'gone'; readonly reason: string }
  /** It is its own fault, and another try would bring the same. */
  | { readonly kind: 'hopeless'; readonly reason: string }
  /** Its destination would drop it, and say that it took it. */
  | { readonly kind: 'too old'; readonly reason: string }
  /** It failed. `othersPass`: others got through where it did not; if not, it is not given up. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly othersPass: boolean;
      /** How long whoever refused it asked to be left alone, in milliseconds. */
      readonly retryAfterMs: number;
    }
  /** The source or the destination is in trouble, and nothing is known of this one: come again after `pauseMs`. */
  | { readonly kind: 'waiting'; readonly reason: string; readonly pauseMs: number };

/** Something failed for one conversation, be it its fetch or its delivery. */
export interface Failure {
  readonly blame: Blame;
  readonly reason: string;
  /** Others got through where it did not. */
  readonly othersPass: boolean;
  /** How long whoever refused it asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** What a failure means for its conversation, by whose fault it is. */
export function findingOf({ blame, reason, othersPass, retryAfterMs = 0 }: Failure): Finding {
  if (blame === 'conversation') return { kind: 'hopeless', reason };
  return { kind: 'failed', reason, othersPass, retryAfterMs };
}

/** What a failed delivery means for its conversation. */
export function findingOfDelivery(passage: Exclude<Passage, Accepted>): Finding {
  const { reason } = passage;
  if (passage.kind === 'turned away') return { kind: 'waiting', reason, pauseMs: passage.pauseMs };
  const refused = passage.blame === 'conversation';
  return findingOf({
    ...passage,
    reason: refused ? `the collector refused it (${passage.status}): ${reason}` : reason,
    othersPass: true,
  });
}

/** Clocks and chance, read before anything is decided. Times are unix milliseconds. */
export interface Reading {
  readonly now: number;
  /** The earlier of the vendor's clock and ours. */
  readonly surelyNow: number;
  /** From 0 to 1. */
  readonly random: number;
  /** Whether something may come to a conversation after its delivery. */
  readonly hasLateEvents: boolean;
}

/** What became of one conversation in one go. */
export interface Processed {
  readonly kind:
    | 'delivered'
    | 'looked'
    | 'pending'
    | 'empty'
    | 'gone'
    | 'dead'
    | 'parked'
    /** It failed, and will be tried again. */
    | 'postponed'
    /** Nothing passes at all now, and nothing is known of this one. */
    | 'waiting';
  readonly traceId?: string;
  readonly spans?: number;
  /** Sent once more, and its spans are not what was sent before. */
  readonly changed?: boolean;
  /** Why it was not delivered. */
  readonly reason?: string;
}

export interface Decision {
  /** But for the source, which whoever records it knows. */
  readonly settlement: Unowned<Settlement>;
  readonly processed: Processed;
  /** What the log is told, beside the conversation's id. */
  readonly line?: {
    readonly level: 'info' | 'warn' | 'error';
    readonly message: string;
    readonly fields: Readonly<Record<string, unknown>>;
  };
}

type Unowned<Of> = Of extends unknown ? Omit<Of, 'source'> : never;

/** What becomes of a conversation that is still to be delivered. */
export function settleFirst(due: Due, finding: Finding, at: Reading): Decision {
  const { reason } = finding;
  switch (finding.kind) {
    case 'pending': {
      const age = at.surelyNow - (due.startedAt ?? due.firstSeenAt);
      if (age > LONGEST_CONVERSATION) {
        return settleFirst(due, { kind: 'empty', reason: `never ended (${reason})` }, at);
      }
      const { notBefore } = finding;
      const wait = notBefore === undefined ? pendingPause(age) : readyPause(notBefore, at.surelyNow);
      return postponed(due, at.now + wait, due.attempts, reason, 'pending');
    }
    case 'empty':
    case 'gone':
      // What was delivered stays delivered, whatever the vendor shows of it later.
      if (due.sent) return { ...looked(due, due.sent, at), processed: { kind: finding.kind, reason } };
      if (due.attempts === 0 && isFresh(due, at)) {
        return postponed(due, at.now + SECOND_OPINION, 1, reason, 'pending');
      }
      return {
        settlement: { id: due.id, kind: finding.kind, reason },
        processed: { kind: finding.kind, reason },
        line: { level: 'info', message: finding.kind, fields: { reason } },
      };
    case 'hopeless':
      return dead(due, reason);
    case 'too old':
      if (due.sent) return { ...looked(due, due.sent, at), processed: { kind: 'parked', reason } };
      return {
        settlement: { id: due.id, kind: 'parked', reason },
        processed: { kind: 'parked', reason },
        line: { level: 'warn', message: 'parked', fields: { reason } },
      };
    case 'failed':
      return isGivenUp(due, finding, at)
        ? dead(due, `${reason} (${due.attempts + 1} attempts)`)
        : triedAgain(due, finding, at);
    default:
      return waiting(due, finding, at);
  }
}

/**
 * What becomes of a second or third look at what was delivered, for what may have come late. What was delivered stays
 * so; only what might have come late is given up.
 */
export function settleLook(due: Due & { sent: Delivered }, finding: Finding, at: Reading): Decision {
  if (finding.kind === 'waiting') return waiting(due, finding, at);
  if (finding.kind === 'failed' && !isGivenUp(due, finding, at)) return triedAgain(due, finding, at);
  return looked(due, due.sent, at);
}

/** A look at what was delivered that brought nothing to send. */
export function looked(due: Due, sent: Delivered, at: Reading): Decision {
  const endedAt = due.endedAt ?? 0;
  return {
    settlement: {
      ...{ id: due.id, kind: 'delivered', endedAt, due: lookAt(endedAt, at), observations: [] },
      ...sent,
    },
    processed: { kind: 'looked', traceId: sent.traceId },
  };
}

/** When what was delivered is looked at again, by our clock; undefined where nothing can come late any more. */
export function lookAt(endedAt: number, { now, surelyNow, hasLateEvents }: Reading): number | undefined {
  const look = hasLateEvents ? nextLook(endedAt, surelyNow) : undefined;
  return look === undefined ? undefined : look + now - surelyNow;
}

type Failed = Extract<Finding, { kind: 'failed' }>;

function isGivenUp(due: Due, { othersPass }: Failed, { surelyNow }: Reading): boolean {
  const age = surelyNow - due.firstSeenAt;
  return due.attempts + 1 >= MOST_ATTEMPTS && (othersPass || age > LONGEST_CONVERSATION);
}

function triedAgain(due: Due, { reason, retryAfterMs }: Failed, { now, random }: Reading): Decision {
  const attempts = due.attempts + 1;
  const pause = Math.max(retryAfterMs, retryPause(attempts, random));
  return {
    ...postponed(due, now + pause, attempts, reason, 'postponed'),
    line: { level: 'warn', message: 'not delivered yet', fields: { attempts, retryInMs: pause, reason } },
  };
}

/** It has failed, whoever's fault that was: those that have not go first. */
function waiting(
  due: Due,
  { pauseMs, reason }: Extract<Finding, { kind: 'waiting' }>,
  { now }: Reading,
): Decision {
  return postponed(due, now + pauseMs, Math.max(1, due.attempts), reason, 'waiting');
}

function postponed(
  { id }: Due,
  due: number,
  attempts: number,
  reason: string,
  kind: 'pending' | 'postponed' | 'waiting',
): Decision {
  return { settlement: { id, kind: 'postponed', due, attempts, reason }, processed: { kind, reason } };
}

function dead({ id }: Due, reason: string): Decision {
  return {
    settlement: { id, kind: 'dead', reason },
    processed: { kind: 'dead', reason },
    line: { level: 'error', message: 'dead letter', fields: { reason } },
  };
}

/** Whether it ended so lately that the vendor may not have brought all of itself up to date. */
function isFresh({ startedAt, endedAt }: Due, { surelyNow }: Reading): boolean {
  const moment = endedAt ?? startedAt;
  return moment !== undefined && surelyNow - moment < FRESH;
}
