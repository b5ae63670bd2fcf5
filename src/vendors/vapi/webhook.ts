import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { asObject, isObject, text } from '../../json/reading.ts';
import { unixMillis } from '../../time/nanos.ts';
import type { Verification, WebhookEvent, WebhookScheme } from '../webhook-scheme.ts';
import {
  hexDigest,
  hmacVerification,
  isOneOf,
  refusedVerification,
  trustedVerification,
  untimely,
} from '../webhook-signature.ts';
import { keepsNothing, REPORT } from './payload.ts';

/** The vendor signs each try anew. In milliseconds. */
const TOLERANCE = { past: 300_000, future: 300_000 };

const SECRET = /^x-vapi-secret$/;
const AUTHORIZATION = /^authorization$/;
const SIGNATURE = /(?:^|-)signature(?:-?\d+)?$/;
const TIMESTAMP = /(?:^|-)timestamp$/;

/**
 * The vendor signs nothing by default. Whoever sets it up chooses a secret in a header (`X-Vapi-Secret`, or
 * `Authorization` with or without `Bearer`), or an HMAC with names and a form of their own. Of those SHA-256 of the
 * body, or of time, dot and body, is understood, in hex or base64, in a header whose name ends in `signature`, with the
 * time in one whose name ends in `timestamp`.
 */
export const vapiWebhook = {
  verify(headers, secrets, now) {
    const signature = named(headers, SIGNATURE);
    if (signature !== undefined) return verifySignature(signature, headers, secrets, now);
    const authorization = named(headers, AUTHORIZATION)?.replace(/^bearer\s+/i, '');
    const given = [named(headers, SECRET), authorization].filter((token) => token !== undefined);
    if (given.length === 0) return refusedVerification('missing');
    return given.some((token) => isOneOf(token, secrets))
      ? trustedVerification()
      : refusedVerification('mismatch');
  },

  /** On one address there come a dozen kinds of message; those that want an answer get none from here. */
  read(body): WebhookEvent | undefined {
    const { message } = asObject(body);
    if (!isObject(message)) return undefined;
    const type = text(message.type);
    const call = asObject(message.call);
    const id = text(call.id);
    if (id === undefined) return undefined;
    const agent = text(call.assistantId);
    const moment = unixMillis(message.timestamp);
    const known = {
      id,
      ...(agent === undefined ? {} : { agent }),
      ...(moment === undefined ? {} : { at: Number(moment / 1_000_000n) }),
    };
    if (type === 'status-update') {
      return message.status === 'ended' ? { type, ...known, holds: 'hint' } : undefined;
    }
    if (type !== REPORT) return undefined;
    const final = keepsNothing(message) ? { final: true as const } : {};
    return { type, ...known, holds: 'payload', terminal: true, ...final };
  },

  example(now, secret) {
    const body = JSON.stringify({ message: { type: 'hang', timestamp: now } });
    const stamp = String(now);
    const digest = createHmac('sha256', secret).update(`${stamp}.${body}`).digest('hex');
    return { body, headers: { 'x-signature': digest, 'x-timestamp': stamp } };
  },
} as const satisfies WebhookScheme;

function verifySignature(
  signature: string,
  headers: IncomingHttpHeaders,
  secrets: readonly string[],
  now: number,
): Verification {
  const given = digestOf(signature);
  if (given === undefined) return refusedVerification('malformed');
  const stamp = named(headers, TIMESTAMP);
  // A moment that is not signed proves nothing, but a form without one is the customer's choice.
  if (stamp === undefined) return hmacVerification(secrets, [given], {});
  if (!/^\d{10,13}$/.test(stamp)) return refusedVerification('malformed');
  const late = untimely(Number(stamp) * (stamp.length <= 11 ? 1_000 : 1), now, TOLERANCE);
  if (late !== undefined) return refusedVerification(late);
  const forms = [{ before: `${stamp}.` }, {}].map((form) => hmacVerification(secrets, [given], form));
  return {
    update(chunk) {
      for (const form of forms) form.update(chunk);
    },
    verdict() {
      const [stamped, bare] = forms.map((form) => form.verdict());
      return stamped?.verified ? stamped : (bare ?? { verified: false, reason: 'mismatch' });
    },
  };
}

/** The first header of such a name; several of one name are no secret and no signature. */
function named(headers: IncomingHttpHeaders, pattern: RegExp): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (pattern.test(name.toLowerCase()) && typeof value === 'string' && value !== '') return value.trim();
  }
  return undefined;
}

/** The bytes of a SHA-256; undefined where it is none. */
function digestOf(signature: string): Buffer | undefined {
  const bare = signature.replace(/^sha256=/i, '');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(bare)) return Buffer.from(bare, 'base64url');
  return hexDigest(bare);
}
