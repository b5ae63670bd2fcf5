import type { OtlpValue } from '../../trace/otlp.ts';
import { readMetered, splitUsageKey, USAGE_PREFIX } from './usage.ts';

/**
 * What of ElevenLabs' own attributes may go without `content: full`: ids, numbers, models and closed words. It is
 * a list of what may go, not of what may not, so that an attribute that the vendor invents tomorrow stays in.
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

/** Whether an attribute of the vendor may go when content stays in. */
export function isAllowed(key: string, value: OtlpValue): boolean {
  if (key.startsWith('service.') || WORDS.has(key)) return isText(value) || isNumber(value);
  if (NUMBERS.has(key) || key.startsWith('elevenlabs.metric.')) return isNumber(value);
  if (key.startsWith(USAGE_PREFIX)) {
    return splitUsageKey(key) !== undefined && isText(value) && readMetered(value.stringValue) !== undefined;
  }
  if (key !== TERMINATION_REASON || !isText(value)) return false;
  return isKnownTermination(value.stringValue);
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

/** Whether callspan has heard of an attribute in the vendor's namespace, allowed or not. */
export function isKnownName(key: string): boolean {
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
