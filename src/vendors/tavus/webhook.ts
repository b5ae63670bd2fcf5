import { asObject, text } from '../../json/reading.ts';
import { isoToNanos, unixSeconds } from '../../time/nanos.ts';
import type { WebhookEvent, WebhookScheme } from '../webhook-scheme.ts';
import { JOINED, PERCEPTION, SHUTDOWN, TRANSCRIPT } from './payload.ts';

/** What comes late, each by itself: it ends no wait, and is looked for where the rest was delivered. */
const LATE = [
  'application.recording_ready',
  'application.recording_copy_failed',
  'application.post_call_action_executed',
  'application.memory_consolidation',
  'application.raven_memory_evidence',
];
const CALLED = [...JOINED, SHUTDOWN, TRANSCRIPT, ...PERCEPTION, ...LATE];

/**
 * A conversation's callbacks are not signed, not tried again and in no order, and whoever knows the URL can make one
 * up: each is a hint that there is something to fetch. Perception, or that there is none, is the last of what a
 * conversation is waited for; what a fetch then answers says whether the rest is there.
 */
export const tavusWebhook = {
  read(body): WebhookEvent | undefined {
    const { event_type: type, conversation_id, timestamp } = asObject(body);
    const id = text(conversation_id);
    // A tool's delivery has no envelope; guardrails and objectives have others.
    if (typeof type !== 'string' || id === undefined || !CALLED.includes(type)) return undefined;
    const moment = typeof timestamp === 'string' ? isoToNanos(timestamp) : unixSeconds(timestamp);
    return {
      ...{ type, id, holds: 'hint' },
      ...(moment === undefined ? {} : { at: Number(moment / 1_000_000n) }),
      ...(JOINED.includes(type) ? { running: true } : {}),
      ...(PERCEPTION.includes(type) ? { terminal: true } : {}),
    };
  },

  example(now) {
    const timestamp = new Date(now).toISOString();
    return { body: JSON.stringify({ event_type: 'callspan.test', timestamp, properties: {} }), headers: {} };
  },
} as const satisfies WebhookScheme;
