import type { Agent, Nanos, Tool, Turn, Wait } from '../../conversation.ts';
import { measured, secondsToNanos, within } from '../../time/nanos.ts';
import { concludes, exchangeNumbers, hasWords } from '../exchange.ts';
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
    const speaks = hasSpoken(timed);
    const asked = agent && speaks ? askedBefore(spoken, index) : undefined;
    const gap = asked && gapBetween(asked, timed);
    const overlap = gap && gap.length < 0n ? measured(-gap.length) : undefined;
    const isWait = gap !== undefined && measured(gap.length) !== undefined;
    const interrupted = agent && speaks ? wasInterrupted(timed, index, beginnings) : undefined;
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
      ...(agent && timed.calls.some(({ name }) => concludes(name)) ? { concludes: true } : {}),
      ...(isWait ? { wait: makeWait(gap, frame) } : {}),
      ...(asked && !isWait && overlap === undefined ? { unmeasured: true } : {}),
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

/** Tools, rows of dots and replies that were cut before a word say nothing. */
function hasSpoken({ entry }: TimedEntry): boolean {
  return hasWords(entry.content);
}

/** The user's last words before an entry, if it is the first in which the agent speaks since. */
function askedBefore(spoken: readonly TimedEntry[], index: number): TimedEntry | undefined {
  for (let before = index - 1; before >= 0; before--) {
    const timed = spoken[before];
    if (timed && hasSpoken(timed)) return speakerOf(timed) === 'user' ? timed : undefined;
  }
  return undefined;
}

/** From the end of the user's words to the reply, where the payload tells both. */
function gapBetween(asked: TimedEntry, reply: TimedEntry): Gap | undefined {
  if (!asked.hasEnd || !asked.timed || !reply.timed) return undefined;
  // Typed words are stamped when they arrive in the transcript, which is after the reply to them began.
  if (asked.start > reply.start && isOneTurn(asked, reply)) return undefined;
  return { from: asked.end, to: reply.start, length: reply.start - asked.end };
}

/** Words and the reply to them: they share the inference that made it. */
function isOneTurn(asked: TimedEntry, reply: TimedEntry): boolean {
  return asked.entry.inferenceId !== undefined && asked.entry.inferenceId === reply.entry.inferenceId;
}

function makeWait({ from, to, length }: Gap, frame: TurnFrame): Wait {
  const start = within(from, frame.start, frame.end);
  return { start, end: within(to, start, frame.end), length, phases: [] };
}

/** Where in the transcript a user began to say something. */
interface Beginning {
  readonly timed: TimedEntry;
  readonly index: number;
}

/** When users began to say something, in order. */
function beginningsOf(spoken: readonly TimedEntry[]): readonly Beginning[] {
  return spoken
    .map((timed, index) => ({ timed, index }))
    .filter(({ timed }) => speakerOf(timed) === 'user' && timed.timed && hasSpoken(timed))
    .sort((one, other) => (one.timed.start < other.timed.start ? -1 : 1));
}

/** Known where this entry has an end of its own: whether a user began before it. What it answers does not interrupt it. */
function wasInterrupted(
  reply: TimedEntry,
  place: number,
  beginnings: readonly Beginning[],
): boolean | undefined {
  if (!reply.timed || !reply.hasEnd) return undefined;
  // The first beginning after the reply's: calls of two hours have too many to look at each for each.
  let low = 0;
  for (let high = beginnings.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((beginnings[middle]?.timed.start ?? 0n) > reply.start) high = middle;
    else low = middle + 1;
  }
  for (
    let next = beginnings[low];
    next !== undefined && next.timed.start < reply.end;
    next = beginnings[++low]
  ) {
    if (next.index > place || !isOneTurn(next.timed, reply)) return true;
  }
  return false;
}

/** How long nobody answered, if nobody did until the user spoke again or the conversation ended. */
function silenceAfter(spoken: readonly TimedEntry[], index: number, frame: TurnFrame): Nanos | undefined {
  const asked = spoken[index];
  if (!asked?.timed || !asked.hasEnd) return undefined;
  let until: Nanos | undefined = frame.endIsHeard ? frame.end : undefined;
  for (let after = index + 1; after < spoken.length; after++) {
    const timed = spoken[after];
    if (!timed) continue;
    if (timed.calls.some(({ name }) => concludes(name))) return undefined;
    if (!hasSpoken(timed)) continue;
    if (speakerOf(timed) === 'agent') return undefined;
    until = timed.timed ? timed.start : undefined;
    break;
  }
  const silence = until === undefined ? undefined : measured(until - asked.end);
  return silence !== undefined && silence >= UNANSWERED ? silence : undefined;
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
