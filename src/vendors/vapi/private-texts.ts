import { isObject, type Json } from '../../json/reading.ts';

/** Fields that hold an address or a credential, wherever they stand. */
const PRIVATE = /(?:ur[il]|secret|token|api_?key|password|passw?d|authorization|credential)$/i;
/** What was said is searched for these, and is none of them. */
const SPOKEN: ReadonlySet<string> = new Set(['messages', 'messagesOpenAIFormatted', 'transcript']);
/** Shorter ones are no addresses, and would be found in every other word. */
const SHORTEST = 8;
const DEEPEST = 24;
const MOST = 2_000;

/**
 * Addresses and credentials in a call's record, never let out wherever they are repeated: who has the control URL of
 * a call that goes on speaks in it, a recording's URL is the recording, and the assistant comes with its secrets.
 */
export function privateTexts(call: Json): string[] {
  const found = new Set<string>();
  collect(call, 0, found);
  return [...found];
}

function collect(value: unknown, depth: number, found: Set<string>): void {
  if (depth > DEEPEST || found.size >= MOST) return;
  if (Array.isArray(value)) {
    for (const member of value) collect(member, depth + 1, found);
    return;
  }
  if (!isObject(value)) return;
  for (const key in value) {
    const member = value[key];
    if (typeof member === 'string') {
      const secret = member.trim();
      if (PRIVATE.test(key) && secret.length >= SHORTEST && found.size < MOST) found.add(secret);
    } else if (!SPOKEN.has(key)) collect(member, depth + 1, found);
  }
}
