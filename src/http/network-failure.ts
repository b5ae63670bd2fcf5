import { DeadlineError } from './deadline.ts';

/** Codes of undici that say that we used it wrongly; to try again would not help. */
const ourFault = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/**
 * Why there was no answer, for people: a missed deadline, or what the network, TLS, a proxy or the HTTP parser said
 * (`connect ECONNREFUSED 127.0.0.1:4318`). `undefined` for a fault of ours.
 *
 * Only the text is taken over, never the error: the parser's carries the bytes that it could not read.
 */
export function networkFailure(error: unknown): string | undefined {
  if (error instanceof DeadlineError) return error.message;
  if (!(error instanceof Error) || error instanceof TypeError) return undefined;
  const code = errorCode(error) ?? '';
  if (ourFault.has(code)) return undefined;
  // OpenSSL ends its messages with a line break, and puts more than one into a line.
  const detail = (error instanceof AggregateError ? everyCause(error) : error.message)
    .replace(/\s+/g, ' ')
    .trim();
  return detail.includes(code) || detail === '' ? detail || code : `${detail} (${code})`;
}

/** The `code` of an error of Node or undici. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A name with several addresses fails once for each, and only the parts say why. */
function everyCause(error: AggregateError): string {
  return error.errors.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join(', ');
}
