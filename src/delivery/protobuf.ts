/** One field of a protobuf message: its number, and a number or bytes. */
export interface ProtobufField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** Bits of a field's key that tell how its value is written. */
const WIRE = { VARINT: 0, FIXED64: 1, BYTES: 2, FIXED32: 5 } as const;
/** The longest varint, in bytes. */
const LONGEST_VARINT = 10;

/**
 * The fields of a protobuf message in the order in which they stand; `undefined` where the bytes are none, or not all
 * of one. As few bytes as `OK` are no message, but a text may be one by chance: ask what its fields are, too.
 */
export function readProtobuf(bytes: Buffer): ProtobufField[] | undefined {
  const fields: ProtobufField[] = [];
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let index = 0; index < LONGEST_VARINT; index++) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  const take = (length: number): Buffer | undefined => {
    if (length > bytes.length - at) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    if (key === undefined || key < 8n || key > 0xffff_ffffn) return undefined;
    const value = readValue(Number(key & 7n), varint, take);
    if (value === undefined) return undefined;
    fields.push({ number: Number(key >> 3n), value });
  }
  return fields;
}

function readValue(
  wire: number,
  varint: () => bigint | undefined,
  take: (length: number) => Buffer | undefined,
): bigint | Buffer | undefined {
  switch (wire) {
    case WIRE.VARINT:
      return varint();
    case WIRE.FIXED64:
      return take(8);
    case WIRE.FIXED32:
      return take(4);
    case WIRE.BYTES: {
      const length = varint();
      return length === undefined || length > 0xffff_ffffn ? undefined : take(Number(length));
    }
    default:
      return undefined;
  }
}
