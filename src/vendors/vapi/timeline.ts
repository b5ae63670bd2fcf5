import type { Nanos, Timing } from '../../conversation.ts';
import { earlier, later, MILLISECOND } from '../../time/nanos.ts';
import type { VapiRow } from './rows.ts';

/** A row with its place in time: true values, before anything is clamped to the call. */
export interface TimedRow {
  readonly row: VapiRow;
  /** Said, or calling tools: it becomes a turn. */
  readonly isTurn: boolean;
  readonly start: Nanos;
  readonly end: Nanos;
  readonly timing: Timing;
  /** False where the payload has no time for it: `start` is then a guess. */
  readonly timed: boolean;
  /** The payload says when it ended. */
  readonly hasEnd: boolean;
}

export interface CallFrame {
  readonly start: Nanos;
  /** When the call ended, where that is told. */
  readonly end: Nanos | undefined;
}

/** Puts every row in time, by what it has: its moment, its distance from the start, its neighbours, or nothing. */
export function timeRows(rows: readonly VapiRow[], frame: CallFrame): TimedRow[] {
  const base = baseOf(rows);
  const starts = rows.map(({ time, offset }) =>
    offset === undefined ? time : (time ?? (base ?? frame.start) + offset),
  );
  const isTurn = rows.map(makesTurn);
  const next = nextTurnStarts(starts, isTurn);
  let cursor: Nanos | undefined;
  return rows.map((row, index): TimedRow => {
    const turns = isTurn[index] ?? false;
    const start = starts[index];
    const nextStart = next[index];
    if (start === undefined) {
      const wanted = cursor === undefined ? frame.start : cursor + MILLISECOND;
      const at = nextStart === undefined ? wanted : earlier(wanted, nextStart);
      if (turns) cursor = at;
      return { row, isTurn: turns, start: at, end: at, timing: 'estimated', timed: false, hasEnd: false };
    }
    const hasEnd = row.end !== undefined || row.kind === 'calls';
    const end = row.end ?? (hasEnd ? start : later(start, nextStart ?? frame.end ?? start));
    if (turns) cursor = end;
    const timing = row.time !== undefined && hasEnd ? 'measured' : 'derived';
    return { row, isTurn: turns, start, end, timing, timed: true, hasEnd };
  });
}

/**
 * The moment from which `secondsFromStart` counts. By the agent's rows where there is one: of the user's it is the
 * place in the recording, to which the way of the sound does not count.
 */
export function baseOf(rows: readonly VapiRow[]): Nanos | undefined {
  const both = rows.filter(({ time, offset }) => time !== undefined && offset !== undefined);
  const { time, offset } = both.find(({ kind }) => kind === 'agent') ?? both[0] ?? {};
  return time === undefined || offset === undefined ? undefined : time - offset;
}

function makesTurn({ kind, text, calls }: VapiRow): boolean {
  return kind === 'calls' ? calls.length > 0 : kind !== 'result' && text !== undefined;
}

/** For each row, the start of the next one in time that becomes a turn. */
function nextTurnStarts(
  starts: readonly (Nanos | undefined)[],
  isTurn: readonly boolean[],
): (Nanos | undefined)[] {
  const next: (Nanos | undefined)[] = [];
  let upcoming: Nanos | undefined;
  for (let index = starts.length - 1; index >= 0; index--) {
    next[index] = upcoming;
    if (isTurn[index] && starts[index] !== undefined) upcoming = starts[index];
  }
  return next;
}
