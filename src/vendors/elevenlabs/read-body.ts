import { asObject, type Json } from '../../json/reading.ts';
import type { Fetched, Reading } from '../vendor.ts';
import { TERMINAL } from './list.ts';
import { readElevenLabs } from './payload.ts';
import { translateElevenLabs } from './translate.ts';

/** What is sent after the end of a conversation, and only then: the spans alone come without a status. */
const AFTER_THE_END = /^post_call_transcription/;

/** What is to be done with a payload, as the API answers it or in the envelope of a webhook. Pure. */
export function readBody(body: unknown, { id, settings }: Pick<Reading, 'id' | 'settings'>): Fetched {
  const { payload: unwrapped, isOver } = unwrap(asObject(body));
  const payload = readElevenLabs(unwrapped);
  if (!isOver && !TERMINAL.includes(payload.status ?? '')) {
    return { kind: 'pending', reason: `status ${payload.status ?? 'missing'}` };
  }
  const translated = translateElevenLabs(payload, id ?? payload.id ?? 'unknown', settings);
  if (translated) return { kind: 'ready', translated };
  return { kind: 'empty', reason: emptyReason(unwrapped) };
}

function unwrap(body: Json): { payload: Json; isOver: boolean } {
  const { type, data } = body;
  if (typeof type !== 'string' || !AFTER_THE_END.test(type)) return { payload: body, isOver: false };
  const payload = asObject(data);
  return { payload, isOver: payload.status === undefined || payload.status === null };
}

/** Agents with zero retention keep nothing that could be fetched: only a webhook would have it. */
function emptyReason(body: Json): string {
  const features = asObject(asObject(body.metadata).features_usage);
  const zeroRetention = [features.pii_zrm_workspace, features.pii_zrm_agent].some(
    (feature) => feature === true || asObject(feature).used === true || asObject(feature).enabled === true,
  );
  if (zeroRetention) return 'the agent keeps nothing (zero retention)';
  return 'neither spans nor a transcript';
}
