import type { Nanos } from '../../conversation.ts';
import { canonicalJson, compareText } from '../../json/canonical.ts';
import { asObject, firstText, type Json, mendJson, objects, text } from '../../json/reading.ts';
import { isoToNanos, measuredSeconds, unixSeconds } from '../../time/nanos.ts';
import { checkParts } from '../../trace/bounds.ts';

/**
 * `GET /v2/conversations/{id}?verbose=true` as callspan reads it. Nothing in it is required: names changed
 * (replica → face, persona → pal), stamps come as ISO text or as epoch seconds, and the order of events means
 * nothing, so they are sorted here once.
 */
export interface TavusPayload {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly status: string | undefined;
  readonly palId: string | undefined;
  readonly faceId: string | undefined;
  readonly createdAt: Nanos | undefined;
  readonly shutdownReason: string | undefined;
  /** The room and where events are sent, which may have secrets in them: never let out, wherever they are repeated. */
  readonly privateUrls: readonly string[];
  /** By time, then type, then properties; identical ones once. Those without a time come last. */
  readonly events: readonly TavusEvent[];
  readonly drift: readonly string[];
}

export interface TavusEvent {
  readonly type: string;
  readonly time: Nanos | undefined;
  readonly properties: Json;
}

export interface TranscriptEntry {
  readonly role: 'user' | 'agent' | 'system' | 'tool';
  readonly content: string | undefined;
  readonly timestamp: Nanos | undefined;
  /** `seconds_from_start`. */
  readonly offset: Nanos | undefined;
  readonly duration: Nanos | undefined;
  readonly inferenceId: string | undefined;
  readonly toolCalls: readonly ToolCall[];
  /** Of a `tool` entry: the call that it answers. */
  readonly toolCallId: string | undefined;
}

export interface ToolCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly arguments: string | undefined;
}

export const JOINED = ['system.replica_joined', 'system.pal_joined'];
export const SHUTDOWN = 'system.shutdown';
export const TRANSCRIPT = 'application.transcription_ready';
export const PERCEPTION = ['application.perception_analysis', 'application.perception_unavailable'];

const KNOWN_EVENTS = new Set([
  ...JOINED,
  SHUTDOWN,
  TRANSCRIPT,
  ...PERCEPTION,
  'application.recording_ready',
  'application.recording_copy_failed',
  'application.post_call_action_executed',
  'application.memory_consolidation',
  'application.raven_memory_evidence',
  'application.perception_tool_call',
]);

/** Reads a payload; what cannot be read is absent and, where it matters, named in `drift`. */
export function readTavus(body: unknown): TavusPayload {
  const payload = asObject(mendJson(body));
  const events = readEvents(payload.events);
  const createdAt = moment(payload.created_at);
  const unknown = events
    .filter((event) => !KNOWN_EVENTS.has(event.type))
    .map((event) => `event ${event.type}`);
  return {
    id: text(payload.conversation_id),
    name: text(payload.conversation_name),
    status: text(payload.status),
    palId: firstText(payload, 'pal_id', 'persona_id'),
    faceId: firstText(payload, 'face_id', 'replica_id'),
    createdAt,
    shutdownReason: text(payload.shutdown_reason),
    privateUrls: privateUrls(payload),
    events,
    drift: [
      ...new Set(unknown),
      ...(createdAt === undefined ? ['missing created_at'] : []),
      ...(Array.isArray(payload.events) || payload.events == null ? [] : ['events is not a list']),
    ],
  };
}

function privateUrls(payload: Json): string[] {
  const fields = [
    payload.conversation_url,
    payload.callback_url,
    ...objects(payload.events).flatMap((event) => [event.webhook_url, event.callback_url]),
  ];
  // Shorter ones are no addresses, and would be found in every other word.
  return [...new Set(fields.flatMap((field) => text(field)?.trim() ?? []))].filter((url) => url.length >= 8);
}

function readEvents(value: unknown): TavusEvent[] {
  if (Array.isArray(value)) checkParts(value.length, 'events');
  const events = objects(value).flatMap((event) => {
    const type = text(event.event_type);
    if (type === undefined) return [];
    return [{ type, time: moment(event.timestamp), properties: asObject(event.properties) }];
  });
  // The canonical text of a transcript is long, so it is made only where time and type leave a tie.
  const texts = new Map<TavusEvent, string>();
  const textOf = (event: TavusEvent) => {
    const known = texts.get(event) ?? canonicalJson(event.properties);
    texts.set(event, known);
    return known;
  };
  const compare = (one: TavusEvent, other: TavusEvent) =>
    compareTimes(one.time, other.time) ||
    compareText(one.type, other.type) ||
    compareText(textOf(one), textOf(other));
  return events.sort(compare).filter((event, index) => {
    const before = events[index - 1];
    return before === undefined || compare(before, event) !== 0;
  });
}

function compareTimes(one: Nanos | undefined, other: Nanos | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  return one < other ? -1 : 1;
}

/** The transcript of an `application.transcription_ready`, in its own order: that is its meaning. */
export function readTranscript(event: TavusEvent): TranscriptEntry[] {
  const transcript = objects(event.properties.transcript);
  checkParts(transcript.length, 'transcript entries');
  const calls = transcript.reduce((sum, entry) => sum + objects(entry.tool_calls).length, 0);
  checkParts(calls, 'tool calls');
  return transcript.flatMap((entry) => {
    const role = readRole(entry.role);
    if (role === undefined) return [];
    return [
      {
        role,
        content: readContent(entry.content),
        timestamp: moment(entry.timestamp),
        offset: measuredSeconds(entry.seconds_from_start),
        duration: measuredSeconds(entry.duration),
        inferenceId: text(entry.inference_id),
        toolCalls: objects(entry.tool_calls).flatMap(readToolCall),
        toolCallId: text(entry.tool_call_id),
      },
    ];
  });
}

function readRole(role: unknown): TranscriptEntry['role'] | undefined {
  switch (role) {
    case 'user':
    case 'system':
    case 'tool':
      return role;
    // `assistant` on the wire; the data channel's names are accepted too.
    case 'assistant':
    case 'replica':
    case 'pal':
      return 'agent';
    default:
      return undefined;
  }
}

/** Text, or OpenAI's list of text parts; anything else was not said. */
function readContent(content: unknown): string | undefined {
  const parts = Array.isArray(content)
    ? objects(content).flatMap((part) => text(part.text) ?? [])
    : [content];
  const said = parts.filter((part) => typeof part === 'string').join('');
  return said.trim() === '' ? undefined : said;
}

function readToolCall(call: Json): ToolCall[] {
  const called = { ...call, ...asObject(call.function) };
  const name = text(called.name);
  if (name === undefined) return [];
  const args = called.arguments;
  return [{ id: text(call.id), name, arguments: args == null ? undefined : asText(args) }];
}

/** Texts as they are; anything else as JSON that does not depend on the order of its keys. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** ISO 8601 with or without a zone, or epoch seconds. */
function moment(value: unknown): Nanos | undefined {
  if (typeof value === 'string') return isoToNanos(value);
  return unixSeconds(value);
}
