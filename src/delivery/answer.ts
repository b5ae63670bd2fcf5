import { gunzipSync } from 'node:zlib';
import { headerText, mediaType, type ResponseHeaders } from '../http/headers.ts';
import { isJsonObject, looksLikeHtml } from '../http/json.ts';
import { pageWords } from './page-words.ts';
import { type ProtobufField, readProtobuf } from './protobuf.ts';

/** How much of an answer is read, in bytes. */
export const maxResponseBytes = 64 * 1024;

/** An answer, with as much of its body as came, up to `maxResponseBytes`. */
export interface CollectorResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
  /** Whether that is all of it. */
  readonly whole: boolean;
}

/** A google.rpc.Status, which is what OTLP answers with where it refuses. */
export interface RpcStatus {
  /** A google.rpc.Code, from 1 to 16. */
  readonly code: number;
  readonly message: string;
}

/** An ExportTraceServiceResponse, or that of metrics. */
export interface ExportResponse {
  /** Spans or data points that were not taken. */
  readonly rejected: number;
  /** Not fit to be repeated before somebody has quoted it. */
  readonly message: string;
}

/** A body, unpacked; `undefined` where it cannot be. Compression was not asked for; gzip is undone all the same. */
export function unpacked({ headers, body }: CollectorResponse): Buffer | undefined {
  const encoding = headerText(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || body.length === 0) return body;
  if (encoding !== 'gzip') return undefined;
  try {
    return gunzipSync(body, { maxOutputLength: maxResponseBytes });
  } catch {
    // Damaged, cut or a bomb: it says nothing.
    return undefined;
  }
}

/** Whether an answer ended before it was over, rather than being longer than is read. */
export function brokeOff({ whole, body }: CollectorResponse): boolean {
  return !whole && body.length < maxResponseBytes;
}

/** Whether it is a page made for people. */
export function isPage({ headers }: CollectorResponse, text: string): boolean {
  const type = mediaType(headers);
  return type === 'text/html' || type === 'application/xhtml+xml' || looksLikeHtml(text);
}

/** The status that OTLP refuses with, in JSON or protobuf and nothing beside it; `undefined` where it is another answer. */
export function rpcStatus(body: Buffer): RpcStatus | undefined {
  const json = jsonObject(body);
  if (json) {
    const { code, message = '', details = [], ...others } = json;
    const number = typeof code === 'string' && code !== '' ? Number(code) : code;
    if (!isCode(number) || typeof message !== 'string' || !Array.isArray(details)) return undefined;
    return Object.keys(others).length === 0 ? { code: number, message } : undefined;
  }
  const fields = readProtobuf(body);
  if (!fields?.every(({ number }) => number >= 1 && number <= 3)) return undefined;
  const value = fieldOf(fields, 1);
  const code = typeof value === 'bigint' ? Number(value) : undefined;
  return isCode(code) ? { code, message: textOf(fields, 2) } : undefined;
}

/** The answer of OTLP to what it takes, in JSON or protobuf; nothing at all is one too. `undefined`: another answer. */
export function exportResponse(body: Buffer): ExportResponse | undefined {
  if (body.toString('latin1', 0, 100).trim() === '' && body.length <= 100)
    return { rejected: 0, message: '' };
  const json = jsonObject(body);
  if (json) {
    // There is nothing else in it; whoever adds to it answers in its form all the same.
    const [key] = ['partialSuccess', 'partial_success'].filter((name) => Object.hasOwn(json, name));
    const partial = key === undefined ? undefined : json[key];
    if (partial === null || Object.keys(json).length === 0) return { rejected: 0, message: '' };
    return isJsonObject(partial) ? partialSuccess(partial) : undefined;
  }
  const fields = readProtobuf(body);
  if (!fields?.every(({ number, value }) => number === 1 && Buffer.isBuffer(value))) return undefined;
  const inner = readProtobuf(Buffer.concat(fields.map(({ value }) => value as Buffer)));
  if (!inner?.every(({ number }) => number === 1 || number === 2)) return undefined;
  const rejected = fieldOf(inner, 1);
  return { rejected: typeof rejected === 'bigint' ? count(rejected) : 0, message: textOf(inner, 2) };
}

/** Whether a body that was cut off may have been the beginning of such an answer. */
export function mayBecomeExportResponse(body: Buffer): boolean {
  const text = body.toString('utf8', 0, 200).replace(/\s+/g, '');
  return ['{"partialSuccess"', '{"partial_success"'].some(
    (begin) => begin.startsWith(text) || text.startsWith(begin),
  );
}

/**
 * The explanation of an answer that is not what was hoped for, for people; not fit to be repeated before somebody has
 * quoted it. One that repeats what was sent to it is told as just that: it may be what somebody said.
 */
export function explanation(response: CollectorResponse, body: Buffer): string {
  const text = body.toString();
  if (/(?:resource|scope)_?spans\\{0,7}(?:"|&quot;|&#34;)\s{0,9}:/i.test(text))
    return 'an answer that repeats what it was sent';
  const status = rpcStatus(body);
  if (status) return withoutExcerpt(status.message);
  if (isPage(response, text)) return pageWords(text);
  const json = jsonObject(body);
  const inside = isJsonObject(json?.error) ? json.error : json;
  const message = inside?.message ?? inside?.error ?? inside?.detail;
  if (typeof message === 'string') return withoutExcerpt(message);
  const type = mediaType(response.headers);
  const isText = type === undefined || type === 'application/json' || type.startsWith('text/');
  return isText ? withoutExcerpt(text) : '';
}

/** Without the piece of the request that a Go program shows where it could not read it. */
function withoutExcerpt(words: string): string {
  const at = words.indexOf('...|');
  return at < 0 ? words : `${words.slice(0, at)}…`;
}

function partialSuccess(partial: Record<string, unknown>): ExportResponse {
  const { rejectedSpans, rejectedDataPoints, errorMessage } = partial;
  const rejected = rejectedSpans ?? rejectedDataPoints;
  // OTLP writes an int64 as a decimal string in JSON; some collectors write a number.
  const text = typeof rejected === 'number' || typeof rejected === 'string' ? String(rejected).trim() : '';
  return {
    rejected: /^\d{1,15}$/.test(text) ? Number(text) : 0,
    message: typeof errorMessage === 'string' ? errorMessage : '',
  };
}

function isCode(code: unknown): code is number {
  return typeof code === 'number' && Number.isInteger(code) && code >= 1 && code <= 16;
}

function count(value: bigint): number {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : 0;
}

function fieldOf(fields: readonly ProtobufField[], wanted: number): bigint | Buffer | undefined {
  return fields.findLast(({ number }) => number === wanted)?.value;
}

function textOf(fields: readonly ProtobufField[], wanted: number): string {
  const value = fieldOf(fields, wanted);
  return Buffer.isBuffer(value) ? value.toString() : '';
}

function jsonObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON; it may be protobuf, a page, or no answer of a collector's at all.
    return undefined;
  }
}
