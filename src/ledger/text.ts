/** A text for people, as every engine keeps it: what it would cut off or change is replaced. */
export function readable(text: string): string {
  return isKept(text) ? text : text.toWellFormed().replaceAll('\0', '\ufffd');
}

/**
 * Whether engines keep a text as it is: SQLite ends it at its first NUL, PostgreSQL refuses one, and UTF-8 has no halves
 * of pairs.
 */
function isKept(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** @throws TypeError for a text that would be kept otherwise: one that ends early could be another one's id. */
export function keptText(text: string): string {
  if (!isKept(text)) throw new TypeError(`The ledger cannot keep the text ${JSON.stringify(text)}`);
  return text;
}

/** The latest moment that a Date can be, and a whole number that is exact. Unix milliseconds. */
const LATEST = 8.64e15;

/** A moment or a count as a whole number that is exact. @throws TypeError for NaN. */
export function wholeNumber(value: number): number {
  if (Number.isNaN(value)) throw new TypeError('The ledger cannot keep NaN');
  return Math.round(Math.max(-LATEST, Math.min(LATEST, value)));
}
