/** What a statement can be given. */
export type Value = string | number | bigint | boolean | Uint8Array | null | undefined | readonly Value[];
export type Row = Record<string, unknown>;

/** The latest moment that a Date can be, and a whole number that is exact. Unix milliseconds. */
const LATEST = 8.64e15;

/**
 * A value as PostgreSQL keeps it unchanged, or not at all. Times come out of divisions and out of vendors' hands, and the
 * columns take whole numbers only; a half of a pair would silently be kept as another character, and a NUL is refused.
 * @throws TypeError for a text that would be kept otherwise: it could become another one's id.
 */
export function bindable(value: Value): unknown {
  switch (typeof value) {
    case 'number':
      if (Number.isNaN(value)) throw new TypeError('The ledger cannot keep NaN');
      return Math.round(Math.max(-LATEST, Math.min(LATEST, value)));
    case 'bigint':
      return String(value);
    case 'string':
      if (!isKept(value)) throw new TypeError(`The ledger cannot keep the text ${JSON.stringify(value)}`);
      return value;
    case 'object':
      return Array.isArray(value) ? value.map((one: Value) => bindable(one)) : value;
    default:
      return value ?? null;
  }
}

/** A text for people: what would be refused or changed is replaced. */
export function readable(text: string): string {
  return isKept(text) ? text : text.toWellFormed().replaceAll('\0', '\ufffd');
}

function isKept(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** A whole number to be written into SQL. */
export function whole(value: number): string {
  return String(bindable(value));
}

export function optional(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

export function optionalText(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

export function bytes(hexDigits: string): Buffer {
  return Buffer.from(hexDigits, 'hex');
}

export function hex(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
}
