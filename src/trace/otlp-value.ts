import type { Attributes, AttributeValue } from '../conversation.ts';
import type { OtlpAttribute, OtlpValue } from './otlp.ts';
import { neverExported } from './redaction.ts';
import { isDouble } from './semconv.ts';

/** Attributes as OTLP/JSON, each number of the type that its key has. */
export function encodeAttributes(attributes: Attributes): OtlpAttribute[] {
  const encoded: OtlpAttribute[] = [];
  for (const key in attributes)
    encoded.push({ key, value: encodeValue(key, attributes[key] as AttributeValue) });
  return encoded;
}

/** @param key decides whether a whole number is an int or a double. */
export function encodeValue(key: string, value: AttributeValue): OtlpValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) && !isDouble(key)
      ? { intValue: saturated(value) }
      : { doubleValue: value };
  return { arrayValue: { values: value.map((member) => encodeValue(key, member)) } };
}

/** The largest that, written in decimal digits, still is an int64; a larger one would have the whole request refused. */
const LARGEST_INT = 2 ** 63 - 1024;

export function saturated(integer: number): number {
  return Math.max(-LARGEST_INT, Math.min(LARGEST_INT, integer));
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** In groups of four, which a regular expression could not count through megabytes without exhausting its stack. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && BASE64.test(text);
}

/** Deeper than any attribute nests; a hostile one must not exhaust the stack. */
const DEEPEST = 64;

/**
 * A value that came from outside, valid and with its fields in one order; undefined where it is no value. Quoted
 * int64 stay quoted: a number would round them.
 * @param text what becomes of every string in it.
 */
export function sanitizeValue(
  value: unknown,
  text: (text: string) => string,
  depth = 0,
): OtlpValue | undefined {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined;
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } =
    value as OtlpValue;
  if (typeof stringValue === 'string') return { stringValue: text(stringValue) };
  if (typeof boolValue === 'boolean') return { boolValue };
  if (intValue !== undefined) return sanitizeInteger(intValue);
  if (doubleValue !== undefined) return sanitizeDouble(doubleValue);
  if (typeof bytesValue === 'string') return isBase64(bytesValue) ? { bytesValue } : undefined;
  if (Array.isArray(arrayValue?.values)) {
    const values = arrayValue.values.flatMap((member) => sanitizeValue(member, text, depth + 1) ?? []);
    return { arrayValue: { values } };
  }
  if (Array.isArray(kvlistValue?.values)) {
    const values = kvlistValue.values.flatMap((member): OtlpAttribute[] => {
      if (typeof member?.key !== 'string' || neverExported(member.key)) return [];
      if (text(member.key) !== member.key) return [];
      const inner = sanitizeValue(member.value, text, depth + 1);
      return inner === undefined ? [] : [{ key: member.key, value: inner }];
    });
    return { kvlistValue: { values } };
  }
  return undefined;
}

function sanitizeInteger(value: unknown): OtlpValue | undefined {
  if (typeof value === 'number') {
    // Beyond these a number has lost its last digits, and may be no int64 at all.
    return Number.isSafeInteger(value) ? { intValue: value } : sanitizeDouble(value);
  }
  if (typeof value !== 'string' || !/^-?\d{1,400}$/.test(value)) return undefined;
  const fits = value.length <= 20 && BigInt.asIntN(64, BigInt(value)) === BigInt(value);
  return fits ? { intValue: value } : sanitizeDouble(value);
}

function sanitizeDouble(value: unknown): OtlpValue | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? { doubleValue: number } : undefined;
}
