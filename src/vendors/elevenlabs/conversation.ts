import type {
  Agent,
  Conversation,
  ConversationOutcome,
  Evaluation,
  Nanos,
  Timing,
  Totals,
  Turn,
} from '../../conversation.ts';
import { sortCanonically } from '../../json/canonical.ts';
import { asObject, finite, isObject, objects, text } from '../../json/reading.ts';
import { later } from '../../time/nanos.ts';
import { derivedTraceId } from '../../trace/ids.ts';
import { findTraceparent, hasWords } from '../exchange.ts';
import { ATTRIBUTE } from './attributes.ts';
import type { Joined } from './join.ts';
import { type ElevenLabsPayload, lastingSeconds } from './payload.ts';
import { type End, endOf } from './reason.ts';
import {
  attributeNumber,
  attributeText,
  type ElevenLabsNode,
  readAttributes,
  type VendorSpan,
  valueIn,
} from './span.ts';
import type { TreeFrame } from './tree.ts';
import { makeTurns } from './turns.ts';

/** Both halves of an ElevenLabs response as a {@link Conversation}. Pure. */
export function elevenLabsConversation(
  payload: ElevenLabsPayload,
  id: string,
  root: ElevenLabsNode,
  joined: Joined,
  spans: readonly VendorSpan[],
): Conversation {
  const { start, end } = root;
  const agent = agentOf(payload, root);
  const turns = makeTurns(joined, { start, end, agent, isTyped: payload.textOnly });
  const ended = endOf(
    payload.terminationReason ?? attributeText(root.vendor, ATTRIBUTE.TERMINATION_REASON),
    payload.error,
  );
  const duration = sessionLength(root.vendor) ?? payload.duration;
  const language = languageCode(payload.language);
  const link =
    findTraceparent(text(payload.dynamicVariables.traceparent)) ??
    findTraceparent(attributeText(root.vendor, ATTRIBUTE.TRACEPARENT));
  const collected = dataCollection(payload);
  return {
    provider: 'elevenlabs',
    server: 'api.elevenlabs.io',
    knowsToolErrors: true,
    id,
    traceId: traceIdOf(root, spans) ?? derivedTraceId('elevenlabs', id),
    agent,
    start,
    end,
    timing: timingOf(payload, root),
    outcome: outcomeOf(payload, root, turns, ended),
    failed: false,
    textOnly: payload.textOnly,
    turns,
    events: [],
    evaluations: evaluationsOf(payload),
    totals: totalsOf(payload, root, turns),
    instructions: [],
    vendor: { plain: {}, content: {} },
    ...(duration === undefined ? {} : { duration }),
    ...(ended.reason === undefined ? {} : { endReason: ended.reason }),
    ...(language === undefined ? {} : { language }),
    ...(payload.direction === undefined ? {} : { direction: payload.direction }),
    ...(payload.queueWait === undefined ? {} : { queueWait: payload.queueWait }),
    ...(link === undefined ? {} : { link }),
    ...(collected === undefined ? {} : { dataCollection: collected }),
    ...(payload.lacksTranscript ? { missing: 'transcript' } : {}),
  };
}

/** By the vendor's own span, or by its metadata. */
function timingOf({ start, duration }: ElevenLabsPayload, root: ElevenLabsNode): Timing {
  if (root.vendor !== undefined && !root.vendor.made) return 'measured';
  if (root.vendor !== undefined && start === undefined) return 'estimated';
  return start !== undefined && duration !== undefined ? 'measured' : 'derived';
}

/** The vendor's own is stable per conversation: the root's, else the least valid one. */
function traceIdOf(root: ElevenLabsNode, spans: readonly VendorSpan[]): string | undefined {
  return (
    root.vendor?.traceId ??
    spans.reduce<string | undefined>(
      (least, { traceId }) =>
        traceId !== undefined && (least === undefined || traceId < least) ? traceId : least,
      undefined,
    )
  );
}

function agentOf(payload: ElevenLabsPayload, root: ElevenLabsNode): Agent {
  const resource = readAttributes(root.vendor?.group.resource.attributes);
  const id =
    payload.agentId ??
    attributeText(root.vendor, ATTRIBUTE.AGENT_ID) ??
    text(valueIn(resource, ATTRIBUTE.AGENT_ID)?.stringValue);
  const version =
    payload.versionId ??
    attributeText(root.vendor, ATTRIBUTE.VERSION_ID) ??
    payload.branchId ??
    attributeText(root.vendor, ATTRIBUTE.BRANCH_ID);
  return {
    ...(id === undefined ? {} : { id }),
    ...(payload.agentName === undefined ? {} : { name: payload.agentName }),
    ...(version === undefined ? {} : { version }),
  };
}

function outcomeOf(
  payload: ElevenLabsPayload,
  root: ElevenLabsNode,
  turns: readonly Turn[],
  { reason, failed }: End,
): ConversationOutcome {
  const status = payload.status ?? attributeText(root.vendor, ATTRIBUTE.STATUS);
  if (status === 'failed' || failed) return 'failed';
  const hasTranscript = payload.hasTranscript || turns.length > 0;
  const userSpoke =
    turns.some((turn) => turn.speaker === 'user' && turn.speaks) ||
    payload.rows.some((row) => row.role === 'user' && !row.backchannel && hasWords(row.message));
  if (hasTranscript && !userSpoke) return 'no_user';
  if (reason === 'time_limit') return 'time_limit';
  return status === 'done' ? 'completed' : 'unknown';
}

/** As its own span says it, in milliseconds. */
function sessionLength(span: VendorSpan | undefined): Nanos | undefined {
  const millis = attributeNumber(span, ATTRIBUTE.SESSION_DURATION_MS);
  return millis === undefined ? undefined : lastingSeconds(millis / 1000);
}

/** BCP 47 in the form that vendors use; anything else could be anything. */
function languageCode(language: string | undefined): string | undefined {
  return language !== undefined && /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$/.test(language)
    ? language
    : undefined;
}

function totalsOf(payload: ElevenLabsPayload, root: ElevenLabsNode, turns: readonly Turn[]): Totals {
  const cost = payload.costFiat ?? finite(attributeNumber(root.vendor, ATTRIBUTE.COST_FIAT));
  const llmCost = payload.llmPrice ?? sum(turns.map((turn) => turn.costUsd));
  const usages = turns.flatMap((turn) => turn.usage);
  const input = sum(usages.map((usage) => usage.input));
  const output = sum(usages.map((usage) => usage.output));
  return {
    ...(cost === undefined || cost < 0 ? {} : { costUsd: cost }),
    ...(llmCost === undefined ? {} : { llmCostUsd: llmCost }),
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(output === undefined ? {} : { outputTokens: output }),
  };
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0
    ? undefined
    : Number(present.reduce((total, value) => total + value, 0).toFixed(12));
}

const LABELS = ['success', 'failure', 'unknown', 'error'];

/** The criteria that the agent's owner defined, and the vendor's verdict on the whole call. */
function evaluationsOf({ analysis }: ElevenLabsPayload): Evaluation[] {
  const listed = [
    ...Object.entries(asObject(analysis.evaluation_criteria_results)),
    ...objects(analysis.evaluation_criteria_results_list).map(
      (result) => [result.criteria_id, result] as const,
    ),
  ];
  const byName = new Map<string, Evaluation>();
  sortCanonically(listed);
  for (const [key, value] of listed) {
    if (!isObject(value)) continue;
    const name = text(value.criteria_id) ?? text(key);
    if (name !== undefined) byName.set(name, evaluation(name, value.result, value.score, value.rationale));
  }
  const criteria = [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  if (text(analysis.call_successful) === undefined) return criteria;
  return [
    ...criteria,
    evaluation('call_successful', analysis.call_successful, analysis.call_success_score, undefined),
  ];
}

function evaluation(name: string, result: unknown, score: unknown, rationale: unknown): Evaluation {
  const number = finite(score);
  const why = text(rationale);
  return {
    name,
    ...(typeof result === 'string' ? { label: LABELS.includes(result) ? result : 'other' } : {}),
    ...(number === undefined ? {} : { score: number }),
    ...(why === undefined ? {} : { explanation: why }),
  };
}

function dataCollection({ analysis }: ElevenLabsPayload): Conversation['dataCollection'] {
  const byId = Object.values(asObject(analysis.data_collection_results)).filter(isObject);
  const results = byId.length > 0 ? byId : objects(analysis.data_collection_results_list);
  if (results.length === 0) return undefined;
  return { results: results.length, filled: results.filter((result) => result.value != null).length };
}

/**
 * Where the conversation lies in time, as far as its metadata and its own spans say.
 * Without OTLP, and without a word of metadata, a conversation has no place in time.
 */
export function conversationFrame(payload: ElevenLabsPayload, spans: readonly VendorSpan[]): TreeFrame {
  const { start, duration } = payload;
  const sessions = spans.flatMap((span) => sessionLength(span) ?? []);
  return {
    start,
    end: start === undefined || duration === undefined ? undefined : start + duration,
    length: sessions.reduce(later, duration ?? 0n),
  };
}
