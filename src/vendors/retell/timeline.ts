import type { Nanos } from '../../conversation.ts';
import { later } from '../../time/nanos.ts';
import { hasWords } from '../exchange.ts';
import { lengthBetween } from './payload.ts';
import type { Call, Happening, Result, Row, Speech } from './rows.ts';

/** What was said, or called without a word, with its place in time: true values, before anything is clamped. */
export interface Entry {
  readonly speaker: Speech['speaker'];
  readonly content: string | undefined;
  /** Whether words were heard. */
  readonly speaks: boolean;
  readonly start: Nanos;
  readonly end: Nanos;
  /** False where the payload has no time for it: `start` is then that of what stands before it. */
  readonly timed: boolean;
  /** When a user did the last thing before anybody spoke again: they may have pressed a key after their words. */
  readonly actedUntil: Nanos;
  readonly calls: readonly PlacedCall[];
  /** The vendor says that the user talked into it. */
  readonly cutOff: boolean;
}

/** A call of a tool, and what came of it. */
export interface PlacedCall {
  readonly call: Call;
  readonly start: Nanos;
  /** The last result. */
  readonly result: Result | undefined;
  /** How long it took, where both have a time. */
  readonly length: Nanos | undefined;
}

export interface PlacedHappening extends Happening {
  /** Where it stands, be it told or that of what stands before it. */
  readonly start: Nanos;
}

export interface Timeline {
  readonly entries: readonly Entry[];
  readonly happenings: readonly PlacedHappening[];
  /** When the last of it that has a time ended. */
  readonly end: Nanos | undefined;
}

/** What the vendor writes down for an agent that kept silent. */
const UNSPOKEN = /^\s*\[no response, waiting for the next utterance\.?\]\s*$/i;

/** Puts the rows of a transcript in time, from `zero`. */
export function timelineOf(rows: readonly Row[], zero: Nanos): Timeline {
  const results = lastResults(rows);
  const isTimed = rows.some((row) => row.kind === 'speech' && row.span !== undefined);
  const entries: Mutable<Entry>[] = [];
  const happenings: PlacedHappening[] = [];
  let cursor = zero;
  let end: Nanos | undefined;
  let round: PlacedCall[] | undefined;
  let lastSpoken: Mutable<Entry> | undefined;
  let lastOfAgent: Mutable<Entry> | undefined;
  const passed = (moment: Nanos | undefined) => {
    if (moment === undefined) return;
    cursor = moment;
    if (end === undefined || moment > end) end = moment;
  };
  for (const row of rows) {
    switch (row.kind) {
      case 'speech': {
        if (row.content === undefined || (row.speaker === 'agent' && isUnspoken(row, isTimed))) break;
        round = undefined;
        const start = row.span === undefined ? cursor : zero + row.span.start;
        const until = row.span === undefined ? start : zero + row.span.end;
        const entry = {
          ...{ speaker: row.speaker, content: row.content, speaks: hasWords(row.content), start, end: until },
          ...{ timed: row.span !== undefined, actedUntil: until, calls: [], cutOff: false },
        };
        entries.push(entry);
        if (entry.speaks) lastSpoken = entry;
        if (entry.speaks && entry.speaker === 'agent') lastOfAgent = entry;
        if (row.span !== undefined) passed(until);
        break;
      }
      case 'call': {
        const start = row.at === undefined ? cursor : zero + row.at;
        const result = row.id === undefined ? undefined : results.get(row.id);
        const placed = { call: row, start, result, length: lengthBetween(row.at, result?.at) };
        // Those that are called before any of them has answered are of one request.
        if (round !== undefined) round.push(placed);
        else {
          round = [placed];
          entries.push({
            ...{ speaker: 'agent', content: undefined, speaks: false, start, end: start },
            ...{ timed: row.at !== undefined, actedUntil: start, calls: round, cutOff: false },
          });
        }
        if (row.at !== undefined) passed(start);
        break;
      }
      case 'result':
        round = undefined;
        if (row.at !== undefined) passed(zero + row.at);
        break;
      case 'happening': {
        const start = row.at === undefined ? cursor : zero + row.at;
        happenings.push({ ...row, start });
        if (row.fields.transition_type === 'interrupt_go_back' && lastOfAgent) lastOfAgent.cutOff = true;
        if (row.type === 'dtmf' && row.at !== undefined && lastSpoken?.speaker === 'user') {
          lastSpoken.actedUntil = later(lastSpoken.actedUntil, start);
        }
        if (row.at !== undefined) passed(start);
      }
    }
  }
  return { entries, happenings, end };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Rows that nobody heard. Where no word has a time, words without one say nothing of that. */
function isUnspoken({ content, span }: Speech, isTimed: boolean): boolean {
  if (content !== undefined && UNSPOKEN.test(content)) return true;
  return isTimed && (span === undefined || span.start === span.end);
}

function lastResults(rows: readonly Row[]): ReadonlyMap<string, Result> {
  const results = new Map<string, Result>();
  for (const row of rows) if (row.kind === 'result' && row.id !== undefined) results.set(row.id, row);
  return results;
}
