/**
 * ElevenLabs says why a conversation ended in free text. These are the texts seen in public payloads ("Client
 * disconnected: 1000", "end_call tool was called.", "Call ended by remote party", "custom_llm generation failed",
 * "Generating the LLM response took too long"), widened to their kind. The first that fits holds.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/voice ?mail|answering machine/i, 'voicemail'],
  [/transfer/i, 'transferred'],
  [
    /max\w{0,20}[ _-](?:conversation|call|session)?[ _-]?(?:duration|length|time)|time[ _-]?limit|duration (?:limit|exceeded)/i,
    'time_limit',
  ],
  [/silence|inactiv|idle/i, 'silence_timeout'],
  [/end_call|agent (?:hung up|ended|disconnected)|ended by (?:the )?(?:agent|assistant)/i, 'agent_ended'],
  [
    /client disconnect|remote party|(?:user|client|caller|customer) (?:hung up|ended|left|disconnected)|ended by (?:the )?(?:user|client|caller|customer)/i,
    'client_disconnect',
  ],
  [/error|fail|exception|took too long|timed? ?out|quota|unavailable|abort/i, 'error'],
];

/** What ended a conversation is said within so many characters; behind them could be anything. */
const LONGEST = 2_000;

/** `callspan.end_reason` for the vendor's words: one of a closed set, `other` where none fits. */
export function endReason(text: string): string {
  const words = text.slice(0, LONGEST);
  return PATTERNS.find(([pattern]) => pattern.test(words))?.[1] ?? 'other';
}
