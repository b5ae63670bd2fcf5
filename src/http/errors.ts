/** What all errors of the client have in common: the request, as `GET /path`, without its query. */
export abstract class HttpError extends Error {
  readonly request: string;

  constructor(request: string, message: string) {
    super(`${request}: ${message}`);
    this.request = request;
  }
}

/** The vendor refuses this request, and would again: trying once more makes no sense. */
export class HttpStatusError extends HttpError {
  override readonly name = 'HttpStatusError';
  readonly status: number;
  /** The vendor's error code, e.g. `invalid_api_key`. */
  readonly code?: string;
  /** The vendor's own words. */
  readonly words?: string;
  /** What the vendor's support asks for. */
  readonly requestId?: string;

  constructor(request: string, status: number, said: VendorError) {
    const parts = [said.code, said.words].filter((part) => part !== undefined);
    const id = said.requestId === undefined ? '' : ` (request id ${said.requestId})`;
    super(request, `answered ${status}${parts.length > 0 ? ` ${parts.join(': ')}` : ''}${id}`);
    this.status = status;
    if (said.code !== undefined) this.code = said.code;
    if (said.words !== undefined) this.words = said.words;
    if (said.requestId !== undefined) this.requestId = said.requestId;
  }
}

/** What a vendor's error body says. */
export interface VendorError {
  readonly code?: string;
  readonly words?: string;
  readonly requestId?: string;
}

/** The answer is not followed, so that the API key goes nowhere else: the base URL is to be corrected. */
export class RedirectError extends HttpError {
  override readonly name = 'RedirectError';
  readonly status: number;
  /** Origin and path it points to. */
  readonly to: string;

  constructor(request: string, status: number, to: string) {
    super(
      request,
      `answered ${status}, a redirect to ${to}; redirects are not followed, set the base URL to it`,
    );
    this.status = status;
    this.to = to;
  }
}

/** A 2xx answer whose body is not what it should be. Nothing of the body is told: it may be private. */
export class BadAnswerError extends HttpError {
  override readonly name = 'BadAnswerError';
  readonly status: number;
  readonly contentType: string;
  readonly problem: string;
  /** It is larger than is taken, as it travels, unpacked or parsed: no other try will change that. */
  readonly isTooLarge: boolean;

  constructor(
    request: string,
    status: number,
    contentType: string | undefined,
    problem: string,
    isTooLarge = false,
  ) {
    const type = contentType ?? 'no content type';
    super(request, `answered ${status} (${type}) with a body that ${problem}`);
    this.status = status;
    this.contentType = type;
    this.problem = problem;
    this.isTooLarge = isTooLarge;
  }
}

/** No use to go on now: tried as often as allowed, or asked to come back later than one waits in a request. */
export class UnavailableError extends HttpError {
  override readonly name = 'UnavailableError';
  readonly tries: number;
  /** Why the last try failed. */
  readonly reason: string;
  /** Of the last try, where there was an answer. */
  readonly status?: number;
  /** How long the vendor asked to be left alone with its last answer, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(request: string, tries: number, last: Failure) {
    const asked =
      last.retryAfterMs === undefined ? '' : `; to be tried again after ${last.retryAfterMs / 1000} s`;
    super(request, `unavailable after ${tries} ${tries === 1 ? 'try' : 'tries'}: ${last.reason}${asked}`);
    this.tries = tries;
    this.reason = last.reason;
    if (last.status !== undefined) this.status = last.status;
    if (last.retryAfterMs !== undefined) this.retryAfterMs = last.retryAfterMs;
  }
}

/** Why one try failed that another might not. */
export interface Failure {
  readonly reason: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
}
