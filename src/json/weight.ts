import { isAscii } from 'node:buffer';

/** What a body of JSON costs once it is parsed. */
export interface Weight {
  /** Objects, lists, members: everything that becomes something of its own. Names of members are not counted. */
  readonly values: number;
  /** How much memory its text, its values and its strings take at most, in bytes; roughly. */
  readonly memory: number;
}

/** Of the smallest object that the engine makes. */
const BYTES_A_VALUE = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const OBJECT = 0x7b;

/**
 * Weighs JSON before it is parsed, by its bytes alone: some twenty megabytes of `{},` become hundreds of megabytes of
 * objects, and nothing that parses them can be stopped on the way. What is no JSON has some weight too.
 */
export function weigh(json: Uint8Array): Weight {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  let values = 1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = stringEnd(bytes, at);
    else if (byte === COMMA || byte === LIST || byte === OBJECT) values++;
  }
  // A single character beyond Latin-1 makes the engine take two bytes for each; the strings are copies of the text.
  const text = bytes.length * (isAscii(bytes) ? 1 : 2);
  return { values, memory: 3 * text + values * BYTES_A_VALUE };
}

/** Where the string that begins at `start` ends; the end of `bytes` if nowhere. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return bytes.length;
}
