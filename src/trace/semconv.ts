/**
 * Every attribute, event and operation name that callspan writes, in one place. Names come from the GenAI
 * semantic conventions (v1.41.1, the last release that holds them; the npm package marks them as moved), then
 * from Pipecat's published `turn.*`, then from the vendor's own namespace, then from `callspan.*`.
 */

/** The version of the trace model; it is the version of the scope `callspan` of spans. */
export const MODEL_VERSION = '2';
/** That of the same scope of the numbers: another one would begin every series anew. */
export const METRICS_VERSION = '1';
export const SCOPE_NAME = 'callspan';

export const GEN_AI = {
  AGENT_ID: 'gen_ai.agent.id',
  AGENT_NAME: 'gen_ai.agent.name',
  AGENT_VERSION: 'gen_ai.agent.version',
  CONVERSATION_ID: 'gen_ai.conversation.id',
  EVALUATION_EXPLANATION: 'gen_ai.evaluation.explanation',
  EVALUATION_NAME: 'gen_ai.evaluation.name',
  EVALUATION_SCORE_LABEL: 'gen_ai.evaluation.score.label',
  EVALUATION_SCORE_VALUE: 'gen_ai.evaluation.score.value',
  INPUT_MESSAGES: 'gen_ai.input.messages',
  OPERATION_NAME: 'gen_ai.operation.name',
  OUTPUT_MESSAGES: 'gen_ai.output.messages',
  OUTPUT_TYPE: 'gen_ai.output.type',
  PROVIDER_NAME: 'gen_ai.provider.name',
  REQUEST_MODEL: 'gen_ai.request.model',
  RESPONSE_ID: 'gen_ai.response.id',
  RETRIEVAL_QUERY_TEXT: 'gen_ai.retrieval.query.text',
  SYSTEM_INSTRUCTIONS: 'gen_ai.system_instructions',
  TOKEN_TYPE: 'gen_ai.token.type',
  TOOL_CALL_ARGUMENTS: 'gen_ai.tool.call.arguments',
  TOOL_CALL_ID: 'gen_ai.tool.call.id',
  TOOL_CALL_RESULT: 'gen_ai.tool.call.result',
  TOOL_NAME: 'gen_ai.tool.name',
  TOOL_TYPE: 'gen_ai.tool.type',
  USAGE_CACHE_READ_INPUT_TOKENS: 'gen_ai.usage.cache_read.input_tokens',
  USAGE_INPUT_TOKENS: 'gen_ai.usage.input_tokens',
  USAGE_OUTPUT_TOKENS: 'gen_ai.usage.output_tokens',
} as const;

/** The span event that holds one evaluation. */
export const EVENT_EVALUATION_RESULT = 'gen_ai.evaluation.result';

export const OPERATION = {
  CHAT: 'chat',
  EXECUTE_TOOL: 'execute_tool',
  INVOKE_AGENT: 'invoke_agent',
  RETRIEVAL: 'retrieval',
} as const;

export const ERROR_TYPE = 'error.type';
export const SERVER_ADDRESS = 'server.address';
export const SERVICE_NAME = 'service.name';
export const SESSION_ID = 'session.id';

/** Pipecat's names for turns (pipecat.utils.tracing). */
export const TURN = {
  BACKCHANNEL: 'turn.backchannel',
  NUMBER: 'turn.number',
  OVERLAP_SECONDS: 'turn.overlap_seconds',
  SILENCE_SECONDS: 'turn.silence_seconds',
  UNANSWERED: 'turn.unanswered',
  USER_BOT_LATENCY_SECONDS: 'turn.user_bot_latency_seconds',
  WAS_INTERRUPTED: 'turn.was_interrupted',
} as const;

export const CALLSPAN = {
  COST_LLM_USD: 'callspan.cost.llm_usd',
  COST_USD: 'callspan.cost.usd',
  DATA_COLLECTION_FILLED: 'callspan.data_collection.filled',
  DATA_COLLECTION_RESULTS: 'callspan.data_collection.results',
  DIRECTION: 'callspan.direction',
  END_REASON: 'callspan.end_reason',
  EVENT_TIME: 'callspan.event.time',
  FIRST_WORD_SECONDS: 'callspan.first_word_seconds',
  INTERRUPTIONS: 'callspan.interruptions',
  LANGUAGE: 'callspan.language',
  MISSING: 'callspan.missing',
  OUTCOME: 'callspan.outcome',
  PHASE: 'callspan.phase',
  PHASE_SECONDS: 'callspan.phase.seconds',
  QUEUE_WAIT_SECONDS: 'callspan.queue_wait_seconds',
  RAG_DOCUMENT_IDS: 'callspan.rag.document_ids',
  SILENCE_MAX_SECONDS: 'callspan.silence.max_seconds',
  SLOW: 'callspan.slow',
  SOURCE: 'callspan.source',
  TALK_AGENT_SECONDS: 'callspan.talk.agent_seconds',
  TALK_USER_SECONDS: 'callspan.talk.user_seconds',
  TIMING: 'callspan.timing',
  TOKENS_INPUT: 'callspan.tokens.input',
  TOKENS_OUTPUT: 'callspan.tokens.output',
  TOOL_ERRORS: 'callspan.tool_errors',
  TOOL_SECONDS: 'callspan.tool.seconds',
  TURNS: 'callspan.turns',
  UNANSWERED: 'callspan.unanswered',
  WAIT_FIRST_SECONDS: 'callspan.wait.first_seconds',
  WAIT_MAX_SECONDS: 'callspan.wait.max_seconds',
  WAIT_MEAN_SECONDS: 'callspan.wait.mean_seconds',
  WAIT_UNEXPLAINED_SECONDS: 'callspan.wait.unexplained_seconds',
  WAITS: 'callspan.waits',
  WAITS_UNMEASURED: 'callspan.waits.unmeasured',
} as const;

/** Seconds, money and measurements by their names, callspan's and vendors' alike. */
const DOUBLE = /[._](?:seconds|usd)$|\.(?:cost_fiat|latency_ms|properties\.duration)$|\.metric\./;

/**
 * Whether an attribute's numbers are doubles on the wire, whole or not. A store that meets ints and doubles under one
 * key answers wrongly or not at all. Every other number is a count or an index, and an int.
 */
export function isDouble(key: string): boolean {
  return key === GEN_AI.EVALUATION_SCORE_VALUE || DOUBLE.test(key);
}

/** Values of `callspan.phase`: what a span is, whatever its name. */
export const PHASE = {
  CONVERSATION: 'conversation',
  JOIN: 'join',
  USER_SPEECH: 'user_speech',
  RESPONSE_LATENCY: 'response_latency',
  TURN_DETECTION: 'turn_detection',
  ASR: 'asr',
  RAG: 'rag',
  LLM_TTFB: 'llm_ttfb',
  TOOL_WAIT: 'tool_wait',
  LLM_SENTENCE: 'llm_sentence',
  TTS_TTFB: 'tts_ttfb',
  AGENT_SPEECH: 'agent_speech',
  TOOL: 'tool',
  EVENT: 'event',
} as const;

export type SpanPhase = (typeof PHASE)[keyof typeof PHASE];

/** Span names: the provider's name, a dot, and one of these. */
export const SPAN = {
  CONVERSATION: 'conversation',
  JOIN: 'replica_join',
  USER_TRANSCRIPT: 'recv.user_transcript',
  AGENT_RESPONSE: 'recv.agent_response',
  RESPONSE_LATENCY: 'response_latency',
  PHASE: 'phase.',
  RETRIEVE: 'rag.retrieve',
  TOOL: 'tool.',
  EVENT: 'event.',
} as const;
