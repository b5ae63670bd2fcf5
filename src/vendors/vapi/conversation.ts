import type {
  Attributes,
  Conversation,
  ConversationOutcome,
  Nanos,
  Turn,
  Unplaced,
} from '../../conversation.ts';
import { FIRST_MOMENT, later, measured } from '../../time/nanos.ts';
import { derivedTraceId } from '../../trace/ids.ts';
import { findTraceparent } from '../exchange.ts';
import type { VapiPayload } from './payload.ts';
import { endReason, type VapiEndReason } from './reason.ts';
import { baseOf, type TimedRow, timeRows } from './timeline.ts';
import { makeTurns } from './turns.ts';

/**
 * A Vapi call as a {@link Conversation}. Pure: the same whenever it is fetched.
 * @param seenAt where a call stands that has no time of its own.
 */
export function vapiConversation(payload: VapiPayload, id: string, seenAt: Nanos | undefined): Conversation {
  const { agent, cost, analysis, language } = payload;
  const duration = lengthBetween(payload.startedAt, payload.endedAt);
  // An end that lies before the begin, or days behind it, is none.
  const told = payload.startedAt === undefined || duration !== undefined ? payload.endedAt : undefined;
  const start = payload.startedAt ?? firstTime(payload) ?? seenAt ?? FIRST_MOMENT;
  const rows = timeRows(payload.rows, { start, end: told });
  const end = later(start, told ?? lastEnd(rows) ?? start);
  const reason = endReason(payload.endedReason);
  const { turns, unplaced } = makeTurns(rows, payload, {
    ...{ start, end },
    endIsHeard: told !== undefined && reason?.answers !== true,
  });
  const link = findTraceparent(payload.traceparent);
  const whole: Unplaced = { ...unplaced, usage: cost.usage };
  const isTold = whole.waits.length + whole.phases.length + whole.usage.length > 0;
  const direction = directionOf(payload.type);
  return {
    provider: 'vapi',
    server: 'api.vapi.ai',
    // Only where a failure is told: that none is told says nothing.
    knowsToolErrors: turns.some(({ tools }) => tools.some(({ error }) => error !== undefined)),
    id,
    traceId: derivedTraceId('vapi', id),
    agent,
    start,
    end,
    timing: duration === undefined ? 'derived' : 'measured',
    outcome: outcomeOf(payload, turns, reason),
    failed: reason?.failure ?? false,
    textOnly: payload.textOnly,
    turns,
    events: [],
    evaluations: analysis.evaluations,
    totals: cost.totals,
    instructions: payload.instructions,
    vendor: vendorAttributes(payload, reason),
    ...(isTold ? { unplaced: whole } : {}),
    ...(duration === undefined ? {} : { duration }),
    ...(reason === undefined ? {} : { endReason: reason.name }),
    ...(language === undefined ? {} : { language }),
    ...(direction === undefined ? {} : { direction }),
    ...(link === undefined ? {} : { link }),
    ...(analysis.dataCollection === undefined ? {} : { dataCollection: analysis.dataCollection }),
  };
}

/** Where nothing tells when it began: by its words, for it may have been created days before; else by its creation. */
function firstTime({ rows, createdAt }: VapiPayload): Nanos | undefined {
  const first = baseOf(rows) ?? rows.find(({ time }) => time !== undefined)?.time;
  return first === undefined || (createdAt !== undefined && first < createdAt) ? createdAt : first;
}

function lastEnd(rows: readonly TimedRow[]): Nanos | undefined {
  const ends = rows.filter(({ timed }) => timed).map(({ start, end }) => later(start, end));
  return ends.length === 0 ? undefined : ends.reduce(later);
}

function lengthBetween(one: Nanos | undefined, other: Nanos | undefined): Nanos | undefined {
  return one === undefined || other === undefined ? undefined : measured(other - one);
}

function directionOf(type: string | undefined): Conversation['direction'] {
  if (type === 'inboundPhoneCall') return 'inbound';
  return type === 'outboundPhoneCall' ? 'outbound' : undefined;
}

function outcomeOf(
  payload: VapiPayload,
  turns: readonly Turn[],
  reason: VapiEndReason | undefined,
): ConversationOutcome {
  if (reason?.failure) return 'failed';
  const userSpoke = turns.some((turn) => turn.speaker === 'user' && turn.speaks);
  // With zero retention nothing of it is kept, but how long somebody waited.
  const wasAnswered = payload.rows.length === 0 && payload.performance.latencies.length > 0;
  const isSilent = payload.hasRows || !payload.hasStarted;
  if (!userSpoke && !wasAnswered && isSilent) return 'no_user';
  if (reason?.name === 'exceeded-max-duration') return 'time_limit';
  return reason?.known ? 'completed' : 'unknown';
}

const TYPES: ReadonlySet<string> = new Set([
  'inboundPhoneCall',
  'outboundPhoneCall',
  'webCall',
  'vapi.websocketCall',
]);
const CARRIERS: ReadonlySet<string> = new Set(['twilio', 'vonage', 'vapi', 'telnyx']);

function vendorAttributes(payload: VapiPayload, reason: VapiEndReason | undefined): Conversation['vendor'] {
  const plain: Attributes = {};
  const content: Attributes = {};
  const put = (key: string, value: string | undefined, isPlain: boolean) => {
    if (value !== undefined) (isPlain ? plain : content)[key] = value;
  };
  const { type, phoneCallProvider: carrier } = payload;
  put('vapi.ended_reason', reason?.text, reason?.known ?? false);
  put('vapi.type', type, type !== undefined && TYPES.has(type));
  put('vapi.phone_call_provider', carrier, carrier !== undefined && CARRIERS.has(carrier));
  put('vapi.squad_id', payload.squadId, true);
  put('vapi.ended_message', payload.endedMessage, false);
  put('vapi.call_name', payload.name, false);
  put('vapi.analysis.summary', payload.analysis.summary, false);
  return { plain, content };
}
