import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { asObject, isObject, type Json, text } from '../../json/reading.ts';
import type { Verdict, Verification, WebhookEvent, WebhookScheme } from '../webhook-scheme.ts';
import { unixMillis } from './moments.ts';
import { REPORT } from './payload.ts';

/**
 * What the vendor calls a server with. It signs nothing by default: whoever sets it up chooses a secret in a header of
 * its own (`X-Vapi-Secret`, or `Authorization` with or without `Bearer`), or an HMAC with headers and a form of his
 * choice. Of those SHA-256 or SHA-512 of the body, or of time, dot and body, is understood, in hex or base64, in a
 * header whose name ends in `signature`, with the time in one whose name ends in `timestamp`.
 */
export const VAPI_WEBHOOK: WebhookScheme = {
  verify(headers, secrets, now) {
    const signature = named(headers, /(?:^|-)signature(?:-?\d+)?$/);
    if (signature === undefined) return new TokenVerification(headers, secrets);
    return new SignatureVerification(signature, headers, secrets, now);
  },
  // Recordings are fetched, never sent.
  isForgotten: () => false,
  read: readEvent,
};

/** How far a signed moment may be from now, either way; in milliseconds. */
const TOLERANCE = 300_000;

/** Whoever knows the secret is the vendor, whatever the body is. */
class TokenVerification implements Verification {
  readonly #verdict: Verdict;

  constructor(headers: IncomingHttpHeaders, secrets: readonly string[]) {
    const authorization = named(headers, /^authorization$/)?.replace(/^bearer\s+/i, '');
    const given = [named(headers, /^x-vapi-secret$/), authorization].filter((token) => token !== undefined);
    const fits = given.some((token) => secrets.some((secret) => isSame(token, secret)));
    this.#verdict = fits
      ? { verified: true }
      : { verified: false, reason: given.length === 0 ? 'missing' : 'mismatch' };
  }

  update(): void {}

  verdict(): Verdict {
    return this.#verdict;
  }
}

class SignatureVerification implements Verification {
  readonly #given: Buffer | undefined;
  readonly #failure: string | undefined;
  readonly #candidates: Hmac[] = [];

  constructor(signature: string, headers: IncomingHttpHeaders, secrets: readonly string[], now: number) {
    const stamp = named(headers, /(?:^|-)timestamp$/);
    this.#given = digestOf(signature);
    this.#failure = this.#given === undefined ? 'malformed' : staleness(stamp, now);
    if (this.#given === undefined || this.#failure !== undefined) return;
    const algorithm = this.#given.length === 64 ? 'sha512' : 'sha256';
    for (const secret of secrets) {
      // A moment that is not signed proves nothing, but a form without one is the customer's choice.
      this.#candidates.push(createHmac(algorithm, secret));
      if (stamp !== undefined) this.#candidates.push(createHmac(algorithm, secret).update(`${stamp}.`));
    }
  }

  update(chunk: Uint8Array): void {
    for (const candidate of this.#candidates) candidate.update(chunk);
  }

  verdict(): Verdict {
    if (this.#failure !== undefined) return { verified: false, reason: this.#failure };
    const given = this.#given;
    const fits = this.#candidates
      .map((candidate) => candidate.digest())
      .some((digest) => given?.length === digest.length && timingSafeEqual(digest, given));
    return fits ? { verified: true } : { verified: false, reason: 'mismatch' };
  }
}

function named(headers: IncomingHttpHeaders, pattern: RegExp): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (pattern.test(name.toLowerCase()) && typeof value === 'string' && value !== '') return value.trim();
  }
  return undefined;
}

/** Bytes of SHA-256 or SHA-512; undefined where it is neither. */
function digestOf(signature: string): Buffer | undefined {
  const bare = signature.replace(/^sha(?:256|512)=/i, '');
  if (/^(?:[0-9a-f]{64}|[0-9a-f]{128})$/i.test(bare)) return Buffer.from(bare, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43,88}={0,2}$/.test(bare)) return undefined;
  const bytes = Buffer.from(bare, 'base64url');
  return bytes.length === 32 || bytes.length === 64 ? bytes : undefined;
}

/** Seconds or milliseconds; absent where nobody sends any. */
function staleness(stamp: string | undefined, now: number): string | undefined {
  if (stamp === undefined) return undefined;
  if (!/^\d{10,13}$/.test(stamp)) return 'malformed';
  const moment = Number(stamp) * (stamp.length <= 11 ? 1_000 : 1);
  if (moment < now - TOLERANCE) return 'stale';
  return moment > now + TOLERANCE ? 'future' : undefined;
}

function isSame(one: string, other: string): boolean {
  // Of equal length, whatever was given: the comparison tells nothing of the secret.
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** On one address there come a dozen kinds of message; those that want an answer get none from here. */
function readEvent(body: unknown): WebhookEvent | undefined {
  const { message } = asObject(body);
  if (!isObject(message)) return undefined;
  const type = text(message.type);
  const id = text(asObject(message.call).id);
  if (id === undefined) return undefined;
  const moment = unixMillis(message.timestamp);
  const at = moment === undefined ? {} : { at: Number(moment / 1_000_000n) };
  if (type === 'status-update') {
    return message.status === 'ended' ? { type, id, holds: 'hint', ...at } : undefined;
  }
  if (type !== REPORT) return undefined;
  return {
    ...{ type, id, ...at },
    holds: 'payload',
    terminal: true,
    ...(isUnkept(message) ? { zeroRetention: true } : {}),
  };
}

/** Says of itself that the vendor keeps none of it. */
function isUnkept(message: Json): boolean {
  const call = asObject(message.call);
  const places = [message.compliance, call.compliance, asObject(message.assistant).compliancePlan];
  return places.some((place) =>
    Object.entries(asObject(place)).some(
      ([key, value]) => value === true && /^(?:is)?(?:zdr|zero_?(?:data_?)?retention)/i.test(key),
    ),
  );
}
