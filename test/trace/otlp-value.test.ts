import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeValue, sanitizeValue } from '../../src/trace/otlp-value.ts';
import { redact } from '../../src/trace/redaction.ts';

const INT64 = 2n ** 63n;
const same = (text: string) => text;

describe('a number', () => {
  it('is an int64 or a double on the wire, whatever it is', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
      fc.constantFrom(2 ** 63, -(2 ** 63), 2 ** 64, 1e21, -1e300, Number.MAX_VALUE),
    );
    fc.assert(
      fc.property(numbers, (number) => {
        const { intValue, doubleValue } = encodeValue('count', number);
        if (intValue === undefined) {
          expect(doubleValue).toBe(number);
          return;
        }
        const written = BigInt(JSON.stringify(intValue));
        expect(written >= -INT64 && written < INT64).toBe(true);
        if (Number.isSafeInteger(number)) expect(intValue).toBe(number);
      }),
    );
  });

  it('of a vendor beyond int64 becomes a double, and keeps its digits within', () => {
    expect(sanitizeValue({ intValue: '9223372036854775807' }, same)).toEqual({
      intValue: '9223372036854775807',
    });
    expect(sanitizeValue({ intValue: '-9223372036854775808' }, same)).toEqual({
      intValue: '-9223372036854775808',
    });
    expect(sanitizeValue({ intValue: '9223372036854775808' }, same)).toEqual({ doubleValue: 2 ** 63 });
    expect(sanitizeValue({ intValue: '-99999999999999999999' }, same)).toEqual({ doubleValue: -1e20 });
    expect(sanitizeValue({ intValue: '9'.repeat(400) }, same)).toBeUndefined();
    expect(sanitizeValue({ intValue: 2 ** 53 }, same)).toEqual({ doubleValue: 2 ** 53 });
  });
});

describe('a text of tens of megabytes', () => {
  const long = 'a'.repeat(24_000_000);

  it('is looked over within the stack of the regular expressions', () => {
    expect(sanitizeValue({ bytesValue: long }, same)).toEqual({ bytesValue: long });
    expect(sanitizeValue({ bytesValue: `${long}=` }, same)).toBeUndefined();
    expect(redact(`https://a.example/?a=${long}`, [])).toBe('[redacted]');
    expect(redact(`sk_${long}_`, [])).toBe('[redacted]_');
  });
});
