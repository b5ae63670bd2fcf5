import { isUtf8 } from 'node:buffer';

/** Some write it before the text; it is no part of it. */
const BYTE_ORDER_MARK = '\ufeff';

/** The bytes are not JSON; `message` goes on from "a body that" and has nothing of the content. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';
}

/**
 * Parses JSON in UTF-8. The engine's own messages quote the text around the fault, which may be private, so this
 * tells only the kind of fault.
 *
 * @throws NotJsonError
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new NotJsonError('is empty');
  if (!isUtf8(bytes)) throw new NotJsonError('is not valid UTF-8');
  const decoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
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
