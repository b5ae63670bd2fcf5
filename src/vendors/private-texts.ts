import { isObject, type Json } from '../json/reading.ts';

/** Fields that hold an address or a credential, wherever they stand. */
const PRIVATE = /(?:ur[il]|secret|token|api_?key|password|passw?d|authorization|credential)$/i;
/** Shorter ones are no addresses, and would be found in every other word. */
const SHORTEST = 8;
const DEEPEST = 24;
const MOST = 2_000;

/**
 * Addresses and credentials in a call's record, never let out wherever they are repeated: who has the control URL of
 * a call that goes on speaks in it, a recording's URL is the recording, and an agent may come with its secrets.
 * @param spoken fields with what was said, which is searched for these and has none of them.
 */
export function privateTexts(call: Json, spoken: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  collect(call, spoken, 0, found);
  return [...found];
}

function collect(value: unknown, spoken: ReadonlySet<string>, depth: number, found: Set<string>): void {
  if (depth > DEEPEST || found.size >= MOST) return;
  if (Array.isArray(value)) {
    for (const member of value) collect(member, spoken, depth + 1, found);
    return;
  }
  if (!isObject(value)) return;
  for (const key in value) {
    const member = value[key];
    if (typeof member === 'string') {
      const secret = member.trim();
      if (PRIVATE.test(key) && secret.length >= SHORTEST && found.size < MOST) found.add(secret);
    } else if (!spoken.has(key)) collect(member, spoken, depth + 1, found);
  }
}
