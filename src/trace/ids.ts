import { createHash, type Hash, hash } from 'node:crypto';
import type { Provider } from '../conversation.ts';

/**
 * Ids that anybody can compute again, on any machine, with an empty ledger: they are what makes a repeated
 * delivery harmless.
 */

/** The first 16 bytes of sha256("provider:conversation id"), as 32 lower-case hex digits. */
export function derivedTraceId(provider: Provider, conversationId: string): string {
  return hash('sha256', `${provider}:${conversationId}`, 'hex').slice(0, 32);
}

/**
 * The trace ids that a conversation may have, best first: the one that its payload says, and where another conversation
 * has that one, those that are made of its own id. Which of them it has is remembered with it.
 * @param source the configured source's name: two sources may show one conversation.
 */
export function traceIdChoices(
  own: string,
  { provider, source, id }: { readonly provider: Provider; readonly source: string; readonly id: string },
): readonly string[] {
  const derived = [id, `${source}/${id}`, `${source}/${id}/`].map((name) => derivedTraceId(provider, name));
  return [...new Set([own, ...derived])];
}

/**
 * The first 8 bytes of sha256(traceId + "/" + key), as 16 lower-case hex digits.
 * @param key the path of the span in its tree, see {@link childKey}.
 */
export function spanId(traceId: string, key: string): string {
  return hash('sha256', `${traceId}/${key}`, 'hex').slice(0, 16);
}

/** Longer keys are not written out: in a tree as deep as it is large, they would be as long as all of it, each. */
const LONGEST_WRITTEN = 512;

/**
 * What a span's id is made of, its trace and its key, as far as it takes to make the ids of the span and of all below
 * it: of a long one, what sha256 has come to.
 */
export type KeyState = string | Hash;

/** Of the root, whose key is `conversation`. */
export function rootKeyState(traceId: string): KeyState {
  return `${traceId}/conversation`;
}

/** The same as {@link spanId}, of a key that may be long. */
export function spanIdOf(key: KeyState): string {
  const digest = typeof key === 'string' ? hash('sha256', key, 'hex') : key.copy().digest('hex');
  return digest.slice(0, 16);
}

/** The same as {@link childKey}, of a key that may be long. */
export function childKeyState(parent: KeyState, name: string, ordinal: string | number): KeyState {
  if (typeof parent !== 'string') return parent.copy().update(childKey('', name, ordinal));
  const key = childKey(parent, name, ordinal);
  return key.length <= LONGEST_WRITTEN ? key : createHash('sha256').update(key);
}

/** The key of a child: its parent's, `/`, its name, `#` and its ordinal among the siblings of that name. */
export function childKey(parentKey: string, name: string, ordinal: string | number): string {
  return `${parentKey}/${encodeName(name)}#${ordinal}`;
}

/** `%`, `/` and `#` build keys, so in names they are percent-encoded. */
function encodeName(name: string): string {
  return /[%/#]/.test(name)
    ? name.replace(/[%/#]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    : name;
}

const VALID_TRACE_ID = /^(?!0{32}$)[0-9a-f]{32}$/;
const VALID_SPAN_ID = /^(?!0{16}$)[0-9a-f]{16}$/;

/** `id` lower-cased if it is a valid trace id: 32 hex digits, not all zero. */
export function validTraceId(id: unknown): string | undefined {
  return valid(id, VALID_TRACE_ID);
}

/** `id` lower-cased if it is a valid span id: 16 hex digits, not all zero. */
export function validSpanId(id: unknown): string | undefined {
  return valid(id, VALID_SPAN_ID);
}

function valid(id: unknown, pattern: RegExp): string | undefined {
  if (typeof id !== 'string') return undefined;
  const lower = id.toLowerCase();
  return pattern.test(lower) ? lower : undefined;
}
