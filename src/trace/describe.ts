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
import type { AttributeBlock, AttributeSink } from './encode/span-encoder.ts';
import { labelValue } from './label-value.ts';
import { inputMessages, outputMessages, systemInstructions } from './messages.ts';
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

/** Puts the attributes of one span or event where they go. */
export type Description = (sink: AttributeSink) => void;

/**
 * The attributes of each span of one conversation, the same for all vendors: described, not made, for they are written
 * once. `timing` says what a span's times rest on, where it is to say so.
 */
export class Describer {
  readonly #conversation: Conversation;
  readonly #settings: TraceSettings;
  /** What texts have become: ids, names and closed words stand on every span, and looking each over costs most. */
  readonly #cleaned = new Map<string, string>();
  readonly #blocks = new Map<Agent, Map<SpanPhase, AttributeBlock>>();

  constructor(conversation: Conversation, settings: TraceSettings) {
    this.#conversation = conversation;
    this.#settings = settings;
  }

  /** What every span carries, also a vendor's span of an unknown name. */
  common(phase: SpanPhase, timing?: Timing): Description {
    return (sink) => {
      this.#putCommon(sink, phase);
      this.#put(sink, CALLSPAN.TIMING, timing);
    };
  }

  #putCommon(sink: AttributeSink, phase: SpanPhase, agent: Agent = this.#conversation.agent): void {
    let ofAgent = this.#blocks.get(agent);
    if (ofAgent === undefined) {
      ofAgent = new Map();
      this.#blocks.set(agent, ofAgent);
    }
    let block = ofAgent.get(phase);
    if (block === undefined) {
      block = this.#block(phase, agent);
      ofAgent.set(phase, block);
    }
    sink.putBlock(block);
  }

  #block(phase: SpanPhase, agent: Agent): AttributeBlock {
    const { provider, id } = this.#conversation;
    return (sink) => {
      this.#put(sink, GEN_AI.PROVIDER_NAME, provider);
      this.#put(sink, GEN_AI.CONVERSATION_ID, id);
      this.#put(sink, SESSION_ID, id);
      this.#put(sink, GEN_AI.AGENT_ID, agent.id && labelValue(agent.id));
      this.#put(sink, GEN_AI.AGENT_NAME, agent.name && labelValue(agent.name));
      this.#put(sink, CALLSPAN.SOURCE, this.#settings.source);
      this.#put(sink, CALLSPAN.PHASE, phase);
    };
  }

  /** The conversation's own span, and by it what makes a bad call findable by search. */
  conversation(isError: boolean, timing?: Timing): Description {
    const conversation = this.#conversation;
    const { totals } = conversation;
    const instructions = this.#settings.systemPrompt ? conversation.instructions : [];
    return (sink) => {
      this.#putCommon(sink, PHASE.CONVERSATION);
      this.#put(sink, GEN_AI.OPERATION_NAME, OPERATION.INVOKE_AGENT);
      this.#put(sink, GEN_AI.OUTPUT_TYPE, conversation.textOnly ? 'text' : 'speech');
      this.#put(sink, GEN_AI.AGENT_VERSION, conversation.agent.version);
      this.#put(sink, SERVER_ADDRESS, conversation.server);
      this.#put(sink, CALLSPAN.OUTCOME, conversation.outcome);
      this.#put(sink, CALLSPAN.END_REASON, conversation.endReason);
      this.#put(sink, CALLSPAN.MISSING, conversation.missing);
      this.#put(sink, ERROR_TYPE, isError ? (conversation.endReason ?? 'other') : undefined);
      this.#putAll(sink, summarize(conversation));
      this.#put(sink, CALLSPAN.COST_USD, totals.costUsd);
      this.#put(sink, CALLSPAN.COST_LLM_USD, totals.llmCostUsd);
      this.#put(sink, CALLSPAN.TOKENS_INPUT, totals.inputTokens);
      this.#put(sink, CALLSPAN.TOKENS_OUTPUT, totals.outputTokens);
      this.#put(sink, CALLSPAN.QUEUE_WAIT_SECONDS, seconds(conversation.queueWait));
      this.#put(sink, CALLSPAN.LANGUAGE, conversation.language);
      this.#put(sink, CALLSPAN.DIRECTION, conversation.direction);
      this.#put(sink, CALLSPAN.DATA_COLLECTION_RESULTS, conversation.dataCollection?.results);
      this.#put(sink, CALLSPAN.DATA_COLLECTION_FILLED, conversation.dataCollection?.filled);
      this.#putContent(sink, GEN_AI.SYSTEM_INSTRUCTIONS, () => systemInstructions(instructions));
      this.#putVendor(sink, conversation.vendor);
      this.#put(sink, CALLSPAN.TIMING, timing);
    };
  }

  /** @param heard the user's turns since the agent's last: what an agent turn answers. */
  turn(turn: Turn, heard: readonly Turn[], timing?: Timing): Description {
    return turn.speaker === 'user' ? this.#userTurn(turn, timing) : this.#agentTurn(turn, heard, timing);
  }

  #userTurn(turn: Turn, timing: Timing | undefined): Description {
    return (sink) => {
      this.#putCommon(sink, PHASE.USER_SPEECH, turn.agent);
      this.#put(sink, TURN.NUMBER, turn.backchannel ? undefined : turn.number);
      this.#put(sink, TURN.BACKCHANNEL, turn.backchannel);
      this.#put(sink, TURN.UNANSWERED, turn.silence === undefined ? undefined : true);
      this.#put(sink, TURN.SILENCE_SECONDS, seconds(turn.silence));
      this.#putVendor(sink, turn.vendor);
      this.#put(sink, CALLSPAN.TIMING, timing);
    };
  }

  #agentTurn(turn: Turn, heard: readonly Turn[], timing: Timing | undefined): Description {
    const { usage } = turn;
    return (sink) => {
      this.#putCommon(sink, PHASE.AGENT_SPEECH, turn.agent);
      this.#put(sink, GEN_AI.OPERATION_NAME, turn.generated ? OPERATION.CHAT : undefined);
      this.#put(sink, TURN.NUMBER, turn.number);
      this.#put(sink, TURN.WAS_INTERRUPTED, turn.interrupted);
      this.#put(sink, TURN.OVERLAP_SECONDS, seconds(turn.overlap));
      this.#put(sink, GEN_AI.REQUEST_MODEL, turn.model);
      this.#put(sink, GEN_AI.USAGE_INPUT_TOKENS, sum(usage.map(({ input }) => input)));
      this.#put(sink, GEN_AI.USAGE_CACHE_READ_INPUT_TOKENS, sum(usage.map(({ cacheRead }) => cacheRead)));
      this.#put(sink, GEN_AI.USAGE_OUTPUT_TOKENS, sum(usage.map(({ output }) => output)));
      this.#put(sink, GEN_AI.RESPONSE_ID, turn.responseId);
      this.#put(sink, CALLSPAN.COST_LLM_USD, turn.costUsd);
      this.#putContent(sink, GEN_AI.INPUT_MESSAGES, () => inputMessages(heard));
      this.#putContent(sink, GEN_AI.OUTPUT_MESSAGES, () => outputMessages(turn));
      this.#putVendor(sink, turn.vendor);
      this.#put(sink, CALLSPAN.TIMING, timing);
    };
  }

  wait(turn: Turn, wait: Wait): Description {
    return (sink) => {
      this.#putCommon(sink, PHASE.RESPONSE_LATENCY, turn.agent);
      this.#put(sink, TURN.NUMBER, turn.number);
      this.#put(sink, TURN.USER_BOT_LATENCY_SECONDS, nanosToSeconds(wait.length));
      this.#put(sink, CALLSPAN.WAIT_UNEXPLAINED_SECONDS, nanosToSeconds(unexplained(wait)));
      this.#put(sink, CALLSPAN.TIMING, wait.timing ?? 'derived');
    };
  }

  phase(turn: Turn, phase: Phase): Description {
    return (sink) => {
      this.#putCommon(sink, phase.name, turn.agent);
      this.#put(sink, TURN.NUMBER, turn.number);
      this.#put(sink, CALLSPAN.PHASE_SECONDS, nanosToSeconds(phase.length));
      this.#put(sink, CALLSPAN.TIMING, 'derived');
      if (phase.retrieval) this.#putRetrieval(sink, phase.retrieval);
    };
  }

  /** A retrieval outside a wait. */
  retrieval(turn: Turn, retrieval: Retrieval): Description {
    return (sink) => {
      this.#putCommon(sink, PHASE.RAG, turn.agent);
      this.#put(sink, TURN.NUMBER, turn.number);
      this.#put(sink, CALLSPAN.PHASE_SECONDS, seconds(retrieval.length));
      this.#put(sink, CALLSPAN.TIMING, 'derived');
      this.#putRetrieval(sink, retrieval);
    };
  }

  #putRetrieval(sink: AttributeSink, retrieval: Retrieval): void {
    this.#put(sink, GEN_AI.OPERATION_NAME, OPERATION.RETRIEVAL);
    this.#put(sink, GEN_AI.REQUEST_MODEL, retrieval.model);
    this.#put(sink, CALLSPAN.RAG_DOCUMENT_IDS, [...retrieval.documentIds]);
    this.#putContent(sink, GEN_AI.RETRIEVAL_QUERY_TEXT, () => retrieval.query);
  }

  tool(turn: Turn | undefined, tool: Tool, timing?: Timing): Description {
    return (sink) => {
      this.#putCommon(sink, PHASE.TOOL, turn?.agent);
      this.#put(sink, TURN.NUMBER, turn?.number);
      this.#put(sink, GEN_AI.OPERATION_NAME, OPERATION.EXECUTE_TOOL);
      this.#put(sink, GEN_AI.TOOL_NAME, tool.name);
      this.#put(sink, GEN_AI.TOOL_CALL_ID, tool.callId);
      this.#put(sink, GEN_AI.TOOL_TYPE, tool.type);
      this.#put(sink, CALLSPAN.TOOL_SECONDS, seconds(tool.length));
      this.#put(sink, ERROR_TYPE, tool.error);
      this.#putContent(sink, GEN_AI.TOOL_CALL_ARGUMENTS, () => tool.arguments);
      this.#putContent(sink, GEN_AI.TOOL_CALL_RESULT, () => tool.result);
      this.#put(sink, CALLSPAN.TIMING, timing);
    };
  }

  join(timing: Timing): Description {
    return this.common(PHASE.JOIN, timing);
  }

  event(event: ConversationEvent): Description {
    return (sink) => {
      this.#putCommon(sink, PHASE.EVENT);
      this.#put(sink, CALLSPAN.EVENT_TIME, event.time === undefined ? undefined : nanosToIso(event.time));
      this.#put(sink, CALLSPAN.TIMING, event.time === undefined ? 'estimated' : 'measured');
      this.#putVendor(sink, event.vendor);
    };
  }

  evaluation(evaluation: Evaluation): Description {
    return (sink) => {
      this.#put(sink, GEN_AI.EVALUATION_NAME, evaluation.name);
      this.#put(sink, GEN_AI.EVALUATION_SCORE_LABEL, evaluation.label);
      this.#put(sink, GEN_AI.EVALUATION_SCORE_VALUE, evaluation.score);
      this.#putContent(sink, GEN_AI.EVALUATION_EXPLANATION, () => evaluation.explanation);
    };
  }

  /** What is there, and of that what may leave at all. */
  #put(sink: AttributeSink, key: string, value: AttributeValue | undefined): void {
    if (value === undefined) return;
    sink.put(key, this.#cleanValue(value));
  }

  #putAll(sink: AttributeSink, values: Attributes): void {
    for (const key in values) this.#put(sink, key, values[key]);
  }

  #putVendor(sink: AttributeSink, { plain, content }: VendorAttributes): void {
    const values = this.#settings.content === 'none' ? plain : { ...plain, ...content };
    for (const key in values) {
      // Some end with a name of the customer's. What cannot be named stays in.
      if (this.clean(key) === key) this.#put(sink, key, values[key]);
    }
  }

  #putContent(sink: AttributeSink, key: string, text: () => string | undefined): void {
    if (this.#settings.content !== 'none') this.#put(sink, key, text());
  }

  #cleanValue(value: AttributeValue): AttributeValue {
    if (typeof value === 'string') return this.clean(value);
    return Array.isArray(value) ? value.map((text) => this.clean(text)) : value;
  }

  /** A text without what may never leave. */
  clean(text: string): string {
    const known = this.#cleaned.get(text);
    if (known !== undefined) return known;
    const clean = redact(text, this.#settings.secrets);
    if (text.length <= LONGEST_REMEMBERED) this.#cleaned.set(text, clean);
    return clean;
  }
}

function seconds(nanos: Nanos | undefined): number | undefined {
  return nanos === undefined ? undefined : nanosToSeconds(nanos);
}

/** The sum of what is there; nothing where nothing is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : present.reduce((total, value) => total + value, 0);
}
