import { asObject, finite, type Json, text } from '../../json/reading.ts';
import type { Fetched, Reading } from '../vendor.ts';
import { TERMINAL } from './list.ts';
import { readElevenLabs } from './payload.ts';
import { translateElevenLabs } from './translate.ts';

/** What is sent after the end of a conversation, and only then: the spans alone come without a status. */
const AFTER_THE_END = /^post_call_transcription/;
/** The form without a transcript. */
const SPANS_ONLY = 'post_call_transcription_otel';
/** A call that was never connected. */
export const NOT_CONNECTED = 'call_initiation_failure';

/** What is to be done with a payload, as the API answers it or in the envelope of a webhook. Pure. */
export function readBody(body: unknown, { id, settings }: Pick<Reading, 'id' | 'settings'>): Fetched {
  const { payload: unwrapped, isOver, isPartial } = unwrap(asObject(body));
  const read = readElevenLabs(unwrapped);
  const payload = isPartial && !read.hasTranscript ? { ...read, lacksTranscript: true as const } : read;
  if (!isOver && !TERMINAL.includes(payload.status ?? '')) {
    return { kind: 'pending', reason: `status ${payload.status ?? 'missing'}` };
  }
  const translated = translateElevenLabs(payload, id ?? payload.id ?? 'unknown', settings);
  const kept = keepsNothing(unwrapped) ? { keepsNothing: true as const } : {};
  if (translated) return { kind: 'ready', translated, ...kept };
  const reason = kept.keepsNothing
    ? 'the agent keeps nothing (zero retention)'
    : 'neither spans nor a transcript';
  return { kind: 'empty', reason, ...kept };
}

function unwrap(body: Json): { payload: Json; isOver: boolean; isPartial: boolean } {
  const { type, data } = body;
  const payload = asObject(data);
  if (type === NOT_CONNECTED && text(payload.conversation_id) !== undefined) {
    return { payload: notConnected(body, payload), isOver: true, isPartial: false };
  }
  if (typeof type !== 'string' || !AFTER_THE_END.test(type)) {
    return { payload: body, isOver: false, isPartial: false };
  }
  const isOver = payload.status === undefined || payload.status === null;
  return { payload, isOver, isPartial: type === SPANS_ONLY };
}

/**
 * A call that was never connected, as the document of a conversation that failed. Of what the carrier told nothing is
 * taken: it is the numbers and the places of both ends.
 */
function notConnected(
  { event_timestamp: stamp }: Json,
  { conversation_id, agent_id, failure_reason }: Json,
): Json {
  return {
    ...{ conversation_id, agent_id, status: 'failed', transcript: [] },
    metadata: {
      start_time_unix_secs: eventSeconds(stamp),
      call_duration_secs: 0,
      termination_reason: REASONS.find((reason) => reason === failure_reason) ?? 'not_connected',
    },
  };
}

/** An open set; others could be anybody's words. */
const REASONS = ['busy', 'no-answer'];

/** `event_timestamp`, unix seconds: documented as text, and a number in every example. */
export function eventSeconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : finite(value);
  return number === undefined || number <= 0 ? undefined : number;
}

/** Agents with zero retention keep nothing that could be fetched: only a webhook has it. */
export function keepsNothing(document: Json): boolean {
  const features = asObject(asObject(document.metadata).features_usage);
  return [features.pii_zrm_workspace, features.pii_zrm_agent].some(
    (feature) => feature === true || asObject(feature).used === true || asObject(feature).enabled === true,
  );
}
