/** Longer texts are looked over by the engine, shorter ones by a loop: measured, the two meet about here. */
const SHORT = 40;
const NEEDS_ESCAPE = /[^ !#-[\]-~]/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;

/**
 * Bytes that are written once, one behind the other. Texts and prepared fragments go straight in: of strings that are
 * put together the engine makes a tree, and flattening it costs more than all the rest.
 */
export class ByteBuffer {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Begins again, in the same memory. */
  clear(): void {
    this.#length = 0;
  }

  /** Forgets what stands from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** A copy of what stands from `from` on. */
  slice(from = 0): Buffer {
    return Buffer.from(this.#bytes.subarray(from, this.#length));
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A text of nothing but ASCII, such as a number. */
  ascii(text: string): void {
    this.#room(text.length);
    let at = this.#length;
    for (let index = 0; index < text.length; index++) this.#bytes[at++] = text.charCodeAt(index);
    this.#length = at;
  }

  /** A text as a JSON string, quotes included. A lone surrogate is escaped, as `JSON.stringify` does it. */
  jsonText(text: string): void {
    this.#room(text.length + 2);
    const start = this.#length;
    this.#bytes[this.#length++] = QUOTE;
    if (text.length <= SHORT ? this.#plain(text) : this.#long(text)) {
      this.#bytes[this.#length++] = QUOTE;
      return;
    }
    this.#length = start;
    this.utf8(JSON.stringify(text));
  }

  /** Writes a text that needs no escape; false where it turns out to need one. */
  #plain(text: string): boolean {
    let at = this.#length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < SPACE || code >= DELETE || code === QUOTE || code === BACKSLASH) return false;
      this.#bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #long(text: string): boolean {
    if (NEEDS_ESCAPE.test(text)) return false;
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
    return true;
  }

  /** @returns how many bytes it takes. Lone surrogates become U+FFFD. */
  utf8(text: string): number {
    this.#room(text.length * 3);
    const written = this.#bytes.write(text, this.#length, 'utf8');
    this.#length += written;
    return written;
  }

  hex(digits: string): void {
    this.#room(digits.length / 2);
    this.#length += this.#bytes.write(digits, this.#length, 'hex');
  }

  /** A non-negative integer below 2^53. */
  varint(value: number): void {
    this.#room(8);
    this.#length = writeVarint(this.#bytes, this.#length, value);
  }

  /** An int64 as protobuf writes it: a negative one in ten bytes. */
  signedVarint(value: bigint): void {
    this.#room(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  fixed64(value: bigint): void {
    this.#room(8);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
  }

  double(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Leaves room for a length that is not known yet. @returns where what is measured begins. */
  reserve(bytes: number): number {
    this.#room(bytes);
    this.#length += bytes;
    return this.#length;
  }

  /** Writes the length of what stands from `start` on into the room before it, and makes more of it where it needs. */
  measured(start: number, reserved: number): void {
    const size = this.#length - start;
    const needed = varintSize(size);
    if (needed !== reserved) {
      this.#room(needed);
      this.#bytes.copyWithin(start - reserved + needed, start, this.#length);
    }
    const end = this.#length - reserved + needed;
    this.#length = start - reserved;
    this.varint(size);
    this.#length = end;
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.length);
  }
}

/** How many bytes a non-negative integer takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a non-negative integer. @returns where what follows begins. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest > 0x7f) {
    bytes[end++] = (rest & 0x7f) | 0x80;
    rest = rest > 0x7fffffff ? Math.floor(rest / 128) : rest >>> 7;
  }
  bytes[end++] = rest;
  return end;
}
