import { createHmac } from 'node:crypto';
import { asObject, text } from '../../json/reading.ts';
import { checkedMoment } from '../conversation-ref.ts';
import type { WebhookEvent, WebhookScheme } from '../webhook-scheme.ts';
import {
  headerFields,
  headerOf,
  hexDigest,
  hmacVerification,
  refusedVerification,
  untimely,
} from '../webhook-signature.ts';
import { decimal } from './decimal.ts';

const HEADER = 'x-retell-signature';
/** The vendor's own clients take five minutes, both ways. In milliseconds. */
const TOLERANCE = { past: 300_000, future: 300_000 };

/**
 * Of all events those that say that a call is over: one while it lasts would only be asked about in vain, and a
 * transfer's tells nothing that the call does not.
 */
const HOLDS: Readonly<Record<string, WebhookEvent['holds']>> = {
  call_ended: 'hint',
  call_analyzed: 'payload',
};

/**
 * `X-Retell-Signature: v=<unix ms>,d=<hex>`, an HMAC-SHA256 of `<body><v>` with an API key: the one that has the webhook
 * badge in the vendor's dashboard.
 */
export const retellWebhook = {
  verify(headers, secrets, now) {
    const header = headerOf(headers, HEADER);
    if (header === undefined || header.trim() === '') return refusedVerification('missing');
    const fields = headerFields(header) ?? [];
    const [stamp, second] = fields.filter(([name]) => name === 'v').map(([, value]) => value);
    const given = fields.filter(([name]) => name === 'd').map(([, value]) => hexDigest(value));
    const digests = given.filter((digest) => digest !== undefined);
    if (stamp === undefined || second !== undefined || !/^\d{1,15}$/.test(stamp) || digests.length === 0) {
      return refusedVerification('malformed');
    }
    const late = untimely(Number(stamp), now, TOLERANCE);
    if (late !== undefined) return refusedVerification(late);
    return hmacVerification(secrets, digests, { after: stamp });
  },

  read(body): WebhookEvent | undefined {
    const { event: type, event_timestamp: stamp, call: inside } = asObject(body);
    const call = asObject(inside);
    const id = text(call.call_id);
    const holds = typeof type === 'string' && Object.hasOwn(HOLDS, type) ? HOLDS[type] : undefined;
    if (typeof type !== 'string' || id === undefined || holds === undefined) return undefined;
    const agent = text(call.agent_id);
    const at = checkedMoment(decimal(stamp));
    // Its transcript is nowhere but here.
    const isFinal = holds === 'payload' && call.data_storage_setting === 'basic_attributes_only';
    return {
      ...{ type, id, holds },
      ...(agent === undefined ? {} : { agent }),
      ...(at === undefined ? {} : { at }),
      ...(isFinal ? { final: true } : {}),
      ...(holds === 'payload' ? { terminal: true } : {}),
    };
  },

  example(now, secret) {
    // An event of no call: it proves the way here, and leaves nothing behind.
    const body = JSON.stringify({ event: 'callspan_test', event_timestamp: now, call: {} });
    const digest = createHmac('sha256', secret).update(`${body}${now}`).digest('hex');
    return { body, headers: { [HEADER]: `v=${now},d=${digest}` } };
  },
} as const satisfies WebhookScheme;
