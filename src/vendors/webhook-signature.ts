import { createHash, createHmac, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Verdict, Verification } from './webhook-scheme.ts';

/** How far a signature's time may be from ours, in milliseconds. */
export interface Tolerance {
  readonly past: number;
  readonly future: number;
}

/** Where the body stands in what was signed. */
export interface Signed {
  readonly before?: string;
  readonly after?: string;
}

/**
 * HMAC-SHA256 of a body as it comes, with each of several secrets.
 * @param signatures what the header brought, 32 bytes each; any of them may fit any secret.
 */
export function hmacVerification(
  secrets: readonly string[],
  signatures: readonly Buffer[],
  { before = '', after = '' }: Signed,
): Verification {
  const hashes: Hmac[] = secrets.map((secret) => createHmac('sha256', secret).update(before));
  return {
    update(chunk) {
      for (const hash of hashes) hash.update(chunk);
    },
    verdict() {
      // All of them, whichever fits: how long it takes tells nothing.
      let fits = false;
      for (const hash of hashes) {
        const digest = hash.update(after).digest();
        for (const signature of signatures) {
          if (signature.length === digest.length && timingSafeEqual(signature, digest)) fits = true;
        }
      }
      return fits ? { verified: true } : { verified: false, reason: 'mismatch' };
    },
  };
}

/** A call that is refused for its headers, whatever its body. */
export function refusedVerification(reason: string): Verification {
  const verdict: Verdict = { verified: false, reason };
  return { refused: reason, update: () => undefined, verdict: () => verdict };
}

/** A call whose headers prove already who makes it: a secret that is sent as it is. */
export function trustedVerification(): Verification {
  return { update: () => undefined, verdict: () => ({ verified: true }) };
}

/** Whether `given` is one of the secrets, in the same time whichever it is, and whether it is one or not. */
export function isOneOf(given: string, secrets: readonly string[]): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const own = digest(given);
  let fits = false;
  for (const secret of secrets) if (timingSafeEqual(own, digest(secret))) fits = true;
  return fits;
}

/** @returns why a signature of that moment is not believed now; undefined where it is. Unix milliseconds. */
export function untimely(moment: number, now: number, { past, future }: Tolerance): string | undefined {
  if (now - moment > past) return 'stale';
  return moment - now > future ? 'future' : undefined;
}

/** A header as one text; several of one name as HTTP joins them. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The fields of `name=value, name=value`, in order, without blanks around them; undefined where it is no such list. */
export function headerFields(text: string): readonly (readonly [name: string, value: string])[] | undefined {
  const fields: [string, string][] = [];
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields.push([name, value]);
  }
  return fields;
}

/** A SHA-256 digest written in hex, of either case; undefined where it is none. */
export function hexDigest(text: string): Buffer | undefined {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}
