import type { Agent, Nanos, Tool, Turn, Wait } from '../../conversation.ts';
import { measured, secondsToNanos, within } from '../../time/nanos.ts';
import { exchangeNumbers, isSilence } from '../exchange.ts';
import { asText, type ToolCall } from './payload.ts';
import { RESULT_SUFFIX, type TimedEntry } from './transcript.ts';

/** A user who hears nothing for this long has not been answered. */
const UNANSWERED = secondsToNanos(5);

export interface TurnFrame {
  readonly start: Nanos;
  readonly end: Nanos;
  /** False where the end is a guess, or a timeout's: no silence is measured to it. */
  readonly endIsHeard: boolean;
  readonly agent: Agent;
}

/** The turns of a transcript in time. Waits are measured before anything is clamped to the conversation. */
export function makeTurns(entries: readonly TimedEntry[], frame: TurnFrame): Turn[] {
  const spoken = entries.filter((timed) => timed.isTurn);
  const numbers = exchangeNumbers(spoken.map((timed) => speakerOf(timed)));
  const beginnings = beginningsOf(spoken);
  const results = lastResults(entries);
  return spoken.map((timed, index): Turn => {
    const { entry } = timed;
    const agent = speakerOf(timed) === 'agent';
    const speaks = entry.content !== undefined && (agent || !isSilence(entry.content));
    const gap = agent && speaks ? gapBefore(spoken, index) : undefined;
    const overlap = gap && gap.length < 0n ? measured(-gap.length) : undefined;
    const interrupted = agent && speaks ? wasInterrupted(timed, beginnings) : undefined;
    const silence = speaks && !agent ? silenceAfter(spoken, index, frame) : undefined;
    const bar = clamp(timed, frame);
    return {
      start: bar.start,
      end: bar.end,
      number: numbers[index] ?? 1,
      speaker: agent ? 'agent' : 'user',
      timing: timed.timing,
      speaks,
      agent: frame.agent,
      tools: timed.calls.map((call) => makeTool(call, timed, results, frame)),
      generated: agent && (entry.inferenceId !== undefined || timed.calls.length > 0),
      usage: [],
      vendor: {
        plain: entry.inferenceId === undefined ? {} : { 'tavus.inference_id': entry.inferenceId },
        content:
          entry.content === undefined
            ? {}
            : { [agent ? 'tavus.agent.text' : 'tavus.user.text']: entry.content },
      },
      ...(entry.content === undefined ? {} : { text: entry.content }),
      ...(agent && entry.inferenceId !== undefined ? { responseId: entry.inferenceId } : {}),
      ...(interrupted === undefined ? {} : { interrupted }),
      ...(gap === undefined || measured(gap.length) === undefined ? {} : { wait: makeWait(gap, frame) }),
      ...(overlap === undefined ? {} : { overlap }),
      ...(silence === undefined ? {} : { silence }),
    };
  });
}

function speakerOf({ entry }: TimedEntry): 'user' | 'agent' {
  return entry.role === 'user' ? 'user' : 'agent';
}

interface Gap {
  readonly from: Nanos;
  readonly to: Nanos;
  readonly length: Nanos;
}

/** From the end of the user's last entry to this one, if this is the first that speaks since. */
function gapBefore(spoken: readonly TimedEntry[], index: number): Gap | undefined {
  const reply = spoken[index];
  for (let before = index - 1; before >= 0; before--) {
    const timed = spoken[before];
    if (!timed || !reply) return undefined;
    if (speakerOf(timed) === 'agent') {
      if (timed.entry.content !== undefined) return undefined;
      continue;
    }
    if (isSilent(timed)) continue;
    if (!timed.hasEnd || !timed.timed || !reply.timed) return undefined;
    return { from: timed.end, to: reply.start, length: reply.start - timed.end };
  }
  return undefined;
}

function makeWait({ from, to, length }: Gap, frame: TurnFrame): Wait {
  const start = within(from, frame.start, frame.end);
  return { start, end: within(to, start, frame.end), length, phases: [] };
}

/** When users began to say something, in order. */
function beginningsOf(spoken: readonly TimedEntry[]): readonly Nanos[] {
  return spoken
    .filter((timed) => speakerOf(timed) === 'user' && timed.timed && !isSilent(timed))
    .map(({ start }) => start)
    .sort((one, other) => (one < other ? -1 : 1));
}

/** Known where this entry has an end of its own: whether a user began before it. */
function wasInterrupted(reply: TimedEntry, beginnings: readonly Nanos[]): boolean | undefined {
  if (!reply.timed || !reply.hasEnd) return undefined;
  // The first beginning after the reply's: calls of two hours have too many to look at each for each.
  let low = 0;
  for (let high = beginnings.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((beginnings[middle] ?? 0n) > reply.start) high = middle;
    else low = middle + 1;
  }
  const next = beginnings[low];
  return next !== undefined && next < reply.end;
}

/** How long nobody answered, if nobody did until the user spoke again or the conversation ended. */
function silenceAfter(spoken: readonly TimedEntry[], index: number, frame: TurnFrame): Nanos | undefined {
  const asked = spoken[index];
  if (!asked?.timed || !asked.hasEnd) return undefined;
  let until: Nanos | undefined = frame.endIsHeard ? frame.end : undefined;
  for (let after = index + 1; after < spoken.length; after++) {
    const timed = spoken[after];
    if (!timed) continue;
    if (speakerOf(timed) === 'agent') {
      if (timed.entry.content !== undefined) return undefined;
      continue;
    }
    if (isSilent(timed)) continue;
    until = timed.timed ? timed.start : undefined;
    break;
  }
  const silence = until === undefined ? undefined : measured(until - asked.end);
  return silence !== undefined && silence >= UNANSWERED ? silence : undefined;
}

/** A user's row of dots: nobody spoke, so it neither begins nor ends anything. */
function isSilent(timed: TimedEntry): boolean {
  return speakerOf(timed) === 'user' && isSilence(timed.entry.content ?? '');
}

/** From the entry that calls to the last result that came back, the late one of an asynchronous tool included. */
function makeTool(
  call: ToolCall,
  caller: TimedEntry,
  results: ReadonlyMap<string, TimedEntry>,
  frame: TurnFrame,
): Tool {
  const last = call.id === undefined ? undefined : results.get(call.id);
  const content = last?.entry.content;
  const length = caller.timed && last?.timed ? measured(last.start - caller.start) : undefined;
  const start = within(caller.start, frame.start, frame.end);
  return {
    name: call.name,
    type: 'function',
    start,
    end: within(caller.start + (length ?? 0n), start, frame.end),
    // The whole transcript may stand where it was guessed to stand; then so does this, whatever its length.
    timing: length === undefined || caller.timing === 'estimated' ? 'estimated' : 'measured',
    ...(length === undefined ? {} : { length }),
    ...(call.id === undefined ? {} : { callId: call.id }),
    ...(call.arguments === undefined ? {} : { arguments: asText(call.arguments) }),
    ...(content === undefined ? {} : { result: content }),
  };
}

/** The last result of each call, by the call's id. */
function lastResults(entries: readonly TimedEntry[]): ReadonlyMap<string, TimedEntry> {
  const results = new Map<string, TimedEntry>();
  for (const timed of entries) {
    const { role, toolCallId } = timed.entry;
    if (role !== 'tool' || toolCallId === undefined) continue;
    results.set(toolCallId, timed);
    if (toolCallId.endsWith(RESULT_SUFFIX)) results.set(toolCallId.slice(0, -RESULT_SUFFIX.length), timed);
  }
  return results;
}

function clamp({ start, end }: TimedEntry, frame: TurnFrame): { start: Nanos; end: Nanos } {
  const from = within(start, frame.start, frame.end);
  return { start: from, end: within(end, from, frame.end) };
}
