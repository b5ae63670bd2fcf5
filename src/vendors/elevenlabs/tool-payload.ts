import type { Nanos } from '../../conversation.ts';
import { asObject, flag, type Json, mendJson, objects, text } from '../../json/reading.ts';
import { measuredSeconds } from '../../time/nanos.ts';

/** Tool calls and results of a transcript row, and what a workflow's result says that it called in turn. */

export interface RowToolCall {
  readonly requestId: string | undefined;
  readonly name: string;
  readonly params: string | undefined;
  readonly type: string | undefined;
  /** `tool_has_been_called`. */
  readonly wasCalled: boolean | undefined;
}

export interface RowToolResult {
  readonly requestId: string | undefined;
  readonly name: string | undefined;
  readonly value: string | undefined;
  readonly isError: boolean;
  readonly errorType: string | undefined;
  readonly isBlocked: boolean;
  /** `tool_has_been_called`. */
  readonly wasCalled: boolean | undefined;
  readonly length: Nanos | undefined;
  readonly type: string | undefined;
  readonly steps: readonly StepCall[];
}

/** A call that a workflow made in one of its steps. */
export interface StepCall {
  readonly call: RowToolCall;
  /** Absent for a request that nothing answered. */
  readonly result: RowToolResult | undefined;
}

/** Deeper than workflows nest; each level may be JSON in a text of the one above. */
const DEEPEST = 8;

export function readToolCall(call: Json): RowToolCall[] {
  const name = text(call.tool_name);
  if (name === undefined) return [];
  return [
    {
      requestId: text(call.request_id),
      name,
      params: text(call.params_as_json),
      type: text(call.type),
      wasCalled: flag(call.tool_has_been_called),
    },
  ];
}

export function readToolResult(result: Json): RowToolResult {
  return readResult(result, 0);
}

function readResult(result: Json, depth: number): RowToolResult {
  const name = text(result.tool_name);
  const type = text(result.type);
  return {
    requestId: text(result.request_id),
    name,
    value: text(result.result_value),
    isError: result.is_error === true,
    errorType: text(result.error_type),
    isBlocked: result.is_blocked === true,
    wasCalled: flag(result.tool_has_been_called),
    length: measuredSeconds(result.tool_latency_secs),
    type,
    steps: isWorkflow(type, name) ? stepsOf(result.result ?? result.result_value, result, depth) : [],
  };
}

/** How many calls a result is, those of a workflow's steps included. */
export function partsOf({ steps }: RowToolResult): number {
  return steps.reduce((sum, { result }) => sum + 1 + (result === undefined ? 0 : partsOf(result)), 1);
}

/** Named as those that have been seen, where nothing says the type. */
function isWorkflow(type: string | undefined, name: string | undefined): boolean {
  if (type !== undefined) return type === 'workflow';
  return name !== undefined && /^(?:notify_condition_\d+_met|progress_workflow)$/.test(name);
}

/** What a workflow called, where only its result's text is there. */
export function readSteps(name: string, value: string): readonly StepCall[] {
  return isWorkflow(undefined, name) ? stepsOf(value, {}, 0) : [];
}

/** Of the structure, else of its text: both are the same document. */
function stepsOf(value: unknown, result: Json, depth: number): StepCall[] {
  if (depth >= DEEPEST) return [];
  const steps = objects(parsed(asObject(parsed(value)).steps));
  if (steps.length === 0 && value !== result.result_value) return stepsOf(result.result_value, result, depth);
  return steps.flatMap((step) => callsOf(step, depth + 1));
}

/** In the order of the results; requests that nothing answered come last. */
function callsOf(step: Json, depth: number): StepCall[] {
  const requests = objects(parsed(step.requests)).flatMap(readToolCall);
  const byId = new Map(requests.map((call) => [call.requestId, call]));
  const results = objects(parsed(step.results)).map((result) => readResult(result, depth));
  const answered = results.flatMap((result): StepCall[] => {
    const request = result.requestId === undefined ? undefined : byId.get(result.requestId);
    const name = request?.name ?? result.name;
    if (name === undefined) return [];
    const { requestId, type } = result;
    return [{ call: request ?? { requestId, name, params: undefined, type, wasCalled: true }, result }];
  });
  const taken = new Set(answered.map(({ call }) => call));
  const open = requests.filter((call) => !taken.has(call));
  return [...answered, ...open.map((call) => ({ call, result: undefined }))];
}

/** A longer text is no account of steps, and what it parses to could be any size. */
const LONGEST_TEXT = 1 << 20;

/** The value of a text that is JSON, and any other value as it is. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > LONGEST_TEXT || !/^\s*[[{]/.test(value)) return value;
  try {
    return mendJson(JSON.parse(value));
  } catch (error) {
    // Cut off, or never JSON: then nothing is known of its steps.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
