import { createHash } from 'node:crypto';
import { keptText, wholeNumber } from '../text.ts';

/** A moment, a count or nothing, as a `bigint` takes it. @throws TypeError for NaN. */
export function whole(value: number | undefined): number | null {
  return value === undefined ? null : wholeNumber(value);
}

/** An id, of which no other may become the same. @throws TypeError for a text that cannot be kept as it is. */
export const exactly = keptText;

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

/** Sixteen bytes: of a hundred million conversations no two share them. */
export function hash(conversation: string): Buffer {
  return createHash('sha256').update(conversation).digest().subarray(0, 16);
}
