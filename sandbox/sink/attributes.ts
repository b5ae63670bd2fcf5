import type { Findings } from './findings.ts';

const KEY_VALUE = new Set(['key', 'value']);
const KINDS = new Set([
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'bytesValue',
  'arrayValue',
  'kvlistValue',
]);
const VALUES = new Set(['values']);

/** A list of attributes: every key once, and not empty. */
export function checkAttributes(value: unknown, where: string, findings: Findings): void {
  const seen = new Set<unknown>();
  findings.list(value, where).forEach((item, place) => {
    const at = `${where}[${place}]`;
    const attribute = findings.object(item, at, KEY_VALUE);
    if (attribute === undefined) return;
    const { key } = attribute;
    if (typeof key !== 'string' || key === '')
      findings.add(`${at}.key`, 'must be a string that is not empty');
    else if (seen.has(key)) findings.add(`${at}.key`, `repeats ${key}`);
    seen.add(key);
    checkValue(attribute.value, `${at}.value`, findings);
  });
}

/** Exactly one kind of value, of its type. */
function checkValue(value: unknown, where: string, findings: Findings): void {
  const any = findings.object(value, where, KINDS);
  if (any === undefined) return;
  const kinds = Object.keys(any);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    findings.add(where, 'must have exactly one kind of value');
    return;
  }
  const inner = any[kind];
  const at = `${where}.${kind}`;
  switch (kind) {
    case 'stringValue':
      findings.text(inner, at, true);
      return;
    case 'boolValue':
      if (typeof inner !== 'boolean') findings.add(at, 'must be a boolean');
      return;
    case 'intValue':
      if (!isInt64(inner)) findings.add(at, 'must be a 64-bit integer, as a number or in decimal digits');
      return;
    case 'doubleValue':
      if (typeof inner !== 'number') findings.add(at, 'must be a finite number');
      return;
    case 'bytesValue':
      if (typeof inner !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(inner))
        findings.add(at, 'must be base64');
      return;
    case 'arrayValue': {
      const list = findings.object(inner, at, VALUES);
      findings.list(list?.values, `${at}.values`).forEach((item, place) => {
        checkValue(item, `${at}.values[${place}]`, findings);
      });
      return;
    }
    case 'kvlistValue': {
      const list = findings.object(inner, at, VALUES);
      checkAttributes(list?.values, `${at}.values`, findings);
    }
  }
}

function isInt64(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string' || !/^(0|-?[1-9]\d{0,18})$/.test(value)) return false;
  return BigInt.asIntN(64, BigInt(value)) === BigInt(value);
}
