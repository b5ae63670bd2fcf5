/** What a column can hold. */
export type Value = string | number | bigint | Uint8Array | null;
export type Row = Record<string, Value>;

/** The latest moment that a Date can be, and a whole number that is exact. Unix milliseconds. */
const LATEST = 8.64e15;
const LARGEST = 2n ** 63n - 1n;

/**
 * A value as SQLite keeps it unchanged, or not at all. Times come out of divisions and out of vendors' hands, and the
 * columns take whole numbers only.
 * @throws TypeError for a text that it would keep otherwise: one that ends early could be another one's id.
 */
export function bindable(value: Value): Value {
  switch (typeof value) {
    case 'number':
      if (Number.isNaN(value)) throw new TypeError('The ledger cannot keep NaN');
      return Math.round(Math.max(-LATEST, Math.min(LATEST, value)));
    case 'bigint':
      return value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value;
    case 'string':
      if (!isKept(value)) throw new TypeError(`The ledger cannot keep the text ${JSON.stringify(value)}`);
      return value;
    default:
      return value;
  }
}

/** A text for people, as SQLite keeps it: what it would cut off or change is replaced. */
export function readable(text: string): string {
  return isKept(text) ? text : text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** SQLite ends a text at its first NUL, and UTF-8 has no halves of pairs. */
function isKept(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

export function optional(value: Value | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

export function optionalText(value: Value | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

export function bytes(hexDigits: string): Uint8Array {
  return Buffer.from(hexDigits, 'hex');
}

export function hex(value: Value | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
}
