import type {
  Agent,
  Attributes,
  Conversation,
  ConversationEvent,
  ConversationOutcome,
  Nanos,
  Turn,
} from '../../conversation.ts';
import { compareText } from '../../json/canonical.ts';
import { finite } from '../../json/reading.ts';
import { FIRST_MOMENT, later, measured, secondsToNanos, within } from '../../time/nanos.ts';
import { derivedTraceId } from '../../trace/ids.ts';
import { neverExported, redactValue } from '../../trace/redaction.ts';
import { findTraceparent } from '../exchange.ts';
import {
  asText,
  JOINED,
  readTranscript,
  SHUTDOWN,
  type TavusEvent,
  type TavusPayload,
  TRANSCRIPT,
  type TranscriptEntry,
} from './payload.ts';
import { endReason, type TavusEndReason } from './reason.ts';
import { timeTranscript } from './transcript.ts';
import { makeTurns } from './turns.ts';

/** A transcript this long after the shutdown comes too late: the trace may have gone out without it. */
export const TRANSCRIPT_PATIENCE: Nanos = secondsToNanos(15 * 60);

/** A Tavus payload as a {@link Conversation}. Pure: the same whenever it is fetched. */
export function tavusConversation(payload: TavusPayload, id: string): Conversation {
  const { events } = payload;
  const times = timesOf(events);
  const joined = events.find((event) => JOINED.includes(event.type) && event.time !== undefined)?.time;
  const shutdown = events.find((event) => event.type === SHUTDOWN);
  const transcript = lastTranscript(events, shutdown?.time);
  const start = payload.createdAt ?? times[0] ?? firstStamp(transcript) ?? FIRST_MOMENT;
  const timed = timeTranscript(transcript, {
    created: start,
    joined,
    shutdown: shutdown?.time,
    lastEvent: timesOf(events.filter(({ type }) => isSystem(type) || type === TRANSCRIPT)).at(-1),
  });
  const lastSystem = timesOf(events.filter(({ type }) => isSystem(type))).at(-1);
  const end = later(start, shutdown?.time ?? timed.end ?? lastSystem ?? start);
  const reason = endReason(shutdown?.properties, payload.shutdownReason);
  const agent = agentOf(payload);
  const turns = makeTurns(timed.entries, {
    start,
    end,
    endIsHeard: shutdown?.time !== undefined && reason?.name !== 'participant_left_timeout',
    agent,
  });
  const link = findTraceparent(payload.name);
  const duration = lengthBetween(payload.createdAt, shutdown?.time);
  return {
    provider: 'tavus',
    server: 'tavusapi.com',
    knowsToolErrors: false,
    id,
    traceId: derivedTraceId('tavus', id),
    agent,
    start,
    end,
    timing: duration === undefined ? 'derived' : 'measured',
    outcome: outcomeOf(turns, reason, {
      transcript: hasTranscript(events, shutdown?.time),
      joined: joined !== undefined,
    }),
    failed: reason?.failure ?? false,
    textOnly: false,
    turns,
    events: makeEvents(events, start, end),
    evaluations: [],
    totals: {},
    instructions: transcript.flatMap(({ role, content }) => (role === 'system' && content ? [content] : [])),
    vendor: vendorAttributes(payload, reason),
    ...(duration === undefined ? {} : { duration }),
    ...(reason === undefined ? {} : { endReason: reason.name }),
    ...(joined === undefined ? {} : { join: join(payload, start, end, joined) }),
    ...(link === undefined ? {} : { link }),
  };
}

/** The last transcript that says anything, of those that came in time. */
function lastTranscript(events: readonly TavusEvent[], shutdown: Nanos | undefined) {
  const transcripts = events
    .filter(({ type, time }) => type === TRANSCRIPT && inTime(time, shutdown))
    .map(readTranscript);
  return transcripts.findLast((entries) => entries.length > 0) ?? [];
}

/** Also an empty one tells that nobody spoke. */
function hasTranscript(events: readonly TavusEvent[], shutdown: Nanos | undefined): boolean {
  return events.some(
    ({ type, time, properties }) =>
      type === TRANSCRIPT && inTime(time, shutdown) && Array.isArray(properties.transcript),
  );
}

/** Where neither the conversation nor an event has a time, its words may have one. */
function firstStamp(transcript: readonly TranscriptEntry[]): Nanos | undefined {
  return transcript.find(({ timestamp }) => timestamp !== undefined)?.timestamp;
}

function inTime(time: Nanos | undefined, shutdown: Nanos | undefined): boolean {
  return time === undefined || shutdown === undefined || time <= shutdown + TRANSCRIPT_PATIENCE;
}

function timesOf(events: readonly TavusEvent[]): Nanos[] {
  return events.flatMap((event) => event.time ?? []);
}

/** What the vendor logs while a conversation goes on; everything else may come long after it. */
function isSystem(type: string): boolean {
  return type.startsWith('system.');
}

function lengthBetween(one: Nanos | undefined, other: Nanos | undefined): Nanos | undefined {
  return one === undefined || other === undefined ? undefined : measured(other - one);
}

function agentOf({ palId, faceId }: TavusPayload): Agent {
  const id = palId ?? faceId;
  return id === undefined ? {} : { id };
}

function join(
  payload: TavusPayload,
  start: Nanos,
  end: Nanos,
  joined: Nanos,
): NonNullable<Conversation['join']> {
  const length = lengthBetween(payload.createdAt, joined);
  return {
    start,
    end: within(joined, start, end),
    timing: length === undefined ? 'derived' : 'measured',
    ...(length === undefined ? {} : { length }),
  };
}

function outcomeOf(
  turns: readonly Turn[],
  reason: TavusEndReason | undefined,
  had: { transcript: boolean; joined: boolean },
): ConversationOutcome {
  if (reason?.failure) return 'failed';
  const userSpoke = turns.some((turn) => turn.speaker === 'user' && turn.speaks);
  const absent = reason?.name === 'participant_absent_timeout';
  if (!userSpoke && (had.transcript || !had.joined || absent)) return 'no_user';
  if (reason?.name === 'max_call_duration') return 'time_limit';
  return reason?.known ? 'completed' : 'unknown';
}

function vendorAttributes(payload: TavusPayload, reason: TavusEndReason | undefined): Conversation['vendor'] {
  const plain: Attributes = {};
  const content: Attributes = {};
  if (payload.palId) plain['tavus.pal_id'] = payload.palId;
  if (payload.faceId) plain['tavus.face_id'] = payload.faceId;
  if (payload.name) content['tavus.conversation_name'] = payload.name;
  if (reason) (reason.known && !reason.freeText ? plain : content)['tavus.shutdown_reason'] = reason.text;
  return { plain, content };
}

/** Everything but joined, shutdown and the transcript, on time or late, as an event of its own. */
function makeEvents(events: readonly TavusEvent[], start: Nanos, end: Nanos): ConversationEvent[] {
  const others = events.filter(
    ({ type }) => !JOINED.includes(type) && type !== SHUTDOWN && type !== TRANSCRIPT,
  );
  const seen = new Map<string, number>();
  return others.map((event): ConversationEvent => {
    const { type, time } = event;
    const moment = `${type.slice(type.lastIndexOf('.') + 1)} ${time ?? ''}`;
    const count = seen.get(moment) ?? 0;
    seen.set(moment, count + 1);
    return {
      type,
      at: time === undefined ? end : within(time, start, end),
      key: time === undefined ? String(count) : `${time}${count === 0 ? '' : `.${count}`}`,
      vendor: { plain: { 'tavus.event_type': type }, content: propertyAttributes(event) },
      ...(time === undefined ? {} : { time }),
    };
  });
}

function propertyAttributes({ properties }: TavusEvent): Attributes {
  const attributes: Attributes = {};
  const entries = Object.entries(properties).sort(([one], [other]) => compareText(one, other));
  for (const [key, value] of entries) {
    if (neverExported(key) || value == null) continue;
    const plain = typeof value === 'boolean' ? value : finite(value);
    attributes[`tavus.properties.${key}`] = plain ?? asText(redactValue(value, []));
  }
  return attributes;
}
