import type { Agent, Nanos, Tool, Turn } from '../../conversation.ts';
import { measured, secondsToNanos, within } from '../../time/nanos.ts';
import { concludes, exchangeNumbers } from '../exchange.ts';
import type { Entry, PlacedCall } from './timeline.ts';
import { exchangesOf, gapOf, type Waits } from './waits.ts';

/** A user who hears nothing for this long has not been answered. */
const UNANSWERED = secondsToNanos(5);

export interface TurnFrame {
  readonly start: Nanos;
  readonly end: Nanos;
  /** False where the end is a guess, or was the agent's answer: no silence is measured to it. */
  readonly endIsHeard: boolean;
  readonly agent: Agent;
  /** Typed: nobody listens for an answer. */
  readonly textOnly: boolean;
}

/** The turns of a call: what the user and the agent said, and rounds of calls. */
export function makeTurns(entries: readonly Entry[], waits: Waits, frame: TurnFrame): Turn[] {
  const turns = entries.filter(isTurn);
  const numbers = exchangeNumbers(turns.map(({ speaker }) => speaker));
  const exchanges = new Map(exchangesOf(entries).map((exchange) => [exchange.reply, exchange]));
  const beginnings = beginningsOf(entries);
  const place = new Map(entries.map((entry, index) => [entry, index]));
  return turns.map((entry, index): Turn => {
    const agent = entry.speaker === 'agent';
    const at = place.get(entry) ?? 0;
    const wait = waits.of.get(entry);
    const exchange = exchanges.get(entry);
    const gap = exchange && wait === undefined && !frame.textOnly ? gapOf(exchange, frame) : undefined;
    const overlap = gap !== undefined && gap < 0n ? measured(-gap) : undefined;
    const isUnmeasured = exchange !== undefined && wait === undefined && overlap === undefined;
    const interrupted = agent && entry.speaks ? wasInterrupted(entry, at, beginnings) : undefined;
    const silence = !agent && entry.speaks && !frame.textOnly ? silenceAfter(entries, at, frame) : undefined;
    const start = within(entry.start, frame.start, frame.end);
    const { content } = entry;
    return {
      start,
      end: within(entry.end, start, frame.end),
      number: numbers[index] ?? 1,
      speaker: agent ? 'agent' : 'user',
      // Words' times are approximate, and count from the call's start.
      timing: entry.timed ? 'derived' : 'estimated',
      speaks: entry.speaks,
      agent: frame.agent,
      tools: entry.calls.map((call) => makeTool(call, frame)),
      generated: agent && (exchange !== undefined || entry.calls.length > 0),
      usage: [],
      vendor: {
        plain: {},
        content: content === undefined ? {} : { [agent ? 'retell.agent.text' : 'retell.user.text']: content },
      },
      ...(content === undefined ? {} : { text: content }),
      ...(interrupted === undefined ? {} : { interrupted }),
      ...(entry.calls.some(({ call }) => concludes(call.name)) ? { concludes: true } : {}),
      ...(wait === undefined ? {} : { wait }),
      ...(isUnmeasured ? { unmeasured: true } : {}),
      ...(overlap === undefined ? {} : { overlap }),
      ...(silence === undefined ? {} : { silence }),
    };
  });
}

/** Whom the call was transferred to is no part of the conversation with the agent. */
function isTurn(entry: Entry): entry is Entry & { speaker: 'user' | 'agent' } {
  return entry.speaker !== 'other';
}

interface Beginning {
  readonly start: Nanos;
  readonly place: number;
}

/** When users began to say something, in order. */
function beginningsOf(entries: readonly Entry[]): readonly Beginning[] {
  return entries
    .flatMap(({ speaker, speaks, timed, start }, place) =>
      speaker === 'user' && speaks && timed ? [{ start, place }] : [],
    )
    .sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0));
}

/** Known where it has times: whether a user who comes after it in the transcript began before it ended. */
function wasInterrupted(
  { start, end, timed, cutOff }: Entry,
  at: number,
  beginnings: readonly Beginning[],
): boolean | undefined {
  if (cutOff) return true;
  if (!timed) return undefined;
  // The first beginning after the reply's: calls of two hours have too many to look at each for each.
  let low = 0;
  for (let high = beginnings.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((beginnings[middle]?.start ?? 0n) > start) high = middle;
    else low = middle + 1;
  }
  for (let next = beginnings[low]; next !== undefined && next.start < end; next = beginnings[++low]) {
    if (next.place > at) return true;
  }
  return false;
}

/** How long nobody answered, if nobody did until the user spoke again or the call ended. */
function silenceAfter(entries: readonly Entry[], at: number, frame: TurnFrame): Nanos | undefined {
  const asked = entries[at];
  if (!asked?.timed) return undefined;
  let until: Nanos | undefined = frame.endIsHeard ? frame.end : undefined;
  for (let after = at + 1; after < entries.length; after++) {
    const entry = entries[after];
    if (!entry) continue;
    if (entry.calls.some(({ call }) => concludes(call.name))) return undefined;
    if (!entry.speaks) continue;
    if (entry.speaker !== 'user') return undefined;
    until = entry.timed ? entry.start : undefined;
    break;
  }
  const silence = until === undefined ? undefined : measured(until - asked.actedUntil);
  const isPossible = silence !== undefined && silence <= frame.end - frame.start;
  return isPossible && silence >= UNANSWERED ? silence : undefined;
}

function makeTool({ call, start, result, length }: PlacedCall, frame: TurnFrame): Tool {
  const from = within(start, frame.start, frame.end);
  return {
    name: call.name,
    type: 'function',
    start: from,
    end: within(start + (length ?? 0n), from, frame.end),
    timing: length === undefined ? 'estimated' : 'measured',
    ...(length === undefined ? {} : { length }),
    ...(call.id === undefined ? {} : { callId: call.id }),
    ...(result?.successful === false ? { error: 'tool_error' } : {}),
    ...(call.arguments === undefined ? {} : { arguments: call.arguments }),
    ...(result?.content === undefined ? {} : { result: result.content }),
  };
}
