/** `UND_ERR_SOCKET`, `SELF_SIGNED_CERT_IN_CHAIN`, `ECONNREFUSED`: how Node, undici and OpenSSL name failures. */
const CODE = /\b(?:[A-Z][A-Z\d]*(?:_[A-Z\d]+)+|E[A-Z\d]{3,})\b/;

/**
 * A failed request as a value of `error.type`: few values, none of them made of anything private.
 * @param reason what the HTTP client said of it, for people.
 */
export function errorType(reason: string): string {
  if (/^no complete answer within /.test(reason)) return 'timeout';
  return CODE.exec(reason)?.[0] ?? 'other';
}
