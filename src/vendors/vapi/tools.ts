import type { Nanos, Tool } from '../../conversation.ts';
import { isObject, type Json } from '../../json/reading.ts';
import { measured, within } from '../../time/nanos.ts';
import { concludes } from '../exchange.ts';
import type { VapiToolCall } from './rows.ts';
import type { TimedRow } from './timeline.ts';

/** The results of a call's tools, by the call's id; of several the last. */
export type Results = ReadonlyMap<string, TimedRow>;

export function resultsOf(rows: readonly TimedRow[]): Results {
  const results = new Map<string, TimedRow>();
  for (const timed of rows) {
    if (timed.row.callId !== undefined) results.set(timed.row.callId, timed);
  }
  return results;
}

/** From the row that calls to the row with the result. */
export function makeTool(
  call: VapiToolCall,
  caller: TimedRow,
  results: Results,
  frame: { readonly start: Nanos; readonly end: Nanos },
): Tool {
  const answer = call.id === undefined ? undefined : results.get(call.id);
  const length = lengthOf(caller, answer);
  const start = within(caller.start, frame.start, frame.end);
  const result = answer?.row.result;
  const error = hasFailed(result) ? 'tool_error' : undefined;
  return {
    name: call.name,
    type: 'function',
    start,
    end: within(caller.start + (length ?? 0n), start, frame.end),
    timing: length === undefined ? 'estimated' : 'measured',
    ...(length === undefined ? {} : { length }),
    ...(error === undefined ? {} : { error }),
    ...(call.id === undefined ? {} : { callId: call.id }),
    ...(call.arguments === undefined ? {} : { arguments: call.arguments }),
    ...(result === undefined ? {} : { result }),
  };
}

function lengthOf(caller: TimedRow, answer: TimedRow | undefined): Nanos | undefined {
  if (!caller.timed || !answer?.timed) return undefined;
  return measured(answer.start - caller.start);
}

/** The longest of what a row called that was there by `moment`: nobody waited for what came later. */
export function longestBy(moment: Nanos, caller: TimedRow, results: Results): Nanos | undefined {
  const lengths = caller.row.calls.flatMap(({ id }) => {
    const answer = id === undefined ? undefined : results.get(id);
    if (answer === undefined || answer.start > moment) return [];
    return lengthOf(caller, answer) ?? [];
  });
  return lengths.reduce<Nanos | undefined>(
    (most, length) => (most === undefined || length > most ? length : most),
    undefined,
  );
}

/** No field says whether a tool failed. Only what says so itself, in one of the ways that are common, has. */
function hasFailed(result: string | undefined): boolean {
  if (result === undefined) return false;
  const answer = parsed(result);
  return answer === undefined ? failureWords(result) !== undefined : saysFailed(answer);
}

/** The words with which a text begins that tells of a failure. */
export function failureWords(text: string): string | undefined {
  return /^\s*(?:error\b|(?:tool |function )?(?:call )?failed\b|no result returned\b|exception\b)/i.exec(
    text,
  )?.[0];
}

function saysFailed(answer: Json): boolean {
  const { error, success, ok, status, isError } = answer;
  if (success === false || ok === false || isError === true) return true;
  if (typeof status === 'string' && /^(?:error|failed|failure)$/i.test(status)) return true;
  return error !== undefined && error !== null && error !== false && error !== '';
}

function parsed(text: string): Json | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The vendor's own tools that end the call or hand it over. */
const LAST_WORDS: ReadonlySet<string> = new Set(['endCall', 'transferCall', 'handoff']);

/** By the vendor's name for it, or by that which others have. */
export function isLastWord({ name }: Pick<VapiToolCall, 'name'>): boolean {
  return LAST_WORDS.has(name) || concludes(name);
}
