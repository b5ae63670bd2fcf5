import { KeyTable } from '../../trace/encode/key-table.ts';
import type { OtlpValue } from '../../trace/otlp.ts';
import { neverExported } from '../../trace/redaction.ts';
import { isMetered, splitUsageKey, type UsageKey } from './usage.ts';

/**
 * ElevenLabs' own attributes. Without `content: full` ids, numbers, models and closed words may go. It is a list of
 * what may go, not of what may not, so that an attribute that the vendor invents tomorrow stays in.
 */

const WORDS = new Set([
  'elevenlabs.conversation_id',
  'elevenlabs.agent_id',
  'elevenlabs.source',
  'elevenlabs.status',
  'elevenlabs.environment',
  'elevenlabs.branch_id',
  'elevenlabs.version_id',
  'elevenlabs.producing_llm',
  'elevenlabs.rag.embedding_model',
  'elevenlabs.tool.name',
  'elevenlabs.tool.status',
  'elevenlabs.analysis.call_successful',
]);

const NUMBERS = new Set([
  'elevenlabs.session.duration_ms',
  'elevenlabs.turn.index',
  'elevenlabs.cost_fiat',
  'elevenlabs.rag.latency_ms',
  'elevenlabs.tool.latency_ms',
]);

const TERMINATION_REASON = 'elevenlabs.termination_reason';

/** Whole texts only: free text that merely contains a known phrase may hold a name or a number beside it. */
const KNOWN_TERMINATION = [
  /^client disconnected(?:: \d{4})?\.?$/i,
  /^(?:end_call|voicemail_detection|transfer_to_(?:agent|number)) tool was called\.?$/i,
  /^call ended by remote party\.?$/i,
  /^the remote party hung up\.?$/i,
  /^ending conversation after \d{1,6} seconds of silence\.?$/i,
  /^max inactive time reached\.?$/i,
  /^conversation inactivity timeout\.?$/i,
  /^max duration limit reached\.?$/i,
  /^conversation exceeded maximum duration(?: of \d{1,6} seconds)?\.?$/i,
  /^this request exceeds your quota limit\.?$/i,
  /^(?:custom_llm|llm) generation failed\.?$/i,
  /^(?:generating the )?llm response took too long\.?$/i,
  /^(?:exceeded )?max(?:imum)?[ _](?:conversation |call )?duration(?: exceeded| reached)?\.?$/i,
  /^(?:silence|inactivity)[ _](?:timeout|detected)\.?$/i,
  /^voice ?mail (?:was )?detected\.?$/i,
  /^(?:call )?transferred(?: to (?:agent|number|human))?\.?$/i,
];

/** What is known of one of the vendor's attributes. */
export interface VendorAttribute {
  readonly key: string;
  /** Whether callspan has heard of it, be it allowed or not. */
  readonly isKnown: boolean;
  /** It never goes, whatever the content mode. */
  readonly isPrivate: boolean;
  /** Of what tokens and whose it tells, where it does. */
  readonly usage: UsageKey | undefined;
  /** Whether it may go when content stays in. */
  readonly isAllowed: (value: OtlpValue) => boolean;
}

const TABLE = new KeyTable(describe);

/** The same for the same key, but for keys that are long or come by the thousand. */
export function vendorAttribute(key: string): VendorAttribute {
  return TABLE.of(key);
}

function describe(key: string): VendorAttribute {
  const usage = splitUsageKey(key);
  return {
    key,
    isKnown: isKnownName(key),
    isPrivate: neverExported(key),
    usage,
    isAllowed: ruleOf(key, usage),
  };
}

function ruleOf(key: string, usage: UsageKey | undefined): (value: OtlpValue) => boolean {
  if (key.startsWith('service.') || WORDS.has(key)) return (value) => isText(value) || isNumber(value);
  if (NUMBERS.has(key) || key.startsWith('elevenlabs.metric.')) return isNumber;
  if (usage !== undefined) return (value) => isText(value) && isMetered(value.stringValue);
  if (key !== TERMINATION_REASON) return () => false;
  return (value) => isText(value) && isKnownTermination(value.stringValue);
}

/** Whether a termination reason is, as a whole, one that is known and says nothing of anybody. */
export function isKnownTermination(text: string): boolean {
  return KNOWN_TERMINATION.some((pattern) => pattern.test(text));
}

function isText(value: OtlpValue): value is { stringValue: string } {
  return typeof value.stringValue === 'string';
}

/** A number, or an int64 or double that travels as a string of digits. */
function isNumber(value: OtlpValue): boolean {
  const number = value.intValue ?? value.doubleValue;
  return (
    typeof number === 'number' ||
    (typeof number === 'string' && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(number))
  );
}

/** Content, in names that are known: never let out without being asked for, and no news. */
const KNOWN_CONTENT = [
  /^elevenlabs\.(?:user_id|user\.text|agent\.text|reasoning_content|event\.data)$/,
  /^elevenlabs\.(?:telephony|dynamic_variable|analysis|audio)\./,
  /^elevenlabs\.rag\.retrieval_query$/,
  /^elevenlabs\.tool\.(?:params|arguments|parameters|input|result|output|response)$/,
];

/** Every name that is not the vendor's own is known. */
function isKnownName(key: string): boolean {
  if (!key.startsWith('elevenlabs.')) return true;
  return (
    WORDS.has(key) ||
    NUMBERS.has(key) ||
    key === TERMINATION_REASON ||
    key.startsWith('elevenlabs.metric.') ||
    splitUsageKey(key) !== undefined ||
    KNOWN_CONTENT.some((pattern) => pattern.test(key))
  );
}

/** Those that callspan reads. */
export const ATTRIBUTE = {
  AGENT_ID: vendorAttribute('elevenlabs.agent_id'),
  AGENT_TEXT: vendorAttribute('elevenlabs.agent.text'),
  BRANCH_ID: vendorAttribute('elevenlabs.branch_id'),
  COST_FIAT: vendorAttribute('elevenlabs.cost_fiat'),
  PRODUCING_LLM: vendorAttribute('elevenlabs.producing_llm'),
  RAG_EMBEDDING_MODEL: vendorAttribute('elevenlabs.rag.embedding_model'),
  RAG_LATENCY_MS: vendorAttribute('elevenlabs.rag.latency_ms'),
  RAG_RETRIEVAL_QUERY: vendorAttribute('elevenlabs.rag.retrieval_query'),
  SESSION_DURATION_MS: vendorAttribute('elevenlabs.session.duration_ms'),
  STATUS: vendorAttribute('elevenlabs.status'),
  TERMINATION_REASON: vendorAttribute(TERMINATION_REASON),
  TOOL_LATENCY_MS: vendorAttribute('elevenlabs.tool.latency_ms'),
  TOOL_NAME: vendorAttribute('elevenlabs.tool.name'),
  TOOL_STATUS: vendorAttribute('elevenlabs.tool.status'),
  TRACEPARENT: vendorAttribute('elevenlabs.dynamic_variable.traceparent'),
  TURN_INDEX: vendorAttribute('elevenlabs.turn.index'),
  USER_TEXT: vendorAttribute('elevenlabs.user.text'),
  VERSION_ID: vendorAttribute('elevenlabs.version_id'),
} as const;

/** The keys of a tool's parameters and result are documented nowhere; these have been seen or guessed in public code. */
export const TOOL_PARAMS = ['params', 'arguments', 'parameters', 'input'].map(ofTool);
export const TOOL_RESULT = ['result', 'output', 'response'].map(ofTool);

function ofTool(name: string): VendorAttribute {
  return vendorAttribute(`elevenlabs.tool.${name}`);
}
