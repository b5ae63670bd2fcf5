/** Makes what another party said fit to be repeated in our errors and logs. */
export type Quote = (text: string, limit?: number) => string;

/** Shorter values (`1`, `en`, `true`) are settings rather than secrets, and would tear holes into sentences. */
const shortestSecret = 6;

const scheme = /^(?:bearer|basic|digest|token|api-?key)$/i;

/**
 * Returns a `Quote` that turns control characters and line breaks into spaces, drops invisible characters,
 * replaces every occurrence of a secret, and cuts to `limit` characters (300). In that order, so that no secret
 * survives in halves.
 *
 * @param secrets header values; of those with several words (`Bearer abc`) each word is a secret too.
 */
export function createQuote(secrets: Iterable<string>): Quote {
  const known = new Set<string>();
  for (const secret of secrets) {
    for (const part of [secret, ...secret.split(/[\s,;=]+/)]) {
      if (part.length < shortestSecret || scheme.test(part)) continue;
      known.add(part);
      // As an error page may repeat it: encoded as in a basic credential, or as in a query.
      for (const encoded of [Buffer.from(part).toString('base64url'), encodeURIComponent(part)]) known.add(encoded);
    }
  }
  const longestFirst = [...known].sort((a, b) => b.length - a.length).map(escaped);
  const pattern = longestFirst.length > 0 ? new RegExp(longestFirst.join('|'), 'gi') : undefined;
  return (text, limit = 300) => {
    const clean = text
      .replace(/[\p{Cf}\p{Cs}]+/gu, '')
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim();
    const safe = pattern ? clean.replace(pattern, '[redacted]') : clean;
    if (safe.length <= limit) return safe;
    return `${safe.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** The place a URL names: origin and path, without credentials, query and fragment, which may be secrets. */
export function place(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** The place a `Location` header points to, seen from `from`; says so if it is none. */
export function redirectPlace(location: string | undefined, from: URL): string {
  if (location === undefined) return 'nowhere (no Location header)';
  return URL.canParse(location, from.href) ? place(new URL(location, from)) : 'an unreadable Location';
}
