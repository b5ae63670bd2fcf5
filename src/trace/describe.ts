import {
  type Agent,
  type Attributes,
  type AttributeValue,
  type Conversation,
  type ConversationEvent,
  type Evaluation,
  type Nanos,
  type Phase,
  type Retrieval,
  type Timing,
  type Tool,
  type Turn,
  unexplained,
  type VendorAttributes,
  type Wait,
} from '../conversation.ts';
import { nanosToIso, nanosToSeconds } from '../time/nanos.ts';
import { labelValue } from './label-value.ts';
import { inputMessages, outputMessages, systemInstructions } from './messages.ts';
import type { OtlpAttribute } from './otlp.ts';
import { encodeValue } from './otlp-value.ts';
import { redact } from './redaction.ts';
import {
  CALLSPAN,
  ERROR_TYPE,
  GEN_AI,
  OPERATION,
  PHASE,
  SERVER_ADDRESS,
  SESSION_ID,
  type SpanPhase,
  TURN,
} from './semconv.ts';
import type { TraceSettings } from './settings.ts';
import { summarize } from './summary.ts';

/** Longer texts are what somebody said, which nobody says twice; in UTF-16 units. */
const LONGEST_REMEMBERED = 128;

/** The attributes of each span of one conversation, the same for both vendors. Whoever gets a list may add to it. */
export class Describer {
  readonly #conversation: Conversation;
  readonly #settings: TraceSettings;
  /** What texts have become: ids, names and closed words stand on every span, and looking each over costs most. */
  readonly #cleaned = new Map<string, string>();
  readonly #commons = new Map<Agent, Map<SpanPhase, readonly OtlpAttribute[]>>();

  constructor(conversation: Conversation, settings: TraceSettings) {
    this.#conversation = conversation;
    this.#settings = settings;
  }

  /** What every span carries, also a vendor's span of an unknown name. */
  common(phase: SpanPhase, agent: Agent = this.#conversation.agent): OtlpAttribute[] {
    let ofAgent = this.#commons.get(agent);
    if (ofAgent === undefined) {
      ofAgent = new Map();
      this.#commons.set(agent, ofAgent);
    }
    let common = ofAgent.get(phase);
    if (common === undefined) {
      common = this.#makeCommon(phase, agent);
      ofAgent.set(phase, common);
    }
    return common.slice();
  }

  #makeCommon(phase: SpanPhase, agent: Agent): OtlpAttribute[] {
    const { provider, id } = this.#conversation;
    const attributes: OtlpAttribute[] = [];
    this.#put(attributes, GEN_AI.PROVIDER_NAME, provider);
    this.#put(attributes, GEN_AI.CONVERSATION_ID, id);
    this.#put(attributes, SESSION_ID, id);
    this.#put(attributes, GEN_AI.AGENT_ID, agent.id && labelValue(agent.id));
    this.#put(attributes, GEN_AI.AGENT_NAME, agent.name && labelValue(agent.name));
    this.#put(attributes, CALLSPAN.SOURCE, this.#settings.source);
    this.#put(attributes, CALLSPAN.PHASE, phase);
    return attributes;
  }

  /** The conversation's own span, and by it what makes a bad call findable by search. */
  conversation(isError: boolean): OtlpAttribute[] {
    const conversation = this.#conversation;
    const { totals } = conversation;
    const instructions = this.#settings.systemPrompt ? conversation.instructions : [];
    const attributes = this.common(PHASE.CONVERSATION);
    this.#put(attributes, GEN_AI.OPERATION_NAME, OPERATION.INVOKE_AGENT);
    this.#put(attributes, GEN_AI.OUTPUT_TYPE, conversation.textOnly ? 'text' : 'speech');
    this.#put(attributes, GEN_AI.AGENT_VERSION, conversation.agent.version);
    this.#put(attributes, SERVER_ADDRESS, conversation.server);
    this.#put(attributes, CALLSPAN.OUTCOME, conversation.outcome);
    this.#put(attributes, CALLSPAN.END_REASON, conversation.endReason);
    this.#put(attributes, CALLSPAN.MISSING, conversation.missing);
    this.#put(attributes, ERROR_TYPE, isError ? (conversation.endReason ?? 'other') : undefined);
    this.#putAll(attributes, summarize(conversation));
    this.#put(attributes, CALLSPAN.COST_USD, totals.costUsd);
    this.#put(attributes, CALLSPAN.COST_LLM_USD, totals.llmCostUsd);
    this.#put(attributes, CALLSPAN.TOKENS_INPUT, totals.inputTokens);
    this.#put(attributes, CALLSPAN.TOKENS_OUTPUT, totals.outputTokens);
    this.#put(attributes, CALLSPAN.QUEUE_WAIT_SECONDS, seconds(conversation.queueWait));
    this.#put(attributes, CALLSPAN.LANGUAGE, conversation.language);
    this.#put(attributes, CALLSPAN.DIRECTION, conversation.direction);
    this.#put(attributes, CALLSPAN.DATA_COLLECTION_RESULTS, conversation.dataCollection?.results);
    this.#put(attributes, CALLSPAN.DATA_COLLECTION_FILLED, conversation.dataCollection?.filled);
    this.#putContent(attributes, GEN_AI.SYSTEM_INSTRUCTIONS, () => systemInstructions(instructions));
    this.#putVendor(attributes, conversation.vendor);
    return attributes;
  }

  /** @param heard the user's turns since the agent's last: what an agent turn answers. */
  turn(turn: Turn, heard: readonly Turn[]): OtlpAttribute[] {
    return turn.speaker === 'user' ? this.#userTurn(turn) : this.#agentTurn(turn, heard);
  }

  #userTurn(turn: Turn): OtlpAttribute[] {
    const attributes = this.common(PHASE.USER_SPEECH, turn.agent);
    this.#put(attributes, TURN.NUMBER, turn.backchannel ? undefined : turn.number);
    this.#put(attributes, TURN.BACKCHANNEL, turn.backchannel);
    this.#put(attributes, TURN.UNANSWERED, turn.silence === undefined ? undefined : true);
    this.#put(attributes, TURN.SILENCE_SECONDS, seconds(turn.silence));
    this.#putVendor(attributes, turn.vendor);
    return attributes;
  }

  #agentTurn(turn: Turn, heard: readonly Turn[]): OtlpAttribute[] {
    const { usage } = turn;
    const attributes = this.common(PHASE.AGENT_SPEECH, turn.agent);
    this.#put(attributes, GEN_AI.OPERATION_NAME, turn.generated ? OPERATION.CHAT : undefined);
    this.#put(attributes, TURN.NUMBER, turn.number);
    this.#put(attributes, TURN.WAS_INTERRUPTED, turn.interrupted);
    this.#put(attributes, TURN.OVERLAP_SECONDS, seconds(turn.overlap));
    this.#put(attributes, GEN_AI.REQUEST_MODEL, turn.model);
    this.#put(attributes, GEN_AI.USAGE_INPUT_TOKENS, sum(usage.map(({ input }) => input)));
    this.#put(attributes, GEN_AI.USAGE_CACHE_READ_INPUT_TOKENS, sum(usage.map(({ cacheRead }) => cacheRead)));
    this.#put(attributes, GEN_AI.USAGE_OUTPUT_TOKENS, sum(usage.map(({ output }) => output)));
    this.#put(attributes, GEN_AI.RESPONSE_ID, turn.responseId);
    this.#put(attributes, CALLSPAN.COST_LLM_USD, turn.costUsd);
    this.#putContent(attributes, GEN_AI.INPUT_MESSAGES, () => inputMessages(heard));
    this.#putContent(attributes, GEN_AI.OUTPUT_MESSAGES, () => outputMessages(turn));
    this.#putVendor(attributes, turn.vendor);
    return attributes;
  }

  wait(turn: Turn, wait: Wait): OtlpAttribute[] {
    const attributes = this.common(PHASE.RESPONSE_LATENCY, turn.agent);
    this.#put(attributes, TURN.NUMBER, turn.number);
    this.#put(attributes, TURN.USER_BOT_LATENCY_SECONDS, nanosToSeconds(wait.length));
    this.#put(attributes, CALLSPAN.WAIT_UNEXPLAINED_SECONDS, nanosToSeconds(unexplained(wait)));
    return timed(attributes, wait.timing ?? 'derived');
  }

  phase(turn: Turn, phase: Phase): OtlpAttribute[] {
    const attributes = this.common(phase.name, turn.agent);
    this.#put(attributes, TURN.NUMBER, turn.number);
    this.#put(attributes, CALLSPAN.PHASE_SECONDS, nanosToSeconds(phase.length));
    timed(attributes, 'derived');
    if (phase.retrieval) this.#putRetrieval(attributes, phase.retrieval);
    return attributes;
  }

  /** A retrieval outside a wait. */
  retrieval(turn: Turn, retrieval: Retrieval): OtlpAttribute[] {
    const attributes = this.common(PHASE.RAG, turn.agent);
    this.#put(attributes, TURN.NUMBER, turn.number);
    this.#put(attributes, CALLSPAN.PHASE_SECONDS, seconds(retrieval.length));
    timed(attributes, 'derived');
    this.#putRetrieval(attributes, retrieval);
    return attributes;
  }

  #putRetrieval(attributes: OtlpAttribute[], retrieval: Retrieval): void {
    this.#put(attributes, GEN_AI.OPERATION_NAME, OPERATION.RETRIEVAL);
    this.#put(attributes, GEN_AI.REQUEST_MODEL, retrieval.model);
    this.#put(attributes, CALLSPAN.RAG_DOCUMENT_IDS, [...retrieval.documentIds]);
    this.#putContent(attributes, GEN_AI.RETRIEVAL_QUERY_TEXT, () => retrieval.query);
  }

  tool(turn: Turn | undefined, tool: Tool): OtlpAttribute[] {
    const attributes = this.common(PHASE.TOOL, turn?.agent);
    this.#put(attributes, TURN.NUMBER, turn?.number);
    this.#put(attributes, GEN_AI.OPERATION_NAME, OPERATION.EXECUTE_TOOL);
    this.#put(attributes, GEN_AI.TOOL_NAME, tool.name);
    this.#put(attributes, GEN_AI.TOOL_CALL_ID, tool.callId);
    this.#put(attributes, GEN_AI.TOOL_TYPE, tool.type);
    this.#put(attributes, CALLSPAN.TOOL_SECONDS, seconds(tool.length));
    this.#put(attributes, ERROR_TYPE, tool.error);
    this.#putContent(attributes, GEN_AI.TOOL_CALL_ARGUMENTS, () => tool.arguments);
    this.#putContent(attributes, GEN_AI.TOOL_CALL_RESULT, () => tool.result);
    return attributes;
  }

  join(timing: Timing): OtlpAttribute[] {
    return timed(this.common(PHASE.JOIN), timing);
  }

  event(event: ConversationEvent): OtlpAttribute[] {
    const attributes = this.common(PHASE.EVENT);
    this.#put(attributes, CALLSPAN.EVENT_TIME, event.time === undefined ? undefined : nanosToIso(event.time));
    timed(attributes, event.time === undefined ? 'estimated' : 'measured');
    this.#putVendor(attributes, event.vendor);
    return attributes;
  }

  evaluation(evaluation: Evaluation): OtlpAttribute[] {
    const attributes: OtlpAttribute[] = [];
    this.#put(attributes, GEN_AI.EVALUATION_NAME, evaluation.name);
    this.#put(attributes, GEN_AI.EVALUATION_SCORE_LABEL, evaluation.label);
    this.#put(attributes, GEN_AI.EVALUATION_SCORE_VALUE, evaluation.score);
    this.#putContent(attributes, GEN_AI.EVALUATION_EXPLANATION, () => evaluation.explanation);
    return attributes;
  }

  /** What goes into a span's name: tools and events bring their own words. */
  name(name: string): string {
    return this.#clean(name);
  }

  /** What is there, and of that what may leave at all. */
  #put(attributes: OtlpAttribute[], key: string, value: AttributeValue | undefined): void {
    if (value === undefined) return;
    attributes.push({ key, value: encodeValue(key, this.#cleanValue(value)) });
  }

  #putAll(attributes: OtlpAttribute[], values: Attributes): void {
    for (const key in values) this.#put(attributes, key, values[key]);
  }

  #putVendor(attributes: OtlpAttribute[], { plain, content }: VendorAttributes): void {
    this.#putAll(attributes, this.#settings.content === 'none' ? plain : { ...plain, ...content });
  }

  #putContent(attributes: OtlpAttribute[], key: string, text: () => string | undefined): void {
    if (this.#settings.content !== 'none') this.#put(attributes, key, text());
  }

  #cleanValue(value: AttributeValue): AttributeValue {
    if (typeof value === 'string') return this.#clean(value);
    return Array.isArray(value) ? value.map((text) => this.#clean(text)) : value;
  }

  #clean(text: string): string {
    const known = this.#cleaned.get(text);
    if (known !== undefined) return known;
    const clean = redact(text, this.#settings.secrets);
    if (text.length <= LONGEST_REMEMBERED) this.#cleaned.set(text, clean);
    return clean;
  }
}

/** Adds what a span's times rest on. @returns the same list. */
export function timed(attributes: OtlpAttribute[], timing: Timing): OtlpAttribute[] {
  attributes.push({ key: CALLSPAN.TIMING, value: { stringValue: timing } });
  return attributes;
}

function seconds(nanos: Nanos | undefined): number | undefined {
  return nanos === undefined ? undefined : nanosToSeconds(nanos);
}

/** The sum of what is there; nothing where nothing is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : present.reduce((total, value) => total + value, 0);
}
