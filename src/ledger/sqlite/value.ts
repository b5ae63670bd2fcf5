import { keptText, wholeNumber } from '../text.ts';

/** What a column can hold. */
export type Value = string | number | bigint | Uint8Array | null;
export type Row = Record<string, Value>;

const LARGEST = 2n ** 63n - 1n;

/**
 * A value as SQLite keeps it unchanged, or not at all. Times come out of divisions and out of vendors' hands, and the
 * columns take whole numbers only.
 * @throws TypeError for a text that it would keep otherwise: one that ends early could be another one's id.
 */
export function bindable(value: Value): Value {
  switch (typeof value) {
    case 'number':
      return wholeNumber(value);
    case 'bigint':
      return value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value;
    case 'string':
      return keptText(value);
    default:
      return value;
  }
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
