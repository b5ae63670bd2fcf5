import type { Agent, Nanos, Turn } from '../../conversation.ts';
import { measured, secondsToNanos, within } from '../../time/nanos.ts';
import { exchangeNumbers, hasWords } from '../exchange.ts';
import type { VapiPayload } from './payload.ts';
import type { TimedRow } from './timeline.ts';
import { isLastWord, makeTool, resultsOf } from './tools.ts';
import { type Answered, answeredIn, placeWait, type Waits, waitsOf } from './waits.ts';

/** A user who hears nothing for this long has not been answered. */
const UNANSWERED = secondsToNanos(5);

export interface TurnFrame {
  readonly start: Nanos;
  readonly end: Nanos;
  /** False where the end is a guess, or was the agent's answer: no silence is measured to it. */
  readonly endIsHeard: boolean;
}

export interface Turns {
  readonly turns: readonly Turn[];
  readonly unplaced: Waits['unplaced'];
}

/** The turns of a call whose rows are in time. Waits are measured before anything is clamped to the call. */
export function makeTurns(rows: readonly TimedRow[], payload: VapiPayload, frame: TurnFrame): Turns {
  const spoken = rows.filter(({ isTurn }) => isTurn);
  const numbers = exchangeNumbers(spoken.map(speakerOf));
  const results = resultsOf(rows);
  const answered = answeredIn(spoken);
  const replies = new Map(answered.map((one) => [one.reply, one]));
  // Of what is typed nobody knows when it was finished, and nobody listens for an answer.
  const { byReply, unplaced } = payload.textOnly
    ? NO_WAITS
    : waitsOf(answered, payload.performance.latencies, results, frame.end - frame.start);
  const interrupted = interruptions(spoken, payload.performance.interruptions);
  const context: Context = { spoken, payload, frame, replies, byReply };
  const turns = spoken.map((timed, index): Turn => {
    const number = numbers[index] ?? 1;
    if (speakerOf(timed) === 'user') return userTurn(timed, index, number, context);
    const cut = interrupted.get(timed);
    return {
      ...agentTurn(timed, number, context),
      tools: timed.row.calls.map((call) => makeTool(call, timed, results, frame)),
      ...(cut === undefined ? {} : { interrupted: cut }),
    };
  });
  return { turns, unplaced };
}

const NO_WAITS: Waits = { byReply: new Map(), unplaced: { waits: [], phases: [] } };

interface Context {
  readonly spoken: readonly TimedRow[];
  readonly payload: VapiPayload;
  readonly frame: TurnFrame;
  readonly replies: ReadonlyMap<TimedRow, Answered>;
  readonly byReply: Waits['byReply'];
}

function userTurn(timed: TimedRow, index: number, number: number, context: Context): Turn {
  const { row } = timed;
  const speaks = hasWords(row.text);
  const silence = speaks && !context.payload.textOnly ? silenceAfter(timed, index, context) : undefined;
  return {
    ...common(timed, number, context),
    speaker: 'user',
    speaks,
    agent: context.payload.agent,
    tools: [],
    generated: false,
    vendor: { plain: {}, content: row.text === undefined ? {} : { 'vapi.user.text': row.text } },
    ...(silence === undefined ? {} : { silence }),
  };
}

function agentTurn(timed: TimedRow, number: number, context: Context): Turn {
  const { row } = timed;
  const { payload, frame, byReply, replies } = context;
  const gap = byReply.get(timed);
  const wait = gap && placeWait(gap, timed, frame);
  const overlap = gap && gap.length < 0n ? measured(-gap.length) : undefined;
  const generated = row.kind === 'calls' || replies.has(timed);
  const { model } = payload.cost;
  return {
    ...common(timed, number, context),
    speaker: 'agent',
    speaks: hasWords(row.text),
    agent: agentOf(timed, payload),
    tools: [],
    generated,
    vendor: { plain: {}, content: row.text === undefined ? {} : { 'vapi.agent.text': row.text } },
    ...(generated && model !== undefined ? { model } : {}),
    ...(row.calls.some(isLastWord) ? { concludes: true } : {}),
    ...(wait === undefined ? {} : { wait }),
    ...(replies.has(timed) && wait === undefined && overlap === undefined ? { unmeasured: true } : {}),
    ...(overlap === undefined ? {} : { overlap }),
  };
}

function common(timed: TimedRow, number: number, { frame }: Context) {
  const start = within(timed.start, frame.start, frame.end);
  const { text, speech } = timed.row;
  return {
    number,
    start,
    end: within(timed.end, start, frame.end),
    timing: timed.timing,
    usage: [],
    ...(text === undefined ? {} : { text }),
    ...(speech === undefined ? {} : { speech }),
  };
}

function speakerOf({ row }: TimedRow): 'user' | 'agent' {
  return row.kind === 'user' ? 'user' : 'agent';
}

/** In a squad each row says whose it is; elsewhere it is the call's. */
function agentOf({ row }: TimedRow, { agent, assistants }: VapiPayload): Agent {
  const { assistantId: id, assistantName: name } = row;
  if (id === undefined || id === agent.id) return agent;
  return assistants.get(id) ?? { id, ...(name === undefined ? {} : { name }) };
}

/**
 * Which of the agent's words the user talked into: known where they have an end, by when users began. The vendor's
 * own count says whether any of it stopped the agent; none has where that is none.
 */
function interruptions(spoken: readonly TimedRow[], count: number | undefined): Map<TimedRow, boolean> {
  const found = new Map<TimedRow, boolean>();
  let next: TimedRow | undefined;
  for (const timed of spoken.toReversed()) {
    if (speakerOf(timed) === 'user') {
      if (timed.timed && hasWords(timed.row.text)) next = timed;
      continue;
    }
    if (timed.row.kind !== 'agent' || !hasWords(timed.row.text)) continue;
    if (count === 0) found.set(timed, false);
    else if (timed.timed && timed.hasEnd) found.set(timed, next !== undefined && next.start < timed.end);
  }
  return found;
}

/** How long nobody answered, if nobody did until the user spoke again or the call ended. */
function silenceAfter(asked: TimedRow, index: number, { spoken, frame }: Context): Nanos | undefined {
  if (!asked.timed || !asked.hasEnd) return undefined;
  let until: Nanos | undefined = frame.endIsHeard ? frame.end : undefined;
  for (let after = index + 1; after < spoken.length; after++) {
    const timed = spoken[after];
    if (timed?.row.calls.some(isLastWord)) return undefined;
    if (timed === undefined || !hasWords(timed.row.text)) continue;
    if (speakerOf(timed) === 'agent') return undefined;
    until = timed.timed ? timed.start : undefined;
    break;
  }
  const silence = until === undefined ? undefined : measured(until - asked.end);
  const isPossible = silence !== undefined && silence <= frame.end - frame.start;
  return isPossible && silence >= UNANSWERED ? silence : undefined;
}
