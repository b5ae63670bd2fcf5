import { CALLSPAN } from '../trace/semconv.ts';
import type { SpanReader } from './span-reader.ts';

/** One figure of the whole conversation. */
export interface Total {
  readonly name: string;
  readonly value: string;
}

const seconds = (value: number) => `${value.toFixed(2)} s`;
const count = (value: number) => String(value);
const dollars = (value: number) => `$${value.toFixed(4)}`;

const WANTED: readonly (readonly [string, string, (value: number) => string])[] = [
  ['exchanges', CALLSPAN.TURNS, count],
  ['waits', CALLSPAN.WAITS, count],
  ['waits not measured', CALLSPAN.WAITS_UNMEASURED, count],
  ['first wait', CALLSPAN.WAIT_FIRST_SECONDS, seconds],
  ['mean wait', CALLSPAN.WAIT_MEAN_SECONDS, seconds],
  ['longest wait', CALLSPAN.WAIT_MAX_SECONDS, seconds],
  ['unanswered', CALLSPAN.UNANSWERED, count],
  ['longest silence', CALLSPAN.SILENCE_MAX_SECONDS, seconds],
  ['interruptions', CALLSPAN.INTERRUPTIONS, count],
  ['tool errors', CALLSPAN.TOOL_ERRORS, count],
  ['cost', CALLSPAN.COST_USD, dollars],
  ['models', CALLSPAN.COST_LLM_USD, dollars],
  ['tokens in', CALLSPAN.TOKENS_INPUT, count],
  ['tokens out', CALLSPAN.TOKENS_OUTPUT, count],
];

/** The figures that the conversation's own span carries, in the order in which a person asks for them. */
export function totalsOf(root: SpanReader): Total[] {
  return WANTED.flatMap(([name, key, format]) => {
    const value = root.number(key);
    // That every wait was measured is no news.
    if (value === undefined || (key === CALLSPAN.WAITS_UNMEASURED && value === 0)) return [];
    return [{ name, value: format(value) }];
  });
}
