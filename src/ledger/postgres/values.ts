import { keptText, wholeNumber } from '../text.ts';

/** What a statement can be given. */
export type Value = string | number | bigint | boolean | Uint8Array | null | undefined | readonly Value[];
export type Row = Record<string, unknown>;

/**
 * A value as PostgreSQL keeps it unchanged, or not at all. Times come out of divisions and out of vendors' hands, and the
 * columns take whole numbers only; a half of a pair would silently be kept as another character, and a NUL is refused.
 * @throws TypeError for a text that would be kept otherwise: it could become another one's id.
 */
export function bindable(value: Value): unknown {
  switch (typeof value) {
    case 'number':
      return wholeNumber(value);
    case 'bigint':
      return String(value);
    case 'string':
      return keptText(value);
    case 'object':
      return Array.isArray(value) ? value.map((one: Value) => bindable(one)) : value;
    default:
      return value ?? null;
  }
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
