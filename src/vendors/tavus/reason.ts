import { firstText, type Json } from '../../json/reading.ts';

/** Why a Tavus conversation ended, as `callspan.end_reason` writes it. */
export interface TavusEndReason {
  /** One of the written list, else `other`. */
  readonly name: string;
  readonly known: boolean;
  /** The conversation itself went wrong. */
  readonly failure: boolean;
  /** The vendor's words hold more than the reason's name. */
  readonly freeText: boolean;
  /** The vendor's words. */
  readonly text: string;
}

/** The documented reasons (Tavus, "Webhooks and Callbacks"), without the suffix that only some of them have. */
const KNOWN = new Set([
  'max_call_duration',
  'participant_left_timeout',
  'participant_absent_timeout',
  'bot_could_not_join_meeting_it_was_probably_ended',
  'daily_room_has_been_deleted',
  'exception_encountered_during_conversation_startup',
  'end_conversation_endpoint_hit',
  'internal_error',
]);

const FAILURES = new Set([
  'bot_could_not_join_meeting_it_was_probably_ended',
  'exception_encountered_during_conversation_startup',
  'internal_error',
]);

/** The documentation names three places for it; a top-level one has been seen to stay null. */
export function endReason(
  shutdown: Json | undefined,
  topLevel: string | undefined,
): TavusEndReason | undefined {
  const text = firstText(shutdown ?? {}, 'shutdown_reason', 'reason') ?? topLevel;
  if (text === undefined) return undefined;
  const stripped = text.trim().replace(/ reached$/, '');
  const internal = /^internal error occurred at step\b/i.test(stripped);
  const candidate = internal ? 'internal_error' : stripped;
  const known = KNOWN.has(candidate);
  const name = known ? candidate : 'other';
  return { name, known, failure: FAILURES.has(name), freeText: internal, text };
}
