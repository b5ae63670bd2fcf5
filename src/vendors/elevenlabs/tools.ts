import type { Nanos, Timing, Tool } from '../../conversation.ts';
import { measuredMillis } from '../../time/nanos.ts';
import { ATTRIBUTE, TOOL_PARAMS, TOOL_RESULT } from './attributes.ts';
import { type JoinedTool, toolName } from './join.ts';
import { attributeNumber, attributeText, firstText, type VendorSpan } from './span.ts';
import { type RowToolCall, type RowToolResult, readSteps, type StepCall } from './tool-payload.ts';

/** Tools as they ran, with the numbers of their calls, and what they called in turn. */

interface Bar {
  readonly start: Nanos;
  readonly end: Nanos;
}

/** A tool with the numbers of its call; the bar of its span is whole seconds. @param turn the bar of its turn. */
export function makeTool({ node, call, result }: JoinedTool, turn: Bar, timing: Timing = 'derived'): Tool {
  const span = node?.vendor;
  const wasMade = isMade(call, result);
  const length = wasMade
    ? (result?.length ?? measuredMillis(attributeNumber(span, ATTRIBUTE.TOOL_LATENCY_MS)))
    : undefined;
  const place = node ?? turn;
  const name = call?.name ?? (node ? toolName(node) : '');
  const error = errorOf(result, wasMade, span);
  const spoken = call?.params ?? firstText(span, TOOL_PARAMS);
  const answer = result?.value ?? firstText(span, TOOL_RESULT);
  const steps = result?.steps ?? (answer === undefined ? [] : readSteps(name, answer));
  return {
    name,
    type: (call?.type ?? result?.type) === 'client' ? 'function' : 'extension',
    start: place.start,
    end: node ? place.end : place.start,
    timing,
    ...(length === undefined ? {} : { length }),
    ...(call?.requestId === undefined ? {} : { callId: call.requestId }),
    ...(error === undefined ? {} : { error }),
    ...(spoken === undefined ? {} : { arguments: spoken }),
    ...(answer === undefined ? {} : { result: answer }),
    ...(steps.length === 0 ? {} : { nested: nestedTools(steps, place.start) }),
  };
}

/** One after the other from the start of what called them, each as long as it took. */
function nestedTools(steps: readonly StepCall[], start: Nanos): Tool[] {
  let at = start;
  return steps.map(({ call, result }): Tool => {
    const from = at;
    // A request of a step says that it was not made even where it was: its result tells.
    const wasMade = result === undefined ? call.wasCalled !== false : !result.isBlocked;
    const length = wasMade ? result?.length : undefined;
    at = from + (length ?? 0n);
    const error = errorOf(result, wasMade, undefined);
    const nested = nestedTools(result?.steps ?? [], from);
    return {
      name: call.name,
      type: (call.type ?? result?.type) === 'client' ? 'function' : 'extension',
      start: from,
      end: at,
      timing: 'derived',
      ...(length === undefined ? {} : { length }),
      ...(call.requestId === undefined ? {} : { callId: call.requestId }),
      ...(error === undefined ? {} : { error }),
      ...(call.params === undefined ? {} : { arguments: call.params }),
      ...(result?.value === undefined ? {} : { result: result.value }),
      ...(nested.length === 0 ? {} : { nested }),
    };
  });
}

/** Not where it was blocked, nor where neither half says that it was called and one says that it was not. */
function isMade(call: RowToolCall | undefined, result: RowToolResult | undefined): boolean {
  return result?.isBlocked !== true && (result?.wasCalled ?? call?.wasCalled) !== false;
}

/** The vendor's word for it if it is one, for attribute values must stay few. */
function errorOf(
  result: RowToolResult | undefined,
  wasMade: boolean,
  span: VendorSpan | undefined,
): string | undefined {
  if (result?.isBlocked) return 'blocked';
  const status = attributeText(span, ATTRIBUTE.TOOL_STATUS);
  const failed = result ? result.isError : status !== undefined && /^(?:error|failed|failure)$/i.test(status);
  if (!failed) return wasMade ? undefined : 'blocked';
  const word = result?.errorType;
  return word !== undefined && /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(word) && word.length <= 64
    ? word
    : 'tool_error';
}
