import {
  BadAnswerError,
  type HttpError,
  HttpStatusError,
  RedirectError,
  UnavailableError,
} from './http/errors.ts';

/**
 * Whose trouble it is that something did not go through: decided here and nowhere else, for what a vendor was asked and
 * for what a collector was sent. Whoever answers may be neither, but a proxy, a login page or a firewall, so nothing is
 * taken for more than it can know.
 * - `conversation`: it is said of this one, by whoever understood it. Another try would bring the same.
 * - `source`: whatever had been asked for would have met with the same.
 * - `destination`: whatever had been sent would have met with the same; it never counts against a conversation.
 * - `unknown`: it may be either.
 *
 * What of this counts against a conversation because others pass is seen by who carries them: `Fetcher`, `CircuitBreaker`.
 */
export type Blame = 'conversation' | 'source' | 'destination' | 'unknown';

/** Whose trouble a fetch that failed can be. */
export type FetchBlame = Exclude<Blame, 'destination'>;
/** Whose trouble a delivery that failed can be. */
export type DeliveryBlame = Exclude<Blame, 'source'>;

/** What is wrong with what a vendor answered, without what differs from one request to the next. */
export type VendorTrouble = keyof typeof ofVendor | `status ${number}`;

/** Key, permission, account: answers that no other request would get a better one than. */
const refusals: readonly number[] = [401, 402, 403];

/** Whose each trouble with a vendor is. A status that is not among them is a conversation's own as often as the source's. */
const ofVendor = {
  /** No failure of HTTP: the vendor has answered, and its answer could not be made into a conversation. */
  internal: 'conversation',
  /** The same, of an answer that is larger than is taken. */
  'too large': 'conversation',
  refused: 'source',
  /** Redirects are not followed: the base URL is wrong. */
  redirect: 'source',
  /** 429, tried as often as allowed. */
  flooded: 'source',
  /** 408 and 5xx, likewise: some fail over one conversation only. */
  unavailable: 'unknown',
  unreachable: 'unknown',
  /** A good status, and a body that is none. */
  garbled: 'unknown',
} as const satisfies Readonly<Record<string, FetchBlame>>;

/** @param error what a `Source` has thrown. */
export function vendorTrouble(error: HttpError | Error): VendorTrouble {
  if (error instanceof HttpStatusError) {
    return refusals.includes(error.status) ? 'refused' : `status ${error.status}`;
  }
  if (error instanceof RedirectError) return 'redirect';
  if (error instanceof BadAnswerError) return error.isTooLarge ? 'too large' : 'garbled';
  if (!(error instanceof UnavailableError)) return 'internal';
  if (error.status === undefined) return 'unreachable';
  return error.status === 429 ? 'flooded' : 'unavailable';
}

/** Whose trouble it is that one conversation could not be fetched. */
export function blameOfFetch(error: Error): FetchBlame {
  const trouble = vendorTrouble(error);
  return isNamed(trouble) ? ofVendor[trouble] : 'unknown';
}

function isNamed(trouble: VendorTrouble): trouble is keyof typeof ofVendor {
  return Object.hasOwn(ofVendor, trouble);
}

/** What a setting has to mend: credentials, account, path, headers. Not 403: some firewalls answer it to a text. */
const ofDestination: ReadonlySet<number> = new Set([401, 402, 404, 405, 406, 407, 410, 414, 415, 426, 431]);
/** Mostly for now, and said by whoever stands in between as well. */
const anybodys: ReadonlySet<number> = new Set([403, 408, 425, 429]);
/** Codes of google.rpc.Code that say nothing against the payload: cancelled, late, absent, forbidden, too many, away. */
const codesOfDestination: ReadonlySet<number> = new Set([1, 4, 5, 7, 8, 10, 12, 14, 16]);

/**
 * Whose trouble an answer is that accepts nothing.
 *
 * | answer | blame | why |
 * |---|---|---|
 * | 2xx | unknown | a login page answers 200, and so does `{"error":"unauthorized"}` |
 * | 3xx | the destination | redirects are not followed: the headers must not go elsewhere |
 * | 401, 402, 404, 405, 406, 407, 410, 414, 415, 426, 431 | the destination | settings, credentials, account, path |
 * | 403, 408, 425, 429, 5xx | unknown | mostly for now; some firewalls dislike a text |
 * | other 4xx with a google.rpc.Status about the payload | the conversation | only a collector answers like that |
 * | other 4xx | unknown | it may be a bystander’s |
 *
 * @param code of a whole google.rpc.Status, where the body is one.
 */
export function blameOfAnswer(status: number, code: number | undefined): DeliveryBlame {
  if (status >= 300 && status < 400) return 'destination';
  if (ofDestination.has(status)) return 'destination';
  if (status < 400 || status >= 500 || anybodys.has(status)) return 'unknown';
  return code === undefined || codesOfDestination.has(code) ? 'unknown' : 'conversation';
}

/** Before a byte could be sent, so no payload can be the cause. */
const neverConnected =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT|certificate|ERR_TLS|ERR_SSL|EPROTO|to CONNECT/;

/**
 * Whose trouble it is that there was no answer: the destination's where there was no connection, else anybody's.
 * @param reason what the network said of it.
 */
export function blameOfSilence(reason: string): DeliveryBlame {
  return neverConnected.test(reason) ? 'destination' : 'unknown';
}
