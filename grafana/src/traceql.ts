import { CALLSPAN, GEN_AI, PHASE, TURN } from '../../src/trace/semconv.ts';

/**
 * TraceQL queries, on the attributes that callspan writes. Tempo knows conversations at the time at which they took
 * place, however late they came.
 */

/** A span attribute. */
function span(attribute: string): string {
  return `span.${attribute}`;
}

/** Grafana puts `a|b` for several values, and `.*` for all. */
const CHOSEN = [
  `${span(CALLSPAN.SOURCE)} =~ "$source"`,
  `${span(GEN_AI.PROVIDER_NAME)} =~ "$provider"`,
  `${span(GEN_AI.AGENT_ID)} =~ "$agent"`,
].join(' && ');

/**
 * Whether an attribute is more than a number. Asked twice: Tempo compares whole numbers with whole ones only, and
 * others with others (grafana/tempo#4332). callspan writes all seconds as others; what was stored before it did has
 * whole ones beside them.
 */
function isOver(attribute: string, limit: number): string {
  const fraction = Number.isInteger(limit) ? `${limit}.0` : String(limit);
  return `(${span(attribute)} > ${Math.floor(limit)} || ${span(attribute)} > ${fraction})`;
}

const ROOT = `${span(CALLSPAN.PHASE)} = "${PHASE.CONVERSATION}"`;
const WAIT = `${span(CALLSPAN.PHASE)} = "${PHASE.RESPONSE_LATENCY}"`;

/** What the root tells of a conversation, in the order of the table's columns; a unit where it is a number. */
export const ROOT_COLUMNS: readonly (readonly [attribute: string, title: string, unit?: string])[] = [
  [GEN_AI.CONVERSATION_ID, 'Conversation'],
  [GEN_AI.AGENT_ID, 'Agent'],
  [CALLSPAN.OUTCOME, 'Outcome'],
  [CALLSPAN.END_REASON, 'Ended by'],
  [CALLSPAN.TURNS, 'Exchanges', 'short'],
  [CALLSPAN.WAIT_MAX_SECONDS, 'Longest wait', 's'],
  [CALLSPAN.WAIT_MEAN_SECONDS, 'Mean wait', 's'],
  [CALLSPAN.WAITS_UNMEASURED, 'Not measured', 'short'],
  [CALLSPAN.SILENCE_MAX_SECONDS, 'Longest silence', 's'],
  [CALLSPAN.UNANSWERED, 'Unanswered', 'short'],
  [CALLSPAN.INTERRUPTIONS, 'Interruptions', 'short'],
  [CALLSPAN.TOOL_ERRORS, 'Tool errors', 'short'],
  [CALLSPAN.COST_USD, 'Cost', 'currencyUSD'],
];

/** What a wait tells. */
export const WAIT_COLUMNS: readonly (readonly [attribute: string, title: string, unit?: string])[] = [
  [GEN_AI.CONVERSATION_ID, 'Conversation'],
  [GEN_AI.AGENT_ID, 'Agent'],
  [TURN.NUMBER, 'Exchange', 'short'],
  [TURN.USER_BOT_LATENCY_SECONDS, 'Wait', 's'],
  [CALLSPAN.WAIT_UNEXPLAINED_SECONDS, 'Unexplained', 's'],
];

/** Attributes that queries ask for and no column shows: Tempo answers with whatever a condition names. */
export const ASKED_ONLY: readonly string[] = [
  CALLSPAN.PHASE,
  CALLSPAN.SOURCE,
  CALLSPAN.WAITS,
  CALLSPAN.SLOW,
  GEN_AI.PROVIDER_NAME,
];

/** Which conversations a search is for: what the panel's variable `show` puts into the query. */
export const SEARCHES: readonly (readonly [text: string, condition: string])[] = [
  ['all', `${span(CALLSPAN.WAITS)} >= 0`],
  ['slow', `${span(CALLSPAN.SLOW)} = true`],
  ['a wait over 5 s', isOver(CALLSPAN.WAIT_MAX_SECONDS, 5)],
  ['something unanswered', `${span(CALLSPAN.UNANSWERED)} > 0`],
  ['interrupted', `${span(CALLSPAN.INTERRUPTIONS)} > 0`],
  ['a tool failed', `${span(CALLSPAN.TOOL_ERRORS)} > 0`],
  ['no wait known', `${span(CALLSPAN.WAITS)} = 0 && ${span(CALLSPAN.WAITS_UNMEASURED)} > 0`],
  ['failed', `${span(CALLSPAN.OUTCOME)} = "failed"`],
  ['not completed', `${span(CALLSPAN.OUTCOME)} != "completed"`],
];

/** Conversations of the chosen kind, the latest first. */
export const FOUND = search(`${ROOT} && ${CHOSEN} && $show`, ROOT_COLUMNS);

/** The one conversation whose id is given. */
export const BY_ID = search(`${ROOT} && ${span(GEN_AI.CONVERSATION_ID)} = "$conversation"`, ROOT_COLUMNS);

/** Single waits longer than `seconds`. */
export function longWaits(seconds: number): string {
  return search(`${WAIT} && ${CHOSEN} && ${isOver(TURN.USER_BOT_LATENCY_SECONDS, seconds)}`, WAIT_COLUMNS);
}

/**
 * Felt latency by the time of the conversations, out of the waits themselves. Mean and longest: Tempo's
 * quantile_over_time ignores attributes that are no durations, and its buckets of powers of two are off by up to 75 %.
 */
export const FELT_LATENCY = {
  mean: `{ ${WAIT} && ${CHOSEN} } | avg_over_time(${span(TURN.USER_BOT_LATENCY_SECONDS)})`,
  longest: `{ ${WAIT} && ${CHOSEN} } | max_over_time(${span(TURN.USER_BOT_LATENCY_SECONDS)})`,
} as const;

/** Conversations in which somebody was answered and not one wait is known, by agent. */
export const UNKNOWN_WAITS = `{ ${ROOT} && ${CHOSEN} && ${span(CALLSPAN.WAITS)} = 0 && ${span(CALLSPAN.WAITS_UNMEASURED)} > 0 } | count_over_time() by (${span(GEN_AI.AGENT_ID)})`;

/** Conversations by the time at which they began, by outcome. */
export const OUTCOMES = `{ ${ROOT} && ${CHOSEN} } | count_over_time() by (${span(CALLSPAN.OUTCOME)})`;

function search(condition: string, columns: readonly (readonly [string, ...unknown[]])[]): string {
  const selected = columns.map(([attribute]) => span(attribute)).join(', ');
  return `{ ${condition} } | select(${selected}) with (most_recent=true)`;
}
