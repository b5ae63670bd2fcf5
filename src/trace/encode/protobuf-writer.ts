import type { OtlpAttribute, OtlpValue } from '../otlp.ts';
import { ByteBuffer } from './byte-buffer.ts';

/** Wire types of protobuf. */
const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** Field numbers of opentelemetry/proto/common/v1/common.proto. */
export const KEY_VALUE = { KEY: 1, VALUE: 2 } as const;
export const ANY_VALUE = {
  ...{ STRING: 1, BOOL: 2, INT: 3, DOUBLE: 4, ARRAY: 5, KEY_VALUES: 6, BYTES: 7 },
} as const;
const REPEATED = 1;

/** The fields of messages in protobuf, and the attributes that all signals of OTLP share. */
export abstract class ProtobufWriter {
  protected readonly bytes = new ByteBuffer();

  /** What is in an AnyValue. */
  protected any(value: OtlpValue): void {
    const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
    if (stringValue !== undefined) this.text(ANY_VALUE.STRING, stringValue);
    else if (boolValue !== undefined) this.varint(ANY_VALUE.BOOL, boolValue ? 1 : 0);
    else if (intValue !== undefined) this.anyInt(intValue);
    else if (doubleValue !== undefined) this.double(ANY_VALUE.DOUBLE, Number(doubleValue));
    else if (bytesValue !== undefined) {
      const bytes = Buffer.from(bytesValue, 'base64');
      this.tag(ANY_VALUE.BYTES, BYTES);
      this.bytes.varint(bytes.length);
      this.bytes.copy(bytes);
    } else if (arrayValue !== undefined) {
      this.nested(ANY_VALUE.ARRAY, () => {
        for (const member of arrayValue.values) this.nested(REPEATED, () => this.any(member));
      });
    } else if (kvlistValue !== undefined) {
      this.nested(ANY_VALUE.KEY_VALUES, () => {
        for (const member of kvlistValue.values) this.nested(REPEATED, () => this.keyValue(member));
      });
    }
  }

  protected keyValue({ key, value }: OtlpAttribute): void {
    this.text(KEY_VALUE.KEY, key);
    this.nested(KEY_VALUE.VALUE, () => this.any(value));
  }

  protected nested(field: number, write: () => void): void {
    const start = this.start(field);
    write();
    this.bytes.measured(start);
  }

  protected start(field: number): number {
    this.tag(field, BYTES);
    return this.bytes.reserve();
  }

  protected anyInt(value: string | number): void {
    this.tag(ANY_VALUE.INT, VARINT);
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) this.bytes.varint(value);
    else this.bytes.signedVarint(BigInt(value));
  }

  protected double(field: number, value: number): void {
    this.tag(field, FIXED64);
    this.bytes.double(value);
  }

  protected tag(field: number, type: number): void {
    this.bytes.varint((field << 3) | type);
  }

  protected id(field: number, digits: string): void {
    this.tag(field, BYTES);
    this.bytes.varint(digits.length / 2);
    this.bytes.hex(digits);
  }

  protected text(field: number, text: string): void {
    const start = this.start(field);
    this.bytes.utf8(text);
    this.bytes.measured(start);
  }

  protected varint(field: number, value: number): void {
    this.tag(field, VARINT);
    this.bytes.varint(value);
  }

  protected fixed32(field: number, value: number): void {
    this.tag(field, FIXED32);
    this.bytes.fixed32(value);
  }

  protected fixed64(field: number, value: bigint): void {
    this.tag(field, FIXED64);
    this.bytes.fixed64(value);
  }
}
