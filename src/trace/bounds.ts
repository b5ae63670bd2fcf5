/** What one conversation may have: several times what the longest calls have, and what 256 MiB of memory can hold. */
const MOST_PARTS = 50_000;
const MOST_SPANS = 60_000;

/** A payload is too large for anybody to want it; `message` goes on from "it could not be translated: ". */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/**
 * Checks how many parts (spans, rows, calls, results, events) a payload has before anything is made of them.
 * @throws TooLargeError
 */
export function checkParts(count: number, what: string): void {
  if (count > MOST_PARTS) throw new TooLargeError(`it has ${count} ${what}, more than ${MOST_PARTS}`);
}

/**
 * Checks how many spans have become of it before they are written.
 * @throws TooLargeError
 */
export function checkSpans(count: number): void {
  if (count > MOST_SPANS) throw new TooLargeError(`it becomes ${count} spans, more than ${MOST_SPANS}`);
}
