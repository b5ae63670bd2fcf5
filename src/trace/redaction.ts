/**
 * What never leaves, whatever the content mode: bearer URLs, callback and room URLs, keys. Removing an ordinary
 * link by mistake costs a reader a click; letting a signed one out gives a recording away, so when in doubt a
 * URL goes.
 */

export const REDACTED = '[redacted]';

const NEVER_EXPORTED =
  /(?:^|[._-])(?:callback_url|webhook_url|conversation_url|meeting_token|(?:xi-|x-)?api[_-]?key|authorization)$/i;

/** Whether a field or attribute of this name holds a room, a callback or a credential. */
export function neverExported(key: string): boolean {
  return NEVER_EXPORTED.test(key);
}

const URL = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>\\`]+/gi;
const CREDENTIAL_IN_QUERY =
  /[?&#;](?:x-amz-[\w-]+|x-goog-[\w-]+|\w*sig(?:nature)?|s[evprt]|\w*token|auth\w*|\w*key|key-pair-id|jwt|expires|policy|\w*secret|passw\w*|hmac|code|session\w*)=/i;
const OPAQUE_IN_QUERY = /[?&#;=/][\w%+~.-]{0,200}=[\w%+/~=-]{32,}/;
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i;
const ROOM = /^https?:\/\/[^/?#]*\bdaily\.co(?:[/:?#]|$)/i;
const KEY = /\bsk_[A-Za-z0-9]{24,}\b/g;
// The look-behind lets a long row of backslashes be tried once, not once from each of them.
const NAMED =
  /((?<!\\)\\*["']?\b(?:callback_url|webhook_url|conversation_url|meeting_token|(?:xi-|x-)?api[_-]?key|authorization)\\*["']?\s*[:=]\s*\\*["']?)(?:bearer\s+|basic\s+)?[^\s"',}\\]+/gi;

/** `text` without signed URLs, rooms, callback URLs, API keys and the given `secrets`. */
export function redact(text: string, secrets: readonly string[]): string {
  const clean = redactText(text, secrets);
  return clean === text ? text : (redactJson(text, secrets) ?? clean);
}

function redactText(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, REDACTED);
  // Nearly all that people say has none of these, and a look is cheaper than five replacements.
  if (!/:\/\/|sk_|_url|token|key|authorization/i.test(clean)) return clean;
  return clean
    .replace(URL, (url) => (isBearer(url) ? REDACTED : url))
    .replace(NAMED, `$1${REDACTED}`)
    .replace(KEY, REDACTED);
}

/** JSON in a text stays JSON: a replacement in its text could break it. */
function redactJson(text: string, secrets: readonly string[]): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(redactValue(mendJson(JSON.parse(text)), secrets));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isBearer(url: string): boolean {
  return ROOM.test(url) || USER_INFO.test(url) || CREDENTIAL_IN_QUERY.test(url) || OPAQUE_IN_QUERY.test(url);
}

/** A JSON value without fields that are {@link neverExported}, and with every string redacted. */
export function redactValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets);
  if (Array.isArray(value)) return value.map((member) => redactValue(member, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !neverExported(key))
      .map(([key, member]) => [redactText(key, secrets), redactValue(member, secrets)]),
  );
}
