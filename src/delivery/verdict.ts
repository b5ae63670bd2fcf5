import { gunzipSync } from 'node:zlib';
import { headerText, mediaType, type ResponseHeaders } from '../http/headers.ts';
import { isJsonObject, looksLikeHtml } from '../http/json.ts';
import { networkFailure } from '../http/network-failure.ts';
import { redirectPlace } from '../http/quote.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import type { Endpoint } from './endpoint.ts';
import type { Outcome } from './outcome.ts';

/**
 * What the answers of a collector mean. Both transports decide here and nowhere else.
 *
 * | answer | outcome | why |
 * |---|---|---|
 * | 2xx | accepted | with `partialSuccess` as it says; a body that is missing or unreadable changes nothing, the status has promised |
 * | 2xx, an HTML page | unavailable | a captive proxy or a web server answered, not a collector |
 * | 3xx | unavailable | redirects are not followed: the headers must not go elsewhere |
 * | 401, 403 | unavailable | the headers are wrong, not the conversation |
 * | 402 | unavailable | the account is |
 * | 404, 405, 410 | unavailable | the endpoint is |
 * | 406, 415, 426, 431 | unavailable | what the endpoint is configured with (JSON, compression, TLS, headers) is |
 * | 407 | unavailable | the proxy's credentials are |
 * | 408, 425, 429, 5xx, no answer | unavailable | for now |
 * | 413 | rejected | the payload is too large |
 * | 400, 422, other 4xx | rejected | the payload will never be taken in this form |
 * | the same, broken off | unavailable | what was lost of the answer may have been "request body too large" |
 *
 * A wrong setting must not turn conversations into dead letters: all that can be mended without changing the
 * payload is `unavailable` and says what to check.
 */
const toCheck: Readonly<Record<number, string>> = {
  401: 'check the credentials in the headers of the destination',
  402: 'check the account of the destination',
  403: 'check the credentials in the headers of the destination',
  404: 'check the endpoint: nothing takes traces there',
  405: 'check the endpoint: nothing takes traces there',
  406: 'check the endpoint: it does not take OTLP as JSON',
  407: 'check the credentials of the proxy',
  410: 'check the endpoint: it is gone',
  415: 'check the endpoint and the compression: it does not take OTLP as JSON, or not compressed like this',
  426: 'check the endpoint: it asks for another protocol',
  431: 'check the headers of the destination: they are too large',
};

const forNow = new Set([408, 425, 429]);

/** The longest `Retry-After` that is passed on, in milliseconds. */
const longestRetryAfterMs = 3_600_000;

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

/** @param now epoch milliseconds, for a `Retry-After` that is a date. */
export function verdict(response: CollectorResponse, endpoint: Endpoint, now: number): Outcome {
  const { status, headers } = response;
  const text = bodyText(response);
  if (status >= 200 && status < 300) return accepted(response, text, endpoint);
  const words = collectorWords(text, headers, endpoint);
  const said = words === '' ? '' : `: ${words}`;
  if (status >= 300 && status < 400) {
    const to = endpoint.quote(redirectPlace(headerText(headers, 'location'), endpoint.url));
    return unavailable(
      `${endpoint.place} redirects (${status}) to ${to}: check the endpoint, redirects are not followed`,
    );
  }
  const advice = toCheck[status];
  if (advice !== undefined) return unavailable(`${endpoint.place} answered ${status}: ${advice}${said}`);
  if (forNow.has(status) || status >= 500) {
    const asked = retryAfterMs(status, headers, now);
    return unavailable(`${endpoint.place} answered ${status}${said}`, asked);
  }
  if (status !== 413 && brokeOff(response)) {
    return unavailable(`${endpoint.place} answered ${status}, and the answer broke off${said}`);
  }
  return {
    kind: 'rejected',
    status,
    reason: words === '' ? `answered ${status} without an explanation` : words,
  };
}

/** Whether an answer ended before it was over, rather than being longer than is read. */
function brokeOff({ whole, body }: CollectorResponse): boolean {
  return !whole && body.length < maxResponseBytes;
}

/** The outcome where there was no answer at all. */
export function unreachable(error: unknown, endpoint: Endpoint): Outcome {
  const reason = networkFailure(error) ?? (error instanceof Error ? error.message : String(error));
  return unavailable(`${endpoint.place}: ${endpoint.quote(reason)}`);
}

/**
 * Whether the collector found the body too large. A vanilla OpenTelemetry Collector says so with status 400 and
 * "http: request body too large", others with 413.
 */
export function isTooLarge(outcome: Outcome): boolean {
  if (outcome.kind !== 'rejected') return false;
  return outcome.status === 413 || (outcome.status === 400 && /request body too large/i.test(outcome.reason));
}

/** A wait of 0, or a date that has passed, asks for nothing: to obey it would be to try again without a pause. */
function unavailable(reason: string, askedMs = 0): Outcome {
  if (askedMs === 0) return { kind: 'unavailable', reason };
  return { kind: 'unavailable', reason, retryAfterMs: Math.min(askedMs, longestRetryAfterMs) };
}

function accepted(response: CollectorResponse, text: string | undefined, endpoint: Endpoint): Outcome {
  const { status, headers } = response;
  if (mediaType(headers) === 'text/html' || looksLikeHtml(text ?? '')) {
    return unavailable(
      `${endpoint.place} answered ${status} with an HTML page: check the endpoint and the proxy, that is no collector`,
    );
  }
  if (text === '' && response.whole) return { kind: 'accepted', rejectedSpans: 0 };
  const body = text !== undefined && response.whole ? jsonObject(text) : undefined;
  if (!body)
    return { kind: 'accepted', rejectedSpans: 0, message: 'accepted with an answer that is not OTLP JSON' };
  const partial = object(body.partialSuccess);
  const rejectedSpans = spanCount(partial?.rejectedSpans);
  const message = typeof partial?.errorMessage === 'string' ? endpoint.quote(partial.errorMessage) : '';
  return { kind: 'accepted', rejectedSpans, ...(message === '' ? {} : { message }) };
}

/** OTLP JSON writes an int64 as a decimal string; some collectors write a number. */
function spanCount(value: unknown): number {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** An error's explanation: the message of its google.rpc.Status in JSON, else its text unless that is a page. */
function collectorWords(text: string | undefined, headers: ResponseHeaders, endpoint: Endpoint): string {
  if (text === undefined) return '';
  const body = jsonObject(text);
  const inside = object(body?.error) ?? body;
  const message = inside?.message ?? inside?.error ?? inside?.detail;
  if (typeof message === 'string') return endpoint.quote(message);
  const type = mediaType(headers);
  const readable = type === undefined || type === 'application/json' || type.startsWith('text/');
  return readable && type !== 'text/html' && !looksLikeHtml(text) ? endpoint.quote(text) : '';
}

/** The body as text. Compression was not asked for; gzip is undone all the same, anything else is not readable. */
function bodyText({ headers, body }: CollectorResponse): string | undefined {
  const encoding = headerText(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || body.length === 0) return body.toString();
  if (encoding !== 'gzip') return undefined;
  try {
    return gunzipSync(body, { maxOutputLength: maxResponseBytes }).toString();
  } catch {
    // Damaged, cut or a bomb: the status alone decides.
    return undefined;
  }
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Record<string, unknown> | undefined {
  return isJsonObject(value) ? value : undefined;
}
