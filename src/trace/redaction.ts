import { TextFinder } from './text-finder.ts';

/**
 * What never leaves, whatever the content mode: bearer URLs, callback and room URLs, keys. Removing an ordinary
 * link by mistake costs a reader a click; letting a signed one out gives a recording away, so when in doubt a
 * URL goes.
 */

const REDACTED = '[redacted]';

const NEVER_EXPORTED =
  /(?:^|[._-])(?:callback_url|webhook_url|conversation_url|meeting_token|(?:xi-|x-)?api[_-]?key|authorization)$/i;

/** Whether a field or attribute of this name holds a room, a callback or a credential. */
export function neverExported(key: string): boolean {
  return NEVER_EXPORTED.test(key);
}

const URL = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>\\`]+/gi;
const CREDENTIAL_IN_QUERY =
  /[?&#;](?:x-amz-[\w-]+|x-goog-[\w-]+|\w*sig(?:nature)?|s[evprt]|\w*token|auth\w*|\w*key|key-pair-id|jwt|expires|policy|\w*secret|passw\w*|hmac|code|session\w*)=/i;
const OPAQUE_IN_QUERY = /[?&#;=/][\w%+~.-]{0,200}=[\w%+/~=-]{32}/;
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i;
const ROOM = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*\bdaily\.co(?:[/:?#]|$)/i;
const KEY = /\bsk_[A-Za-z0-9]{24}[A-Za-z0-9]*/g;
// The look-behind lets a long row of backslashes be tried once, not once from each of them.
const NAMED =
  /((?<!\\)\\*["']?\b(?:callback_url|webhook_url|conversation_url|meeting_token|(?:xi-|x-)?api[_-]?key|authorization)\\*["']?\s*[:=]\s*\\*["']?)(?:bearer\s+|basic\s+)?[^\s"',}\\]+/gi;

/** `text` without signed URLs, rooms, callback URLs, API keys and the given `secrets`. */
export function redact(text: string, secrets: readonly string[]): string {
  const clean = redactText(text, secrets);
  // In JSON they may be escaped, and a replacement in its text could break it.
  if ((clean === text && !text.includes('\\')) || !/^\s*[[{]/.test(text)) return clean;
  return redactJson(text, secrets) ?? clean;
}

function redactText(text: string, secrets: readonly string[]): string {
  const clean = finderOf(secrets).replace(text, REDACTED);
  // Nearly all that is said has none of these, and a look is cheaper than three replacements; of tokens all speak.
  if (!/:\/\/|sk_|_url|_token|api[_-]?key|authorization/i.test(clean)) return clean;
  return clean
    .replace(URL, (url) => (isBearer(url) ? REDACTED : url))
    .replace(NAMED, `$1${REDACTED}`)
    .replace(KEY, REDACTED);
}

/** By the list: one conversation has one, and as many texts as it has words. */
const finders = new WeakMap<readonly string[], TextFinder>();

function finderOf(secrets: readonly string[]): TextFinder {
  let finder = finders.get(secrets);
  if (finder === undefined) {
    finder = new TextFinder(secrets);
    finders.set(secrets, finder);
  }
  return finder;
}

/** JSON in a text, as it is where nothing in it had to go. */
function redactJson(text: string, secrets: readonly string[]): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const clean = JSON.stringify(redactValue(value, secrets));
    return clean === JSON.stringify(value) ? text : clean;
  } catch (error) {
    // No JSON, or nested deeper than the stack.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isBearer(url: string): boolean {
  return ROOM.test(url) || USER_INFO.test(url) || CREDENTIAL_IN_QUERY.test(url) || OPAQUE_IN_QUERY.test(url);
}

/** Deeper than anything nests that is worth sending. */
const DEEPEST = 128;

/** A JSON value without fields that are {@link neverExported}, and with every string redacted. */
export function redactValue(value: unknown, secrets: readonly string[], depth = 0): unknown {
  if (typeof value === 'string') return redact(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return REDACTED;
  if (Array.isArray(value)) return value.map((member) => redactValue(member, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !neverExported(key))
      .map(([key, member]) => [redactText(key, secrets), redactValue(member, secrets, depth + 1)]),
  );
}
