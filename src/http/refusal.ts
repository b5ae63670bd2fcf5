import { type Body, decodeBody, UndecodableError } from './body.ts';
import { vendorError } from './error-body.ts';
import { type HttpError, HttpStatusError, RedirectError } from './errors.ts';
import { headerText, type ResponseHeaders } from './headers.ts';
import { type Quote, redirectPlace } from './quote.ts';
import { TransientError } from './retry.ts';
import { retryAfterMs } from './retry-after.ts';

/** Enough of an error's body to find the vendor's words in it, in bytes. */
export const maxRefusalBytes = 64 * 1024;

export interface Refused {
  readonly url: URL;
  /** E.g. `GET /v2/conversations`. */
  readonly request: string;
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Body;
  readonly quote: Quote;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The error for an answer that is not 2xx: a `TransientError` for 408, 429 and 5xx, which another try may mend. */
export async function refusal(answer: Refused): Promise<HttpError | TransientError> {
  const { url, request, status, headers, quote } = answer;
  if (status >= 300 && status < 400) {
    return new RedirectError(request, status, quote(redirectPlace(headerText(headers, 'location'), url)));
  }
  const said = vendorError(await readable(answer), headers, quote);
  if (status !== 408 && status !== 429 && status < 500) return new HttpStatusError(request, status, said);
  const askedMs = retryAfterMs(status, headers, answer.now);
  const words = [said.code, said.words].filter((part) => part !== undefined).join(': ');
  const reason = `answered ${status}${words === '' ? '' : ` ${words}`}`;
  return new TransientError({ status, reason, ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }) });
}

/** The body, as far as it can be read; one that cannot be unpacked says nothing, and the status stands. */
async function readable({ body, headers }: Refused): Promise<Buffer> {
  try {
    return await decodeBody(body.bytes, headerText(headers, 'content-encoding'), maxRefusalBytes);
  } catch (error) {
    if (error instanceof UndecodableError) return Buffer.alloc(0);
    throw error;
  }
}
