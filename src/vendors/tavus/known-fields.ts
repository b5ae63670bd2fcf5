import type { KnownFields } from '../vendor.ts';
import { TAVUS_KEYS } from './known-keys.ts';

const INTERNAL = 'internal error occurred at step';

/** What of a Tavus payload can be shown to anybody. */
export const TAVUS_FIELDS: KnownFields = {
  keys: (name) => TAVUS_KEYS.has(name),
  ids: new Set([
    'conversation_id',
    'replica_id',
    'face_id',
    'persona_id',
    'pal_id',
    'inference_id',
    'tool_call_id',
    'id',
    'event_type',
  ]),
  timing: (field) => /^(?:timestamp|created_at|updated_at|seconds_from_start|duration)$/.test(field),
  enumerations: {
    role: ['user', 'assistant', 'system', 'tool', 'replica', 'pal'],
    status: ['active', 'ended', 'success', 'error'],
    type: ['function', 'text'],
    message_type: ['system', 'application'],
    shutdown_reason: reasons(),
    reason: [...reasons(), 'no_vision_history'],
    storage_provider: ['s3', 'gcs', 'azure_blob'],
  },
  namedByUser: new Set(),
  spanNames: new Set(),
  vendorSpans: new Set(),
  vendorTools: new Set(),
  spanPrefixes: [],
  attributes: () => false,
  attributeKeys: new Set(),
  attributePrefixes: [],
  // The step that follows may be anything, the rest is documented.
  form: (text) => (text.startsWith(INTERNAL) ? `${INTERNAL} x` : undefined),
};

function reasons(): string[] {
  const known = [
    'max_call_duration',
    'participant_left_timeout',
    'participant_absent_timeout',
    'bot_could_not_join_meeting_it_was_probably_ended',
    'daily_room_has_been_deleted',
    'exception_encountered_during_conversation_startup',
    'end_conversation_endpoint_hit',
  ];
  return [...known, ...known.map((reason) => `${reason} reached`)];
}
