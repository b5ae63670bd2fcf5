import { blameOfAnswer, blameOfSilence, type DeliveryBlame } from '../blame.ts';
import { headerText } from '../http/headers.ts';
import { networkFailure } from '../http/network-failure.ts';
import { redirectPlace } from '../http/quote.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import {
  brokeOff,
  type CollectorResponse,
  explanation,
  exportResponse,
  isPage,
  mayBecomeExportResponse,
  rpcStatus,
  unpacked,
} from './answer.ts';
import type { Endpoint } from './endpoint.ts';

/** Something did not go through. */
export interface Failure {
  readonly kind: 'failed';
  readonly blame: DeliveryBlame;
  /** For people, with what the other side said in its words; without secrets, control characters and line breaks. */
  readonly reason: string;
  /** The HTTP status, where there was an answer. */
  readonly status?: number;
  /** So long it asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Nothing else has to pass to be sure: parts of the same conversation were taken just now. */
  readonly certain?: boolean;
}

/** Taken. `rejectedSpans` > 0 is a partial success: the collector kept the rest and will not take these. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly rejectedSpans: number;
  /** What the collector has to say about it. */
  readonly message?: string;
  /** Why it is not quite certain that a collector has answered. */
  readonly doubt?: string;
}

/** What the collector made of one conversation, whichever transport it took. */
export type Outcome = Accepted | Failure;

/** What a person has to check who is answered like this. */
const toCheck: Readonly<Record<number, string>> = {
  401: 'check the credentials in the headers of the destination',
  402: 'check the account of the destination',
  403: 'check the credentials in the headers of the destination',
  404: 'check the endpoint: nothing takes traces there',
  405: 'check the endpoint: nothing takes traces there',
  406: 'check the endpoint: it does not take OTLP as JSON',
  407: 'check the credentials of the proxy',
  410: 'check the endpoint: it is gone',
  414: 'check the endpoint: its URL is too long',
  415: 'check the endpoint and the compression: it does not take OTLP as JSON, or not compressed like this',
  426: 'check the endpoint: it asks for another protocol',
  431: 'check the headers of the destination: they are too large',
};

/** Answers, beside 5xx, that may say when to come again. */
const mayAskToWait = new Set([408, 425, 429]);

/** The longest `Retry-After` that is passed on, in milliseconds. */
const longestRetryAfterMs = 3_600_000;

/**
 * What an answer means. Both transports decide here and nowhere else; whose fault a refusal is says `blameOfAnswer`.
 *
 * | answer | means | why |
 * |---|---|---|
 * | 2xx in OTLP's form, or without a body | accepted | with a partial success as it says |
 * | 2xx that broke off, and may have been one | accepted, in doubt | the status has promised |
 * | anything else | failed | |
 *
 * @param now epoch milliseconds, for a `Retry-After` that is a date.
 */
export function judge(response: CollectorResponse, endpoint: Endpoint, now: number): Outcome {
  const { status, headers } = response;
  const { place, quote } = endpoint;
  const body = unpacked(response);
  if (status >= 200 && status < 300) return taken(response, body, endpoint);
  const words = quote(explanation(response, body ?? Buffer.alloc(0)));
  const said = words === '' ? '' : `: ${words}`;
  const rpc = body && response.whole ? rpcStatus(body) : undefined;
  const blame = blameOfAnswer(status, rpc?.code);
  const failure = (reason: string): Failure => ({ kind: 'failed', blame, reason, status });
  if (status >= 300 && status < 400) {
    const to = quote(redirectPlace(headerText(headers, 'location'), endpoint.url));
    return failure(`${place} redirects (${status}) to ${to}: check the endpoint, redirects are not followed`);
  }
  const advice = toCheck[status];
  if (advice !== undefined) return failure(`${place} answered ${status}: ${advice}${said}`);
  if (mayAskToWait.has(status) || status >= 500) {
    const askedMs = Math.min(retryAfterMs(status, headers, now) ?? 0, longestRetryAfterMs);
    // A wait of 0, or a date that has passed, asks for nothing: to obey it would be to try again without a pause.
    return {
      ...failure(`${place} answered ${status}${said}`),
      ...(askedMs > 0 ? { retryAfterMs: askedMs } : {}),
    };
  }
  if (brokeOff(response) && status !== 413)
    return failure(`${place} answered ${status}, and the answer broke off${said}`);
  if (blame === 'conversation')
    return failure(words === '' ? `answered ${status} without an explanation` : words);
  const what = isPage(response, body?.toString() ?? '') ? ' with a page' : '';
  return failure(
    `${place} answered ${status}${what}, not as OTLP does: check the endpoint and the proxy${said}`,
  );
}

/** The failure where there was no answer at all. */
export function unreachable(error: unknown, { place, quote }: Endpoint): Failure {
  const reason = networkFailure(error) ?? (error instanceof Error ? error.message : String(error));
  return { kind: 'failed', blame: blameOfSilence(reason), reason: `${place}: ${quote(reason)}` };
}

/**
 * Whether the collector found the body too large. A vanilla OpenTelemetry Collector says so with status 400 and
 * "http: request body too large", others with 413.
 */
export function isTooLarge(outcome: Outcome): outcome is Failure {
  if (outcome.kind !== 'failed') return false;
  return outcome.status === 413 || (outcome.status === 400 && /request body too large/i.test(outcome.reason));
}

/** What a 2xx is worth. */
function taken(response: CollectorResponse, body: Buffer | undefined, endpoint: Endpoint): Outcome {
  const { status, whole } = response;
  const { place, quote } = endpoint;
  // A web server's empty page has its type to tell it by.
  const mayAnswer = body !== undefined && (body.length > 0 || !isPage(response, ''));
  const answer = mayAnswer && whole ? exportResponse(body) : undefined;
  if (answer) {
    const message = quote(answer.message);
    return {
      kind: 'accepted',
      rejectedSpans: answer.rejected,
      ...(message === '' ? {} : { message }),
    };
  }
  if (mayAnswer && !whole && mayBecomeExportResponse(body)) {
    const doubt = `${place} answered ${status}, and the end of its answer is missing: nobody knows what it said`;
    return { kind: 'accepted', rejectedSpans: 0, doubt };
  }
  const words = quote(explanation(response, body ?? Buffer.alloc(0)));
  const what = isPage(response, body?.toString() ?? '')
    ? 'with a page'
    : 'with something that is no answer of OTLP';
  const reason = `${place} answered ${status} ${what}: check the endpoint and the proxy, that is no collector`;
  return {
    kind: 'failed',
    blame: blameOfAnswer(status, undefined),
    status,
    reason: words === '' ? reason : `${reason}: ${words}`,
  };
}
