import type { PayloadError } from './payload.ts';

/** Reasons that are a failure of the conversation, if `metadata.error` tells them. */
const FAILURES: ReadonlySet<string> = new Set(['missing_variables', 'guardrail', 'quota', 'error']);

/**
 * ElevenLabs says why a conversation ended in free text. These are the texts seen in public payloads ("Client
 * disconnected: 1000", "end_call tool was called.", "Call ended by remote party", "custom_llm generation failed",
 * "Generating the LLM response took too long"), widened to their kind. The first that fits holds; words of
 * its own for a call that was never connected come first, then what names or quotes somebody's own, which may be any.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^busy$/, 'busy'],
  [/^no-answer$/, 'no_answer'],
  [/^not_connected$/, 'not_connected'],
  [/missing (?:required )?(?:dynamic )?variables?/i, 'missing_variables'],
  [/guardrail/i, 'guardrail'],
  [/quota|payment required|(?:out of|insufficient|not enough|exceed\w*) (?:\w+ ){0,2}credits?\b/i, 'quota'],
  [/voice ?mail|answering machine/i, 'voicemail'],
  [/transfer/i, 'transferred'],
  [
    /max\w{0,20}[ _-](?:conversation|call|session)?[ _-]?(?:duration|length|time)|time[ _-]?limit|duration (?:limit|exceeded)/i,
    'time_limit',
  ],
  [/silence|inactiv|idle/i, 'silence_timeout'],
  [/end_call|agent (?:hung up|ended|disconnected)|ended by (?:the )?(?:agent|assistant)/i, 'agent_ended'],
  [/connection (?:was )?(?:lost|reset|dropped|aborted|broken)|abnormal(?:ly)? clos/i, 'connection_lost'],
  [
    /(?:client|connection|web ?socket) (?:disconnect|close)|remote party|(?:user|client|caller|customer) (?:hung up|ended|left|disconnected)|ended by (?:the )?(?:user|client|caller|customer)/i,
    'client_disconnect',
  ],
  [/error|fail|exception|took too long|timed? ?out|unavailable|abort/i, 'error'],
];

/** The close code of WebSocket that a text names behind what was closed. */
const CLOSE_CODE = /(?:disconnect|close)(?:ed|d)?\W{1,16}(?:with )?(?:code\W{0,16})?([1-4]\d{3})\b/i;
/** What ended a conversation is said within so many characters; behind them could be anything. */
const LONGEST = 2_000;

/** `callspan.end_reason` for the vendor's words: one of a closed set, `other` where none fits. */
export function endReason(text: string): string {
  const words = text.slice(0, LONGEST);
  const name = PATTERNS.find(([pattern]) => pattern.test(words))?.[1] ?? 'other';
  if (name !== 'client_disconnect') return name;
  const code = CLOSE_CODE.exec(words)?.[1];
  return code === undefined ? name : ofCloseCode(Number(code));
}

/** 1000 and 1001 are how a client closes that is done. */
function ofCloseCode(code: number): string {
  return code === 1000 || code === 1001 ? 'client_disconnect' : 'connection_lost';
}

/** Nobody closes so: the connection went away, as it does when somebody hangs up or drives into a tunnel. */
const VANISHED: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006]);

export interface End {
  /** `callspan.end_reason`; undefined where the vendor gives none. */
  readonly reason: string | undefined;
  /** The vendor's error tells of more than a hang-up. */
  readonly failed: boolean;
}

/** How a conversation ended, by the vendor's words for it and by its error. */
export function endOf(termination: string | undefined, error: PayloadError | undefined): End {
  const said = termination === undefined ? undefined : endReason(termination);
  const told = error?.reason === undefined ? undefined : endReason(error.reason);
  if (error !== undefined && isFailure(error, told)) {
    const failure = [said, told].find((name) => name !== undefined && FAILURES.has(name));
    return { reason: failure ?? 'error', failed: true };
  }
  const byCode = error?.code === undefined ? undefined : ofCloseCode(error.code);
  const known = [said, told, byCode].find((name) => name !== undefined && name !== 'other');
  return { reason: known ?? said ?? told, failed: false };
}

/** By its words where they say enough, else by its code. */
function isFailure({ code }: PayloadError, told: string | undefined): boolean {
  if (told !== undefined && FAILURES.has(told)) return true;
  if (told !== undefined && !VAGUE.has(told)) return false;
  return code === undefined ? told === 'other' : !VANISHED.has(code);
}

/** Words that leave open who closed the connection, and why. */
const VAGUE: ReadonlySet<string> = new Set(['other', 'client_disconnect', 'connection_lost']);
