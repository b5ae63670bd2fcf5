/** The number of the exchange each turn belongs to. */

/**
 * Exchanges count from 1: a user's turn that follows an agent's opens the next, an opening greeting is 1 by
 * itself, and user, reply and tools of an exchange share its number.
 */
export function exchangeNumbers(speakers: readonly ('user' | 'agent')[]): number[] {
  let number = 1;
  return speakers.map((speaker, index) => {
    if (speaker === 'user' && speakers[index - 1] === 'agent') number++;
    return number;
  });
}

/** A row of dots is how both vendors write down that the user said nothing. */
export function isSilence(said: string): boolean {
  return /^[\s.…]*$/.test(said);
}

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
