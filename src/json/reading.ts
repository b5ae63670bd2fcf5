/** Reading of JSON that nobody promised anything about: what is not as expected is absent, never an exception. */

export type Json = Record<string, unknown>;

/** Deeper than any payload nests; what lies deeper must not exhaust the stack of whoever walks it. */
const DEEPEST = 128;

/**
 * A parsed payload in which every text is valid Unicode and nothing nests without end: JSON may escape half a
 * character, and no collector takes one. The very same value where there is nothing to mend, which is nearly always.
 */
export function mendJson(value: unknown): unknown {
  return isSound(value, 0) ? value : mend(value, 0);
}

/** Whether there is nothing to mend. Nearly every payload is only looked at, and a look needs no memory. */
function isSound(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= DEEPEST) return false;
  if (Array.isArray(value)) {
    for (const member of value) if (!isSound(member, depth + 1)) return false;
    return true;
  }
  for (const key in value) {
    if (!key.isWellFormed() || !isSound((value as Json)[key], depth + 1)) return false;
  }
  return true;
}

function mend(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return null;
  if (Array.isArray(value)) {
    const members = value.map((member) => mend(member, depth + 1));
    return members.some((member, index) => member !== value[index]) ? members : value;
  }
  // By the sender's key: of two broken ones that become one, which stays must not depend on the sender's order.
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  const mended = entries.map(([key, member]) => [key.toWellFormed(), mend(member, depth + 1)] as const);
  const changed = mended.some(
    ([key, member], index) => key !== entries[index]?.[0] || member !== entries[index]?.[1],
  );
  return changed ? Object.fromEntries(mended) : value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** The members of an array that are objects. */
export function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A number that a count, a price or a score can be: beyond whole-number precision it is damage, and no int64. */
export function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

export function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** The first of `keys` that holds a string that is not empty. */
export function firstText(object: Json, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = text(object[key]);
    if (value !== undefined) return value;
  }
  return undefined;
}
