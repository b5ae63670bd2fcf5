/** Longer texts are looked over by the engine, shorter ones by a loop: measured, the two meet about here. */
const SHORT = 40;
const NEEDS_ESCAPE = /[^ !#-[\]-~]/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;
const ZERO = 0x30;
const POINT = 0x2e;
const GIGA = 1_000_000_000;

/** The digits of 0 to 999, each of three: written so, a moment takes a third of the divisions. */
const THREE_DIGITS = Uint8Array.from({ length: 3_000 }, (_, at) => {
  const number = Math.floor(at / 3);
  return ZERO + (Math.floor(number / 10 ** (2 - (at % 3))) % 10);
});

/** What is kept between two uses: a conversation of megabytes must not hold its memory for ever. */
const LARGEST_KEPT = 4 * 1024 * 1024;

/**
 * Bytes that are written once, one behind the other. Texts and prepared fragments go straight in: of strings that are
 * put together the engine makes a tree, and flattening it costs more than all the rest.
 */
export class ByteBuffer {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;

  constructor(capacity = 1 << 16) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** What stands there, until something else is written. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins again, in the same memory. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > LARGEST_KEPT) this.#replace(Buffer.allocUnsafeSlow(1 << 16));
  }

  /** A copy of what stands from `from` on, which is forgotten. */
  cut(from: number): Buffer {
    const cut = Buffer.allocUnsafe(this.#length - from);
    this.#bytes.copy(cut, 0, from, this.#length);
    this.#length = from;
    return cut;
  }

  /** Forgets the last bytes. */
  drop(bytes: number): void {
    this.#length -= bytes;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  /** Writes over a byte that stands there already. */
  overwrite(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  copy(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A text of nothing but ASCII, such as a number. */
  ascii(text: string): void {
    this.#room(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.#length = at;
  }

  /** So many digits of a whole number. */
  #digits(value: number, digits: number): void {
    const bytes = this.#bytes;
    let rest = value;
    let at = this.#length + digits;
    for (; at >= this.#length + 3; at -= 3) {
      const next = Math.floor(rest / 1000);
      const from = (rest - next * 1000) * 3;
      bytes[at - 3] = THREE_DIGITS[from] as number;
      bytes[at - 2] = THREE_DIGITS[from + 1] as number;
      bytes[at - 1] = THREE_DIGITS[from + 2] as number;
      rest = next;
    }
    for (; at > this.#length; at--) {
      const next = Math.floor(rest / 10);
      bytes[at - 1] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#length += digits;
  }

  /**
   * A moment in decimal digits. By way of the engine's own text of a bigint it takes five times as long, and this is
   * done twice a span.
   */
  decimal(nanos: bigint): void {
    this.#room(24);
    // Long division, sixteen bits at a time, by whole numbers: the last eight bytes of the room are its paper.
    const paper = this.#length + 16;
    this.#view.setBigUint64(paper, nanos);
    let seconds = 0;
    let rest = 0;
    for (let at = paper; at < paper + 8; at += 2) {
      const part = rest * 65_536 + this.#view.getUint16(at);
      const quotient = Math.floor(part / GIGA);
      rest = part - quotient * GIGA;
      seconds = seconds * 65_536 + quotient;
    }
    if (seconds === 0) {
      this.ascii(String(rest));
      return;
    }
    this.#digits(seconds, seconds >= GIGA ? 10 + Number(seconds >= 10 * GIGA) : String(seconds).length);
    this.#digits(rest, 9);
  }

  /**
   * A number, as the engine writes it. One of at most nine decimals, such as a time, is put together here: it takes the
   * engine five times as long to find the shortest text, which of so few digits is the only one.
   */
  number(value: number): void {
    if (Number.isInteger(value) || value < 1e-6 || value >= 1e6) {
      this.ascii(String(value));
      return;
    }
    const nanos = Math.round(value * 1e9);
    if (nanos / 1e9 !== value) {
      this.ascii(String(value));
      return;
    }
    const whole = Math.floor(value);
    let fraction = nanos - whole * GIGA;
    let digits = 9;
    for (; fraction % 10 === 0; digits--) fraction /= 10;
    this.ascii(String(whole));
    this.#room(10);
    this.#bytes[this.#length++] = POINT;
    this.#digits(fraction, digits);
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
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < SPACE || code >= DELETE || code === QUOTE || code === BACKSLASH) return false;
      bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #long(text: string): boolean {
    if (NEEDS_ESCAPE.test(text)) return false;
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
    return true;
  }

  /** Lone surrogates become U+FFFD. */
  utf8(text: string): void {
    this.#room(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  hex(digits: string): void {
    this.#room(digits.length / 2);
    this.#length += this.#bytes.write(digits, this.#length, 'hex');
  }

  /** A non-negative integer below 2^53. */
  varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
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

  /** Leaves a byte for a length that is not known yet. @returns where what is measured begins. */
  reserve(): number {
    this.byte(0);
    return this.#length;
  }

  /** Writes the length of what stands from `start` on into the byte before it, and makes more room where it needs. */
  measured(start: number): void {
    const size = this.#length - start;
    if (size <= 0x7f) {
      this.#bytes[start - 1] = size;
      return;
    }
    const needed = varintSize(size);
    this.#room(needed);
    this.#bytes.copyWithin(start - 1 + needed, start, this.#length);
    this.#length = start - 1;
    this.varint(size);
    this.#length += size;
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#replace(larger);
  }

  #replace(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** How many bytes a non-negative integer takes in protobuf. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}
