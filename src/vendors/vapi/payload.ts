import type { Agent, Nanos } from '../../conversation.ts';
import { asObject, firstText, isObject, type Json, mendJson, objects, text } from '../../json/reading.ts';
import { unixMillis } from '../../time/nanos.ts';
import { privateTexts } from '../private-texts.ts';
import { readAnalysis, type VapiAnalysis } from './analysis.ts';
import { readCost, type VapiCost } from './cost.ts';
import { isoMoment } from './moments.ts';
import { type Performance, readPerformance } from './performance.ts';
import { readRows, type VapiRow } from './rows.ts';

/** A call as `GET /call`, `GET /call/{id}` and the end-of-call report have it. Nothing in it is required. */
export interface VapiPayload {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly status: string | undefined;
  /** It was held, be it that nobody can read when. */
  readonly hasStarted: boolean;
  readonly hasEnded: boolean;
  readonly endedReason: string | undefined;
  readonly endedMessage: string | undefined;
  readonly name: string | undefined;
  readonly createdAt: Nanos | undefined;
  /** The last change, which may be long after the end. */
  readonly updatedAt: Nanos | undefined;
  readonly startedAt: Nanos | undefined;
  readonly endedAt: Nanos | undefined;
  readonly agent: Agent;
  /** Every assistant of a squad that took part, by id. */
  readonly assistants: ReadonlyMap<string, Agent>;
  readonly phoneCallProvider: string | undefined;
  readonly squadId: string | undefined;
  /** Whether there was a list of messages, be it an empty one: with zero retention there is none. */
  readonly hasRows: boolean;
  readonly rows: readonly VapiRow[];
  readonly instructions: readonly string[];
  readonly language: string | undefined;
  readonly textOnly: boolean;
  readonly performance: Performance;
  readonly cost: VapiCost;
  readonly analysis: VapiAnalysis;
  readonly traceparent: string | undefined;
  readonly keepsNothing: boolean;
  readonly privateTexts: readonly string[];
  readonly drift: readonly string[];
}

const ONGOING: ReadonlySet<string> = new Set(['scheduled', 'queued', 'ringing', 'in-progress', 'forwarding']);
const TERMINAL: ReadonlySet<string> = new Set(['ended', 'not-found', 'deletion-failed']);
const SPOKEN: ReadonlySet<string> = new Set(['messages', 'messagesOpenAIFormatted', 'transcript']);
export const REPORT = 'end-of-call-report';

/** Reads a payload; what cannot be read is absent and, where it matters, named in `drift`. @throws TooLargeError */
export function readVapi(body: unknown): VapiPayload {
  const call = unwrapped(asObject(mendJson(body)));
  const artifact = asObject(call.artifact);
  const assistant = asObject(call.assistant);
  const messages = [artifact.messages, call.messages].find((list) => Array.isArray(list) && list.length > 0);
  const { rows, instructions, language, drift } = readRows(messages);
  const performance = readPerformance(artifact.performanceMetrics);
  const assistants = assistantsOf(artifact);
  const status = text(call.status);
  return {
    id: text(call.id),
    type: text(call.type),
    status,
    hasStarted: call.startedAt !== undefined && call.startedAt !== null,
    hasEnded: hasEnded(call, status),
    endedReason: text(call.endedReason),
    endedMessage: text(call.endedMessage),
    name: text(call.name),
    createdAt: isoMoment(call.createdAt),
    updatedAt: isoMoment(call.updatedAt),
    startedAt: isoMoment(call.startedAt),
    endedAt: isoMoment(call.endedAt),
    agent: agentOf(call, assistant, assistants),
    assistants,
    phoneCallProvider: text(call.phoneCallProvider),
    squadId: text(call.squadId),
    hasRows: Array.isArray(artifact.messages) || Array.isArray(call.messages),
    ...{ rows, instructions, language, performance },
    textOnly: isTyped(asObject(call.costBreakdown), text(call.type)),
    cost: readCost(call),
    analysis: readAnalysis(call, artifact),
    traceparent: traceparentOf(call, artifact),
    keepsNothing: keepsNothing(call),
    privateTexts: privateTexts(call, SPOKEN),
    drift: [...drift, ...performance.drift, ...driftOf(call, artifact, status)],
  };
}

/** Whether a report, or a call, says of itself that the vendor keeps none of it. */
export function keepsNothing(message: Json): boolean {
  const places = [
    message.compliance,
    asObject(message.call).compliance,
    asObject(message.assistant).compliancePlan,
  ];
  return places.some((place) =>
    Object.entries(asObject(place)).some(
      ([key, value]) => value === true && /^(?:is)?(?:zdr|zero_?(?:data_?)?retention)/i.test(key),
    ),
  );
}

/** The report of a webhook holds the call as it was, and beside it what has become of it. */
function unwrapped(body: Json): Json {
  if (!isObject(body.message)) return body;
  const { type, call, timestamp, ...beside } = body.message;
  const known = Object.entries(beside).filter(([, value]) => value != null);
  const merged = { ...asObject(call), ...Object.fromEntries(known) };
  if (type !== REPORT) return merged;
  const moment = unixMillis(timestamp);
  const sent = moment === undefined ? undefined : new Date(Number(moment / 1_000_000n)).toISOString();
  return { ...merged, status: 'ended', endedAt: merged.endedAt ?? sent };
}

/** Also where the status is one that nobody knows, and where nobody can read when. */
export function hasEnded(call: Json, status: string | undefined): boolean {
  if (status !== undefined && TERMINAL.has(status)) return true;
  return (status === undefined || !ONGOING.has(status)) && call.endedAt != null && call.endedAt !== '';
}

function assistantsOf(artifact: Json): ReadonlyMap<string, Agent> {
  const assistants = new Map<string, Agent>();
  for (const activation of objects(artifact.assistantActivations)) {
    const id = text(activation.assistantId);
    const name = text(activation.assistantName);
    const version = versionOf(activation.assistantVersion);
    if (id === undefined || assistants.has(id)) continue;
    assistants.set(id, {
      id,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
    });
  }
  return assistants;
}

function agentOf(call: Json, assistant: Json, assistants: ReadonlyMap<string, Agent>): Agent {
  const own = firstText(call, 'assistantId');
  const [first] = assistants.values();
  if (own === undefined && first !== undefined) return first;
  const id = own ?? firstText(call, 'squadId', 'workflowId');
  const name = text(assistant.name) ?? (own === undefined ? undefined : assistants.get(own)?.name);
  const version = versionOf(call.assistantVersion);
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
  };
}

function versionOf(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : text(value);
}

/** Everybody by whose id a call may be asked for: it may be held by several, one after the other. */
export function agentIdsOf(call: Json): string[] {
  const fields = [call.assistantId, call.squadId, call.workflowId].flatMap((id) => text(id) ?? []);
  return [...new Set([...fields, ...assistantsOf(asObject(call.artifact)).keys()])];
}

/** Nothing was heard and nothing spoken: a chat is billed as one. */
function isTyped(breakdown: Json, type: string | undefined): boolean {
  if (type !== undefined && /chat/i.test(type)) return true;
  const costs = (name: string) => typeof breakdown[name] === 'number' && breakdown[name] > 0;
  return costs('chat') && !costs('stt') && !costs('tts');
}

/** Where an application can leave one: among the variables that it starts the call with. */
function traceparentOf(call: Json, artifact: Json): string | undefined {
  const places = [artifact.variableValues, asObject(call.assistantOverrides).variableValues, call.metadata];
  for (const place of places) {
    const found = text(asObject(place).traceparent);
    if (found !== undefined) return found;
  }
  return undefined;
}

function driftOf(call: Json, artifact: Json, status: string | undefined): string[] {
  const { messages } = artifact;
  return [
    ...(isoMoment(call.createdAt) === undefined ? ['missing createdAt'] : []),
    ...(status === undefined || ONGOING.has(status) || TERMINAL.has(status) ? [] : [`status ${status}`]),
    ...(messages == null || Array.isArray(messages) ? [] : ['messages is not a list']),
  ];
}
