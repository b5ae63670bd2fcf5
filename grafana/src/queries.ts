import {
  AGENT_ID,
  AGENT_NAME,
  ANSWER,
  ERROR,
  EVALUATION_LABEL,
  LATE,
  NUMBER,
  OUTCOME,
  PHASE,
  PROVIDER,
  SOURCE,
  VERSION,
} from './metric.ts';

/**
 * Every PromQL query about conversations, in one place: panels, alerts and tests ask the same questions in the same
 * words, and differ in where, over what time and by what they ask.
 */
export interface Look {
  /** Label matchers, without braces. */
  readonly where: string;
  /** How far back, a PromQL duration or one of Grafana's variables. */
  readonly over: string;
  /** Labels to tell apart. Default: none, one value for everything. */
  readonly by?: readonly string[];
  /** How long ago that time ended, a PromQL duration. Default: now. */
  readonly ago?: string;
}

/** What alerts look at: conversations that ended just now, not a backfill of last month's. */
export const LIVE = `${LATE}="false"`;

/** What panels look at: whatever the dashboard's variables choose. */
const CHOSEN = [
  `${SOURCE}=~"$source"`,
  `${PROVIDER}=~"$provider"`,
  `${AGENT_ID}=~"$agent"`,
  `${VERSION}=~"$version"`,
  `${LATE}=~"$late"`,
].join(', ');

/** One number for the time that is shown. */
export const WHOLE: Look = { where: CHOSEN, over: '$__range' };
/** One step of a line; it overlaps with the next, so that nothing falls between two samples. */
export const STEP: Look = { where: CHOSEN, over: '$__rate_interval' };
/** One bar. */
export const BAR: Look = { where: CHOSEN, over: '$__interval' };

/** How much a counter grew, over all its series. `only` are further label matchers. */
export function growth(counter: string, look: Look, only = ''): string {
  return total(`increase(${range(counter, look, only)})`, look);
}

/** The share that `part` is of `whole`, two counters; 0 where there is a whole and no part. */
function share(part: string, whole: string): string {
  return `(\n  ${indent(part)}\nor\n  0 * ${indent(whole)}\n)\n/\n${whole}`;
}

/** The share of a counter's growth that the label matchers `only` select. */
export function shareOf(counter: string, only: string, look: Look): string {
  return share(growth(counter, look, only), growth(counter, look));
}

/** The share of a histogram's values that are over `boundary` seconds, which has to be one of its boundaries. */
export function shareOver(histogram: string, boundary: number, look: Look): string {
  return `1 - (\n  ${indent(within(histogram, boundary, look))}\n/\n  ${indent(count(histogram, look))}\n)`;
}

/** The share of a histogram's values that are at most `boundary` seconds, which has to be one of its boundaries. */
export function shareWithin(histogram: string, boundary: number, look: Look): string {
  return `${within(histogram, boundary, look)}\n/\n${count(histogram, look)}`;
}

function within(histogram: string, boundary: number, look: Look): string {
  return growth(`${histogram}_bucket`, look, `le=~"${bucketOf(boundary)}"`);
}

/** Pushed over OTLP a boundary is written "2", scraped it becomes "2.0". */
export function bucketOf(boundary: number): string {
  return Number.isInteger(boundary) ? `${boundary}|${boundary}[.]0` : String(boundary).replace('.', '[.]');
}

/** How many values a histogram got. */
export function count(histogram: string, look: Look): string {
  return growth(`${histogram}_count`, look);
}

/** The mean of a histogram's values, exact. */
export function mean(histogram: string, look: Look): string {
  return `${growth(`${histogram}_sum`, look)}\n/\n${count(histogram, look)}`;
}

/** A quantile of a histogram's values, interpolated between its boundaries: for the eye, never for an alert. */
export function quantile(quantile: number, histogram: string, look: Look): string {
  return `histogram_quantile(${quantile}, ${buckets(histogram, look)})`;
}

/** A histogram's buckets. */
export function buckets(histogram: string, look: Look): string {
  return growth(`${histogram}_bucket`, { ...look, by: ['le', ...(look.by ?? [])] });
}

/** Mean seconds that each phase takes of a wait: over all waits, those without the phase too, so that they add up. */
export function phaseMeans(look: Look): string {
  const phases = growth(`${NUMBER.phase}_sum`, { ...look, by: [PHASE] });
  return `${phases}\n/ on () group_left ()\n${count(NUMBER.response, { ...look, by: [] })}`;
}

/** Mean seconds of a wait that no phase explains; none where phases overlap so that they explain too much. */
export function unexplained(look: Look): string {
  const waits = growth(`${NUMBER.response}_sum`, look);
  const phases = growth(`${NUMBER.phase}_sum`, look);
  const known = `(\n    ${indent(phases, 4)}\n  or\n    0 * ${indent(waits, 4)}\n  )`;
  return `clamp_min(\n  ${indent(waits)}\n  - ${known},\n  0\n)\n/\n${count(NUMBER.response, look)}`;
}

/** Both of these, the longest first: one series for each phase, and one for what none explains. */
export function phaseShares(look: Look): string {
  const rest = `label_replace(${unexplained(look)}, "${PHASE}", "unexplained", "", "")`;
  return sorted(`${phaseMeans(look)}\nor\n${rest}`);
}

/** Matchers of `callspan.turns` and `callspan.conversations` and `callspan.tool.calls` for what went wrong. */
export const UNANSWERED = `${ANSWER}="unanswered"`;
export const FAILED = `${OUTCOME}="failed"`;
export const TOOL_FAILED = `${ERROR}!=""`;
export const EVALUATION_FAILED = `${EVALUATION_LABEL}="failure"`;

/** Evaluations that came to a judgement; of the others nobody knows whether they failed. */
export function judged(look: Look): Look {
  return { ...look, where: `${look.where}, ${EVALUATION_LABEL}!~"unknown|"` };
}

/** Only of vendors that say whether a tool failed: no failure of others is known, which is not that there is none. */
export function tellingOfTools(look: Look): Look {
  return { ...look, where: `${look.where}, ${PROVIDER}!="tavus"` };
}

/**
 * The share of the replies that ended a wait of known length. A reply that began before the user had ended ends none.
 */
export function knownWaits(look: Look): string {
  const replies = growth(NUMBER.turns, look, `${ANSWER}=~"answered|interrupted"`);
  const waits = count(NUMBER.response, look);
  return `clamp_max(\n  (\n    ${indent(waits, 4)}\n  or\n    0 * ${indent(replies, 4)}\n  )\n  / ${indent(replies)},\n  1\n)`;
}

/** The label that {@link named} gives: what people call an agent. */
export const CALLED = 'agent';

/**
 * A query by agent, each series with the agent's name, or with its id where it has none. Of an agent that was renamed
 * one name is taken: two would make one series two.
 */
export function named(query: string): string {
  const names = `topk by (${AGENT_ID}) (1,\n  0 * max by (${AGENT_ID}, ${AGENT_NAME}) (last_over_time(${NUMBER.agents}[$__range])) + 1\n)`;
  const joined = `(\n  ${indent(query)}\n)\n* on (${AGENT_ID}) group_left (${AGENT_NAME}) ${names}\nor on (${AGENT_ID})\n(\n  ${indent(query)}\n)`;
  const called = (from: string, inner: string) =>
    `label_replace(\n  ${indent(inner)},\n  "${CALLED}", "$1", "${from}", "(.+)"\n)`;
  return called(AGENT_NAME, called(AGENT_ID, joined));
}

/** The largest first. */
export function sorted(query: string): string {
  return `sort_desc(\n  ${indent(query)}\n)`;
}
/** The user spoke, so there was something to wait for and to answer. */
const SPOKEN = `${OUTCOME}!="no_user"`;

/**
 * How many conversations are behind an agent's turns: those that began with it, or, for an agent that others pass
 * their callers on to, the deliveries in which its turns grew. Never more than there were: unlike `increase`, which
 * projects what it saw onto the whole time, this does not make two of one.
 */
export function conversationsBehind(look: Look): string {
  const began = seenGrowth(NUMBER.conversations, look, SPOKEN);
  const passed = deliveriesWith(NUMBER.turns, look, ANSWER);
  return `(\n  ${indent(began)}\n>\n  ${indent(passed)}\n)\nor\n${passed}\nor\n${began}`;
}

/** How much a counter grew between samples that were really there; a counter that began anew is understood. */
export function seenGrowth(counter: string, look: Look, only = ''): string {
  const of = range(counter, look, only);
  return total(
    `\n  max_over_time(${of}) - min_over_time(${of}) < increase(${of})\n  or increase(${of})\n`,
    look,
  );
}

/**
 * In how many deliveries a counter grew, at least: a conversation is added to the numbers in one go, and several of
 * one export look like one. `kind` is the label whose values one conversation may have several of.
 */
export function deliveriesWith(counter: string, look: Look, kind: string, only = ''): string {
  const by = look.by ?? [];
  const each = total(`changes(${range(counter, look, only)})`, { ...look, by: [...by, kind] });
  return `max${grouping(by)} (${each})`;
}

function total(series: string, { by = [] }: Look): string {
  return `sum${grouping(by)} (${series})`;
}

function grouping(by: readonly string[]): string {
  return by.length === 0 ? '' : ` by (${by.join(', ')})`;
}

function range(series: string, { where, over, ago }: Look, only = ''): string {
  const matchers = [where, only].filter((matcher) => matcher !== '').join(', ');
  return `${series}{${matchers}}[${over}]${ago === undefined ? '' : ` offset ${ago}`}`;
}

/** Moves all lines but the first to the right. */
export function indent(query: string, columns = 2): string {
  return query.replaceAll('\n', `\n${' '.repeat(columns)}`);
}
