import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readProtobuf } from '../../src/delivery/protobuf.ts';

const read = (hex: string) => readProtobuf(Buffer.from(hex, 'hex'));

test('a message is its fields, in their order', () => {
  expect(read('')).toEqual([]);
  expect(read('0803')).toEqual([{ number: 1, value: 3n }]);
  expect(read('08ac02')).toEqual([{ number: 1, value: 300n }]);
  expect(read('1206626164206964')).toEqual([{ number: 2, value: Buffer.from('bad id') }]);
  expect(read('0d000000ff1100000000000000ff')?.map(({ number }) => number)).toEqual([1, 2]);
});

test.each([
  ['a key without a value', '08'],
  ['a value that does not end', '08ffffffffffffffffffff01'],
  ['bytes that are not all there', '120662'],
  ['a length beyond any message', '12ffffffffff7f'],
  ['a field of number 0', '0003'],
  ['a group, which nobody writes any more', '0b0c'],
])('%s is no message', (_, hex) => {
  expect(read(hex)).toBeUndefined();
});

test('any bytes are a message or none, and nothing is made up', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const fields = readProtobuf(Buffer.from(bytes)) ?? [];
      const held = fields.map(({ value }) => (Buffer.isBuffer(value) ? value.length : 1));
      expect(held.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(bytes.length);
      for (const { number } of fields) expect(number).toBeGreaterThan(0);
    }),
  );
});
