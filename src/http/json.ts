import { isAscii, isUtf8 } from 'node:buffer';
import { getHeapStatistics } from 'node:v8';
import { weigh } from '../json/weight.ts';

/** Some write it before the text; it is no part of it. */
const BYTE_ORDER_MARK = '\ufeff';

/** The bytes are not JSON; `message` goes on from "a body that" and has nothing of the content. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';
}

/** It may be JSON, but parsed it would take more than this process can give it. */
export class TooLargeJsonError extends NotJsonError {}

/** Smaller bodies cannot become large. */
const LIGHT_BYTES = 1024 * 1024;
/** Ten times what calls of two hours have. */
const MOST_VALUES = 1_000_000;
/** The rest is for what is made of it. */
const SHARE_OF_HEAP = 1 / 3;

function checkWeight(bytes: Uint8Array): void {
  if (bytes.length <= LIGHT_BYTES) return;
  const { values, memory } = weigh(bytes);
  if (values > MOST_VALUES) {
    throw new TooLargeJsonError(`has ${values} values, more than ${MOST_VALUES}`);
  }
  const most = getHeapStatistics().heap_size_limit * SHARE_OF_HEAP;
  if (memory <= most) return;
  const mebibytes = (size: number) => `${Math.round(size / 1024 / 1024)} MiB`;
  throw new TooLargeJsonError(
    `would take about ${mebibytes(memory)} of memory, more than the ${mebibytes(most)} that a third of the heap is`,
  );
}

/**
 * Parses JSON in UTF-8, if it is not too large for the memory there is. The engine's own messages quote the text around the fault, which may be private, so this
 * tells only the kind of fault.
 *
 * @throws NotJsonError
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new NotJsonError('is empty');
  // Most is ASCII, which becomes a text ten times faster when that is said.
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  if (encoding === 'utf8' && !isUtf8(bytes)) throw new NotJsonError('is not valid UTF-8');
  checkWeight(bytes);
  const decoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
  const text = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (looksLikeHtml(text)) throw new NotJsonError('is HTML, not JSON');
    const ended = error instanceof Error && endsEarly(error.message, text);
    throw new NotJsonError(
      ended ? `is JSON that ends too early, after ${bytes.length} bytes` : 'is not JSON',
    );
  }
}

/** V8 says so in words, or stumbles over the place just behind the text. */
function endsEarly(message: string, text: string): boolean {
  const position = /at position (\d+)/.exec(message)?.[1];
  return /^(?:Unexpected end|Unterminated)/.test(message) || position === String(text.length);
}

/** A page made for people: an error page of a proxy, a login of a captive network. */
export function looksLikeHtml(text: string): boolean {
  return /^\s*(?:<!--[\s\S]{0,1000}?-->\s*)?<(?:!doctype\s+html|html|head|body)[\s>]/i.test(
    text.slice(0, 2000),
  );
}

/** A JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
