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
 * others with others (grafana/tempo#4332); callspan writes 3 s as a whole number and 3.2 s as another.
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
  [CALLSPAN.SLOW, 'Slow'],
  [CALLSPAN.WAIT_MAX_SECONDS, 'Longest wait', 's'],
  [CALLSPAN.WAIT_MEAN_SECONDS, 'Mean wait', 's'],
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
];

/** Which conversations a search is for: what the panel's variable `show` puts into the query. */
export const SEARCHES: readonly (readonly [text: string, condition: string])[] = [
  ['all', `${span(CALLSPAN.WAITS)} >= 0`],
  ['slow', `${span(CALLSPAN.SLOW)} = true`],
  ['a wait over 5 s', isOver(CALLSPAN.WAIT_MAX_SECONDS, 5)],
  ['something unanswered', `${span(CALLSPAN.UNANSWERED)} > 0`],
  ['interrupted', `${span(CALLSPAN.INTERRUPTIONS)} > 0`],
  ['a tool failed', `${span(CALLSPAN.TOOL_ERRORS)} > 0`],
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

/** Felt latency by the time of the conversations, out of the waits themselves and not out of buckets. */
export const FELT_LATENCY = `{ ${WAIT} && ${CHOSEN} } | quantile_over_time(${span(TURN.USER_BOT_LATENCY_SECONDS)}, .5, .95, .99)`;

/** Conversations by the time at which they began, by outcome. */
export const OUTCOMES = `{ ${ROOT} && ${CHOSEN} } | count_over_time() by (${span(CALLSPAN.OUTCOME)})`;

function search(condition: string, columns: readonly (readonly [string, ...unknown[]])[]): string {
  const selected = columns.map(([attribute]) => span(attribute)).join(', ');
  return `{ ${condition} } | select(${selected}) with (most_recent=true)`;
}
