import type {
  Agent,
  Attributes,
  Conversation,
  ConversationEvent,
  Evaluation,
  Nanos,
  Phase,
  Provider,
  Retrieval,
  Timing,
  Tool,
  Turn,
  VendorAttributes,
  Wait,
} from '../conversation.ts';
import { nanosToIso, nanosToSeconds } from '../time.ts';
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

/** The vendors' official hosts: `server.address` says who was called, whatever proxy or region was used. */
const SERVER: Record<Provider, string> = { elevenlabs: 'api.elevenlabs.io', tavus: 'tavusapi.com' };

/** Longer texts are what somebody said, which nobody says twice; in UTF-16 units. */
const LONGEST_REMEMBERED = 128;

/** The attributes of each span of one conversation, the same for both vendors. */
export class Describer {
  readonly #conversation: Conversation;
  readonly #settings: TraceSettings;
  /** What texts have become: ids, names and closed words stand on every span, and looking each over costs most. */
  readonly #cleaned = new Map<string, string>();
  readonly #commons = new Map<Agent, Map<SpanPhase, Attributes>>();

  constructor(conversation: Conversation, settings: TraceSettings) {
    this.#conversation = conversation;
    this.#settings = settings;
  }

  /** What every span carries, also a vendor's span of an unknown name. */
  common(phase: SpanPhase, agent: Agent = this.#conversation.agent): Attributes {
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
    // A copy: who gets it adds to it.
    return { ...common };
  }

  #makeCommon(phase: SpanPhase, agent: Agent): Attributes {
    const { provider, id } = this.#conversation;
    return this.#finish({
      [GEN_AI.PROVIDER_NAME]: provider,
      [GEN_AI.CONVERSATION_ID]: id,
      [SESSION_ID]: id,
      [GEN_AI.AGENT_ID]: agent.id,
      [GEN_AI.AGENT_NAME]: agent.name,
      [CALLSPAN.SOURCE]: this.#settings.source,
      [CALLSPAN.PHASE]: phase,
    });
  }

  /** The conversation's own span, and by it what makes a bad call findable by search. */
  conversation(isError: boolean): Attributes {
    const conversation = this.#conversation;
    const { totals } = conversation;
    const instructions = this.#settings.systemPrompt ? conversation.instructions : [];
    return this.#finish({
      ...this.common(PHASE.CONVERSATION),
      [GEN_AI.OPERATION_NAME]: OPERATION.INVOKE_AGENT,
      [GEN_AI.OUTPUT_TYPE]: conversation.textOnly ? 'text' : 'speech',
      [GEN_AI.AGENT_VERSION]: conversation.agent.version,
      [SERVER_ADDRESS]: SERVER[conversation.provider],
      [CALLSPAN.OUTCOME]: conversation.outcome,
      [CALLSPAN.END_REASON]: conversation.endReason,
      [ERROR_TYPE]: isError ? (conversation.endReason ?? 'other') : undefined,
      ...summarize(conversation),
      [CALLSPAN.COST_USD]: totals.costUsd,
      [CALLSPAN.COST_LLM_USD]: totals.llmCostUsd,
      [CALLSPAN.TOKENS_INPUT]: totals.inputTokens,
      [CALLSPAN.TOKENS_OUTPUT]: totals.outputTokens,
      [CALLSPAN.QUEUE_WAIT_SECONDS]: seconds(conversation.queueWait),
      [CALLSPAN.LANGUAGE]: conversation.language,
      [CALLSPAN.DIRECTION]: conversation.direction,
      [CALLSPAN.DATA_COLLECTION_RESULTS]: conversation.dataCollection?.results,
      [CALLSPAN.DATA_COLLECTION_FILLED]: conversation.dataCollection?.filled,
      [GEN_AI.SYSTEM_INSTRUCTIONS]: this.#content(() => systemInstructions(instructions)),
      ...this.#vendor(conversation.vendor),
    });
  }

  /** @param heard the user's turns since the agent's last: what an agent turn answers. */
  turn(turn: Turn, heard: readonly Turn[]): Attributes {
    return turn.speaker === 'user' ? this.#userTurn(turn) : this.#agentTurn(turn, heard);
  }

  #userTurn(turn: Turn): Attributes {
    return this.#finish({
      ...this.common(PHASE.USER_SPEECH, turn.agent),
      [TURN.NUMBER]: turn.number,
      [TURN.UNANSWERED]: turn.silence === undefined ? undefined : true,
      [TURN.SILENCE_SECONDS]: seconds(turn.silence),
      ...this.#vendor(turn.vendor),
    });
  }

  #agentTurn(turn: Turn, heard: readonly Turn[]): Attributes {
    return this.#finish({
      ...this.common(PHASE.AGENT_SPEECH, turn.agent),
      [GEN_AI.OPERATION_NAME]: turn.generated ? OPERATION.CHAT : undefined,
      [TURN.NUMBER]: turn.number,
      [TURN.WAS_INTERRUPTED]: turn.interrupted,
      [TURN.OVERLAP_SECONDS]: seconds(turn.overlap),
      [GEN_AI.REQUEST_MODEL]: turn.model,
      [GEN_AI.USAGE_INPUT_TOKENS]: sum(turn.usage.map((usage) => usage.input)),
      [GEN_AI.USAGE_CACHE_READ_INPUT_TOKENS]: sum(turn.usage.map((usage) => usage.cacheRead)),
      [GEN_AI.USAGE_OUTPUT_TOKENS]: sum(turn.usage.map((usage) => usage.output)),
      [GEN_AI.RESPONSE_ID]: turn.responseId,
      [CALLSPAN.COST_LLM_USD]: turn.costUsd,
      [GEN_AI.INPUT_MESSAGES]: this.#content(() => inputMessages(heard)),
      [GEN_AI.OUTPUT_MESSAGES]: this.#content(() => outputMessages(turn)),
      ...this.#vendor(turn.vendor),
    });
  }

  wait(turn: Turn, wait: Wait): Attributes {
    return this.#finish({
      ...this.common(PHASE.RESPONSE_LATENCY, turn.agent),
      [TURN.NUMBER]: turn.number,
      [TURN.USER_BOT_LATENCY_SECONDS]: nanosToSeconds(wait.length),
      [CALLSPAN.TIMING]: 'derived',
    });
  }

  phase(turn: Turn, phase: Phase): Attributes {
    return this.#finish({
      ...this.common(phase.name, turn.agent),
      [TURN.NUMBER]: turn.number,
      [CALLSPAN.PHASE_SECONDS]: nanosToSeconds(phase.length),
      [CALLSPAN.TIMING]: 'derived',
      ...(phase.retrieval ? this.#retrieved(phase.retrieval) : {}),
    });
  }

  /** A retrieval outside a wait. */
  retrieval(turn: Turn, retrieval: Retrieval): Attributes {
    return this.#finish({
      ...this.common(PHASE.RAG, turn.agent),
      [TURN.NUMBER]: turn.number,
      [CALLSPAN.PHASE_SECONDS]: seconds(retrieval.length),
      [CALLSPAN.TIMING]: 'derived',
      ...this.#retrieved(retrieval),
    });
  }

  #retrieved(retrieval: Retrieval): Attributes {
    return this.#finish({
      [GEN_AI.OPERATION_NAME]: OPERATION.RETRIEVAL,
      [GEN_AI.REQUEST_MODEL]: retrieval.model,
      [CALLSPAN.RAG_DOCUMENT_IDS]: [...retrieval.documentIds],
      [GEN_AI.RETRIEVAL_QUERY_TEXT]: this.#content(() => retrieval.query),
    });
  }

  tool(turn: Turn | undefined, tool: Tool): Attributes {
    return this.#finish({
      ...this.common(PHASE.TOOL, turn?.agent),
      [TURN.NUMBER]: turn?.number,
      [GEN_AI.OPERATION_NAME]: OPERATION.EXECUTE_TOOL,
      [GEN_AI.TOOL_NAME]: tool.name,
      [GEN_AI.TOOL_CALL_ID]: tool.callId,
      [GEN_AI.TOOL_TYPE]: tool.type,
      [CALLSPAN.TOOL_SECONDS]: seconds(tool.length),
      [ERROR_TYPE]: tool.error,
      [GEN_AI.TOOL_CALL_ARGUMENTS]: this.#content(() => tool.arguments),
      [GEN_AI.TOOL_CALL_RESULT]: this.#content(() => tool.result),
    });
  }

  join(timing: Timing): Attributes {
    return { ...this.common(PHASE.JOIN), [CALLSPAN.TIMING]: timing };
  }

  event(event: ConversationEvent): Attributes {
    return this.#finish({
      ...this.common(PHASE.EVENT),
      [CALLSPAN.EVENT_TIME]: event.time === undefined ? undefined : nanosToIso(event.time),
      [CALLSPAN.TIMING]: event.time === undefined ? 'estimated' : 'measured',
      ...this.#vendor(event.vendor),
    });
  }

  evaluation(evaluation: Evaluation): Attributes {
    return this.#finish({
      [GEN_AI.EVALUATION_NAME]: evaluation.name,
      [GEN_AI.EVALUATION_SCORE_LABEL]: evaluation.label,
      [GEN_AI.EVALUATION_SCORE_VALUE]: evaluation.score,
      [GEN_AI.EVALUATION_EXPLANATION]: this.#content(() => evaluation.explanation),
    });
  }

  /** What goes into a span's name: tools and events bring their own words. */
  name(name: string): string {
    return this.#clean(name);
  }

  #vendor({ plain, content }: VendorAttributes): Attributes {
    return this.#settings.content === 'none' ? plain : { ...plain, ...content };
  }

  #content(text: () => string | undefined): string | undefined {
    return this.#settings.content === 'none' ? undefined : text();
  }

  /** What is there, and of that what may leave at all. */
  #finish(attributes: Record<string, Attributes[string] | undefined>): Attributes {
    const present: Attributes = {};
    for (const key in attributes) {
      const value = attributes[key];
      if (typeof value === 'string') present[key] = this.#clean(value);
      else if (Array.isArray(value)) present[key] = value.map((text) => this.#clean(text));
      else if (value !== undefined) present[key] = value;
    }
    return present;
  }

  #clean(text: string): string {
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
