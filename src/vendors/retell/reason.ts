/** Why a call ended, as `callspan.end_reason` writes it. */
export interface RetellEndReason {
  /** One of the written list, else `other`. */
  readonly name: string;
  readonly known: boolean;
  /** The call itself went wrong. */
  readonly failure: boolean;
  /** Hanging up or handing the call over was the agent's answer to what was said last. */
  readonly answers: boolean;
  /** The vendor's words. */
  readonly text: string;
}

/** `disconnection_reason` as it is documented: an open set, for every integration brings its own. */
const KNOWN = new Set(
  `
  user_hangup agent_hangup call_transfer voicemail_reached ivr_reached inactivity max_duration_reached
  concurrency_limit_reached no_concurrency_fallback no_valid_payment scam_detected dial_busy dial_failed dial_no_answer
  invalid_destination telephony_provider_permission_denied telephony_provider_unavailable sip_routing_error
  marked_as_spam user_declined error_llm_websocket_open error_llm_websocket_lost_connection
  error_llm_websocket_runtime error_llm_websocket_corrupt_payload error_no_audio_received error_asr error_retell
  error_unknown error_user_not_joined registered_call_timeout transfer_bridged transfer_cancelled manual_stopped
  call_take_over
  `
    .trim()
    .split(/\s+/),
);

const FAILURE =
  /^error_|_unavailable$|^(?:sip_routing_error|no_valid_payment|concurrency_limit_reached|registered_call_timeout)$/;

const ANSWERS = new Set([
  'agent_hangup',
  'call_transfer',
  'transfer_bridged',
  'call_take_over',
  'voicemail_reached',
  'ivr_reached',
]);

export function endReason(text: string | undefined): RetellEndReason | undefined {
  if (text === undefined) return undefined;
  const known = KNOWN.has(text);
  // A new name of a family that is known says as much.
  const failure = FAILURE.test(text);
  return { name: known ? text : 'other', known, failure, answers: ANSWERS.has(text), text };
}

/** The documented reasons. */
export const END_REASONS: readonly string[] = [...KNOWN];
