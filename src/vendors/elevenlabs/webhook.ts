import { createHmac } from 'node:crypto';
import { asObject, type Json, text } from '../../json/reading.ts';
import { keysOf } from '../../json/top-level.ts';
import type { WebhookEvent, WebhookScheme } from '../webhook-scheme.ts';
import {
  headerFields,
  headerOf,
  hexDigest,
  hmacVerification,
  refusedVerification,
  untimely,
} from '../webhook-signature.ts';
import { eventSeconds, keepsNothing, NOT_CONNECTED } from './read-body.ts';

const HEADER = 'elevenlabs-signature';
/**
 * The vendor tries again for three quarters of an hour, and nobody has said that it signs anew then: its own clients
 * refuse the last tries for their age. In milliseconds.
 */
const TOLERANCE = { past: 3_600_000, future: 300_000 };

const TRANSCRIPTS = ['post_call_transcription', 'post_call_transcription_otel'];
const AUDIO = 'post_call_audio';

/**
 * `ElevenLabs-Signature: t=<unix seconds>,v0=<hex>`, an HMAC-SHA256 of `<t>.<body>` with the secret's own characters.
 * There may be several `v0`, and blanks.
 */
export const elevenLabsWebhook = {
  verify(headers, secrets, now) {
    const header = headerOf(headers, HEADER);
    if (header === undefined || header.trim() === '') return refusedVerification('missing');
    const fields = headerFields(header);
    const [stamp, second] = (fields ?? []).filter(([name]) => name === 't').map(([, value]) => value);
    const given = (fields ?? []).filter(([name]) => name === 'v0').map(([, value]) => hexDigest(value));
    const signatures = given.filter((digest) => digest !== undefined);
    if (stamp === undefined || second !== undefined || !/^\d{1,12}$/.test(stamp) || signatures.length === 0) {
      return refusedVerification('malformed');
    }
    const late = untimely(Number(stamp) * 1_000, now, TOLERANCE);
    if (late !== undefined) return refusedVerification(late);
    return hmacVerification(secrets, signatures, { before: `${stamp}.` });
  },

  isForgotten(start) {
    for (const { depth, key, text: value } of keysOf(start.toString('latin1'))) {
      if (depth === 1 && key === 'type') return value === AUDIO;
      if (depth === 2 && key === 'full_audio') return true;
    }
    return false;
  },

  read(body): WebhookEvent | undefined {
    const { type, event_timestamp: stamp, data } = asObject(body);
    const payload = asObject(data);
    const id = text(payload.conversation_id);
    if (typeof type !== 'string' || id === undefined) return undefined;
    const isFailure = type === NOT_CONNECTED;
    if (!isFailure && !TRANSCRIPTS.includes(type)) return undefined;
    const agent = text(payload.agent_id);
    const at = eventSeconds(stamp);
    return {
      ...{ type, id, holds: 'payload', terminal: true },
      ...(agent === undefined ? {} : { agent }),
      ...(at === undefined ? {} : { at: at * 1_000 }),
      ...(isFailure || keepsNothing(payload) ? { final: true } : {}),
    };
  },

  example(now, secret) {
    const body = JSON.stringify(exampleBody(now));
    const stamp = Math.floor(now / 1_000);
    const digest = createHmac('sha256', secret).update(`${stamp}.${body}`).digest('hex');
    return { body, headers: { [HEADER]: `t=${stamp},v0=${digest}` } };
  },
} as const satisfies WebhookScheme;

/** An event of the vendor's that speaks of no conversation: it proves the way here, and leaves nothing behind. */
function exampleBody(now: number): Json {
  return { type: 'callspan_test', event_timestamp: Math.floor(now / 1_000), data: {} };
}
