import type { VendorError } from './errors.ts';
import { headerText, mediaType, type ResponseHeaders } from './headers.ts';
import { isJsonObject, looksLikeHtml } from './json.ts';
import type { Quote } from './quote.ts';

/**
 * What the vendor says about an error: in `detail`, `error` or `message`, be it an object (`code`, formerly `status`;
 * `message`; `request_id`), FastAPI's list of `{loc, msg}`, or a string. Anything else: the text, unless it is a page
 * made for people.
 */
export function vendorError(body: Buffer, headers: ResponseHeaders, quote: Quote): VendorError {
  const text = new TextDecoder().decode(body);
  const said = fromJson(text) ?? fromText(text, headers);
  const requestId =
    said.requestId ?? headerText(headers, 'request-id') ?? headerText(headers, 'x-request-id');
  const words = said.words === undefined ? '' : quote(said.words);
  const id = requestId === undefined ? '' : quote(requestId, 100);
  return {
    ...(said.code !== undefined && isCode(said.code) ? { code: quote(said.code) } : {}),
    ...(words !== '' ? { words } : {}),
    ...(id !== '' ? { requestId: id } : {}),
  };
}

function fromJson(text: string): VendorError | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body === 'string') return { words: body };
  if (!isJsonObject(body)) return {};
  for (const key of ['detail', 'error', 'message']) {
    const said = fromValue(body[key]);
    if (said) return said;
  }
  return {};
}

function fromValue(value: unknown): VendorError | undefined {
  if (typeof value === 'string') return { words: value };
  if (Array.isArray(value)) return { words: value.map(complaint).join('; ') };
  if (!isJsonObject(value)) return undefined;
  const code = text(value.code) ?? text(value.status);
  const words = text(value.message) ?? text(value.msg);
  const requestId = text(value.request_id);
  return {
    ...(code !== undefined ? { code } : {}),
    ...(words !== undefined ? { words } : {}),
    ...(requestId !== undefined ? { requestId } : {}),
  };
}

/** One of FastAPI's: where, and what about it. Its `input` is left out, because that is what was sent. */
function complaint(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isJsonObject(value)) return 'an unreadable complaint';
  const where = Array.isArray(value.loc) ? value.loc.filter(isScalar).join('.') : '';
  const what = text(value.msg) ?? text(value.message) ?? text(value.type) ?? 'an unreadable complaint';
  return where === '' ? what : `${where}: ${what}`;
}

function fromText(body: string, headers: ResponseHeaders): VendorError {
  const type = mediaType(headers);
  const forPeople = type === 'text/html' || type === 'application/xhtml+xml' || looksLikeHtml(body);
  const isText = type === undefined || type.startsWith('text/') || type.endsWith('json');
  return !isText || forPeople ? {} : { words: body };
}

function isCode(value: string): boolean {
  return /^[\w.-]{1,64}$/.test(value);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
