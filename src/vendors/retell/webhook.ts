import { createHmac, timingSafeEqual } from 'node:crypto';
import { asObject, text } from '../../json/reading.ts';
import { checkedMoment } from '../conversation-ref.ts';
import type { Verdict, Verification, WebhookEvent, WebhookScheme } from '../webhook-scheme.ts';
import { decimal } from './decimal.ts';

/** How far the signature's time may be from ours, in milliseconds, both ways. */
const TOLERANCE = 300_000;

/** `v=<unix ms>,d=<hex>`, over the body and, behind it, the time's own text. */
const SIGNATURE = /^v=(\d{1,15}),d=([0-9a-f]{64})$/i;

/** Retell signs with an API key: the one that has the webhook badge in its dashboard. */
export const RETELL_WEBHOOK: WebhookScheme = {
  verify(headers, secrets, now) {
    const header = headers['x-retell-signature'];
    if (header === undefined) return refusing('missing');
    const [, time, digest] = SIGNATURE.exec(String(header).trim()) ?? [];
    if (time === undefined || digest === undefined) return refusing('malformed');
    const age = now - Number(time);
    if (age > TOLERANCE) return refusing('stale');
    if (age < -TOLERANCE) return refusing('future');
    return new Hashing(secrets, time, Buffer.from(digest, 'hex'));
  },

  // Recordings are links in the call.
  isForgotten: () => false,

  read(body) {
    const { event, event_timestamp, ...rest } = asObject(body);
    const call = asObject(rest.call);
    const id = text(call.call_id);
    if (id === undefined || typeof event !== 'string') return undefined;
    const holds = HOLDS[event];
    if (holds === undefined) return undefined;
    const at = checkedMoment(decimal(event_timestamp));
    const keepsNothing = call.data_storage_setting === 'basic_attributes_only';
    return {
      type: event,
      id,
      holds,
      ...(at === undefined ? {} : { at }),
      // Its transcript is nowhere but here.
      ...(keepsNothing ? { zeroRetention: true } : {}),
      ...(event === 'call_analyzed' ? { terminal: true } : {}),
    };
  },
};

/**
 * Of all events those that say that a call is over: one while it lasts would only be asked about in vain, and a
 * transfer's tells nothing that the call does not.
 */
const HOLDS: Readonly<Record<string, WebhookEvent['holds']>> = {
  call_ended: 'hint',
  call_analyzed: 'payload',
};

class Hashing implements Verification {
  readonly #hmacs;
  readonly #time: string;
  readonly #digest: Buffer;

  constructor(secrets: readonly string[], time: string, digest: Buffer) {
    this.#hmacs = secrets.map((secret) => createHmac('sha256', secret));
    this.#time = time;
    this.#digest = digest;
  }

  update(chunk: Uint8Array): void {
    for (const hmac of this.#hmacs) hmac.update(chunk);
  }

  verdict(): Verdict {
    // All of them, so that how long it takes does not tell which one fits.
    const fits = this.#hmacs.map((hmac) => timingSafeEqual(hmac.update(this.#time).digest(), this.#digest));
    return fits.includes(true) ? { verified: true } : { verified: false, reason: 'mismatch' };
  }
}

function refusing(reason: string): Verification {
  return { update: () => undefined, verdict: () => ({ verified: false, reason }) };
}
