import type {
  Attributes,
  Conversation,
  ConversationEvent,
  ConversationOutcome,
  Evaluation,
  Nanos,
  Turn,
} from '../../conversation.ts';
import { canonicalJson, compareText } from '../../json/canonical.ts';
import { finite } from '../../json/reading.ts';
import { FIRST_MOMENT, later, within } from '../../time/nanos.ts';
import { derivedTraceId } from '../../trace/ids.ts';
import { neverExported, redactValue } from '../../trace/redaction.ts';
import { findTraceparent } from '../exchange.ts';
import { type Analysis, lengthBetween, type RetellPayload } from './payload.ts';
import { endReason, type RetellEndReason } from './reason.ts';
import { type PlacedHappening, timelineOf } from './timeline.ts';
import { makeTurns } from './turns.ts';
import { NO_WAITS, waitsOf } from './waits.ts';

/**
 * A Retell call as a {@link Conversation}. Pure: the same whenever it is fetched.
 * @param seenAt where a call stands that has no time of its own.
 */
export function retellConversation(
  payload: RetellPayload,
  id: string,
  seenAt: Nanos | undefined,
): Conversation {
  const { rows = [], analysis } = payload;
  const reason = endReason(payload.reason);
  const told = whenOf(payload);
  const start = told.start ?? seenAt ?? payload.sentAt ?? FIRST_MOMENT;
  const timeline = timelineOf(rows, start);
  const end = later(start, told.end ?? timeline.end ?? start);
  const textOnly = /chat/i.test(payload.type ?? '');
  // Of what is typed nobody knows when it was finished, and nobody listens for an answer.
  const waits = textOnly ? NO_WAITS : waitsOf(timeline.entries, payload.latency, { start, end });
  const turns = makeTurns(timeline.entries, waits, {
    ...{ start, end, agent: payload.agent, textOnly },
    endIsHeard: told.end !== undefined && reason?.answers !== true,
  });
  const failed = (reason?.failure ?? false) || payload.status === 'error';
  const link = findTraceparent(payload.traceparent);
  return {
    provider: 'retell',
    server: 'api.retellai.com',
    knowsToolErrors: rows.every((row) => row.kind !== 'result' || row.successful !== undefined),
    id,
    traceId: derivedTraceId('retell', id),
    agent: payload.agent,
    start,
    end,
    timing: told.timing,
    outcome: outcomeOf(turns, payload, reason, failed),
    failed,
    textOnly,
    turns,
    events: eventsOf(timeline.happenings, start, end),
    // Of a call that never was there is nothing to judge.
    evaluations: payload.status === 'not_connected' ? [] : evaluationsOf(analysis),
    totals: payload.cost === undefined ? {} : { costUsd: payload.cost },
    instructions: [],
    vendor: vendorAttributes(payload, reason),
    ...(told.duration === undefined ? {} : { duration: told.duration }),
    ...(reason === undefined ? {} : { endReason: reason.name }),
    ...(payload.direction === undefined ? {} : { direction: payload.direction }),
    ...(waits.unplaced === undefined ? {} : { unplaced: waits.unplaced }),
    ...(link === undefined ? {} : { link }),
    ...collection(analysis),
  };
}

interface When {
  readonly start: Nanos | undefined;
  readonly end: Nanos | undefined;
  readonly duration: Nanos | undefined;
  readonly timing: Conversation['timing'];
}

/** When a call was, as far as it is told: what only one of begin and end tells, its length or its words complete. */
function whenOf({ start, end, duration, rows = [] }: RetellPayload): When {
  if (start === undefined) {
    if (end === undefined) return { start, end, duration: undefined, timing: 'estimated' };
    const length = duration ?? timelineOf(rows, 0n).end ?? 0n;
    return { start: end - length, end, duration, timing: 'derived' };
  }
  const length = lengthBetween(start, end);
  if (length !== undefined) return { start, end, duration: length, timing: 'measured' };
  // Without an end that can be one. A duration of nothing is that of a call that has none.
  return { start, end: duration ? start + duration : undefined, duration, timing: 'derived' };
}

function outcomeOf(
  turns: readonly Turn[],
  { rows, status }: RetellPayload,
  reason: RetellEndReason | undefined,
  failed: boolean,
): ConversationOutcome {
  if (failed) return 'failed';
  const userSpoke = turns.some((turn) => turn.speaker === 'user' && turn.speaks);
  // An empty transcript says that nobody spoke; none says nothing.
  if (!userSpoke && (rows !== undefined || status === 'not_connected')) return 'no_user';
  if (reason?.name === 'max_duration_reached') return 'time_limit';
  return reason?.known ? 'completed' : 'unknown';
}

function evaluationsOf(analysis: Analysis | undefined): Evaluation[] {
  if (analysis?.successful === undefined) return [];
  return [{ name: 'call_successful', label: analysis.successful ? 'success' : 'failure' }];
}

function collection(analysis: Analysis | undefined): Pick<Conversation, 'dataCollection'> {
  const results = Object.values(analysis?.custom ?? {});
  if (results.length === 0) return {};
  const filled = results.filter((value) => value !== null && value !== undefined && value !== '');
  return { dataCollection: { results: results.length, filled: filled.length } };
}

const SENTIMENTS = ['Negative', 'Positive', 'Neutral', 'Unknown'];
const STORAGES = ['everything', 'everything_except_pii', 'basic_attributes_only'];
const CALL_TYPES = ['web_call', 'phone_call'];

function vendorAttributes(
  payload: RetellPayload,
  reason: RetellEndReason | undefined,
): Conversation['vendor'] {
  const { analysis, storage, tokens, type, status } = payload;
  const plain: Attributes = {};
  const content: Attributes = {};
  const closed = (key: string, value: string | undefined, known: readonly string[]) => {
    if (value !== undefined) (known.includes(value) ? plain : content)[`retell.${key}`] = value;
  };
  closed('call_type', type, CALL_TYPES);
  closed('call_status', status, ['registered', 'not_connected', 'ongoing', 'ended', 'error']);
  closed('data_storage_setting', storage, STORAGES);
  closed('user_sentiment', analysis?.sentiment, SENTIMENTS);
  if (analysis?.voicemail !== undefined) plain['retell.in_voicemail'] = analysis.voicemail;
  if (tokens !== undefined) plain['retell.llm_tokens'] = tokens;
  for (const [name, usd] of payload.products) plain[`retell.cost.${name}.usd`] = usd;
  if (reason) (reason.known ? plain : content)['retell.disconnection_reason'] = reason.text;
  if (analysis?.summary) content['retell.call_summary'] = analysis.summary;
  if (payload.metadata != null) content['retell.metadata'] = asText(payload.metadata);
  const custom = Object.entries(analysis?.custom ?? {}).sort(([one], [other]) => compareText(one, other));
  for (const [key, value] of custom) {
    if (neverExported(key) || value == null) continue;
    content[`retell.custom_analysis_data.${key}`] = plainly(value);
  }
  return { plain, content };
}

/** What is neither speech nor a call, each at its own time or after what stands before it. */
function eventsOf(happenings: readonly PlacedHappening[], start: Nanos, end: Nanos): ConversationEvent[] {
  const seen = new Map<string, number>();
  return happenings.map((happening): ConversationEvent => {
    const time = happening.at === undefined ? undefined : happening.start;
    const moment = `${happening.type} ${time ?? ''}`;
    const count = seen.get(moment) ?? 0;
    seen.set(moment, count + 1);
    return {
      type: happening.type,
      at: within(happening.start, start, end),
      key: time === undefined ? String(count) : `${time}${count === 0 ? '' : `.${count}`}`,
      vendor: { plain: { 'retell.event_type': happening.type }, content: fieldAttributes(happening) },
      ...(time === undefined ? {} : { time }),
    };
  });
}

function fieldAttributes({ fields }: PlacedHappening): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(fields).sort(([one], [other]) => compareText(one, other))) {
    if (key === 'role' || key === 'time_sec' || key === 'words' || neverExported(key) || value == null)
      continue;
    attributes[`retell.event.${key}`] = plainly(value);
  }
  return attributes;
}

function plainly(value: unknown): Attributes[string] {
  return typeof value === 'boolean' ? value : (finite(value) ?? asText(value));
}

/** Texts as they are; anything else as JSON that does not depend on the order of its keys. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(redactValue(value, []));
}
