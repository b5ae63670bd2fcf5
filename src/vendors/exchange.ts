/** What counts as speech, as an answer and as an exchange, the same for every vendor. */

/**
 * Whether words were heard: text with a letter or a digit of any script. Vendors write dots, signs or nothing for a
 * user who was silent, and for a reply that was cut before its first word.
 */
export function hasWords(said: string | undefined): boolean {
  return said !== undefined && /[\p{L}\p{N}]/u.test(said);
}

/**
 * Exchanges count from 1: a user's turn that follows an agent's opens the next, an opening greeting is 1 by
 * itself, and user, reply and tools of an exchange share its number.
 * @param speakers undefined for what is no turn: it opens nothing, and gets the number of where it stands.
 */
export function exchangeNumbers(speakers: readonly ('user' | 'agent' | undefined)[]): number[] {
  let number = 1;
  let last: 'user' | 'agent' | undefined;
  return speakers.map((speaker) => {
    if (speaker === 'user' && last === 'agent') number++;
    last = speaker ?? last;
    return number;
  });
}

/**
 * Whether a tool of the vendor's own ends the conversation or hands it over: an answer, though no word is said.
 * @param isStep whether a workflow's step called it: there a transfer to an agent only moves on to the next node.
 */
export function concludes(toolName: string, isStep = false): boolean {
  return (isStep ? /^(?:end_call|voicemail_\w+|transfer_to_(?!agent$)\w+)$/ : CONCLUDING).test(toolName);
}

const CONCLUDING = /^(?:end_call|voicemail_\w+|transfer_to_\w+)$/;

const TRACEPARENT = /(?<![0-9a-f])([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?![0-9a-f])/i;

/** The span that a W3C traceparent in `text` names, wherever in it that stands. */
export function findTraceparent(
  text: string | undefined,
): { traceId: string; spanId: string; flags: number } | undefined {
  const match = text === undefined ? null : TRACEPARENT.exec(text.toLowerCase());
  if (!match) return undefined;
  const [, version, traceId = '', spanId = '', flags = '0'] = match;
  if (version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}
