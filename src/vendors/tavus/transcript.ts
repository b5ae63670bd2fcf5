import type { Nanos, Timing } from '../../conversation.ts';
import { earlier, later, MILLISECOND } from '../../time/nanos.ts';
import type { ToolCall, TranscriptEntry } from './payload.ts';

/** A transcript entry with its place in time: true values, before anything is clamped to the conversation. */
export interface TimedEntry {
  readonly entry: TranscriptEntry;
  /** Its calls without the echoes of answered ones. */
  readonly calls: readonly ToolCall[];
  /** Spoken or tool-calling: it becomes a turn. */
  readonly isTurn: boolean;
  readonly start: Nanos;
  readonly end: Nanos;
  readonly timing: Timing;
  /** False where the payload has no time for it: `start` is then a guess. */
  readonly timed: boolean;
  /** The payload has a time and a duration of its own for it. */
  readonly hasEnd: boolean;
}

export interface TranscriptFrame {
  readonly created: Nanos;
  readonly joined: Nanos | undefined;
  readonly shutdown: Nanos | undefined;
  /** The last moment at which the conversation is known to have gone on, where no shutdown says it. */
  readonly lastEvent: Nanos | undefined;
}

export interface TimedTranscript {
  readonly entries: readonly TimedEntry[];
  /** When the last of them ended, if any has a time. */
  readonly end: Nanos | undefined;
}

/** Puts every entry of a transcript in time, by what the payload has: stamps, offsets, neighbours, or nothing. */
export function timeTranscript(
  transcript: readonly TranscriptEntry[],
  frame: TranscriptFrame,
): TimedTranscript {
  const base = findBase(transcript, frame);
  const raw = transcript.map((entry) => startOf(entry, base));
  const shift = findShift(raw, frame);
  const starts = raw.map((start) => (start === undefined ? undefined : start + shift));
  const calls = withoutEchoes(transcript);
  const isTurn = transcript.map((entry, index) => makesTurn(entry, calls[index] ?? []));
  const end = lastEnd(transcript, starts);
  const close = frame.shutdown ?? end ?? frame.lastEvent ?? frame.created;
  const nextStarts = nextTurnStarts(starts, isTurn);
  let cursor: Nanos | undefined;
  const entries = transcript.map((entry, index): TimedEntry => {
    const own = calls[index] ?? [];
    const turns = isTurn[index] ?? false;
    const start = starts[index];
    const nextStart = nextStarts[index];
    if (start === undefined) {
      const wanted = cursor === undefined ? (frame.joined ?? frame.created) : cursor + MILLISECOND;
      const at = nextStart === undefined ? wanted : earlier(wanted, nextStart);
      if (turns) cursor = at;
      const timing = 'estimated';
      return { entry, calls: own, isTurn: turns, start: at, end: at, timing, timed: false, hasEnd: false };
    }
    const hasEnd = entry.duration !== undefined;
    const until = hasEnd ? start + (entry.duration ?? 0n) : later(start, nextStart ?? close);
    if (turns) cursor = until;
    const timing = timingOf(entry, base, shift, hasEnd);
    return { entry, calls: own, isTurn: turns, start, end: until, timing, timed: true, hasEnd };
  });
  return { entries, end };
}

interface Base {
  readonly at: Nanos;
  /** From an entry that has both a stamp and an offset, not from a neighbour. */
  readonly exact: boolean;
}

function findBase(transcript: readonly TranscriptEntry[], frame: TranscriptFrame): Base {
  for (const { timestamp, offset } of transcript) {
    if (timestamp !== undefined && offset !== undefined) return { at: timestamp - offset, exact: true };
  }
  const first = transcript.find((entry) => entry.timestamp !== undefined)?.timestamp;
  return { at: first ?? frame.joined ?? frame.created, exact: false };
}

function startOf({ timestamp, offset }: TranscriptEntry, base: Base): Nanos | undefined {
  return timestamp ?? (offset === undefined ? undefined : base.at + offset);
}

/** The vendor's own published example has stamps of another month: such a transcript begins at the join. */
function findShift(starts: readonly (Nanos | undefined)[], frame: TranscriptFrame): Nanos {
  const timed = starts.filter((start) => start !== undefined);
  const first = timed.reduce<Nanos | undefined>(
    (least, start) => (least === undefined ? start : earlier(least, start)),
    undefined,
  );
  const last = frame.shutdown ?? frame.lastEvent;
  const inside = timed.some((start) => start >= frame.created && (last === undefined || start <= last));
  return first === undefined || inside ? 0n : (frame.joined ?? frame.created) - first;
}

function lastEnd(
  transcript: readonly TranscriptEntry[],
  starts: readonly (Nanos | undefined)[],
): Nanos | undefined {
  return transcript.reduce<Nanos | undefined>((last, entry, index) => {
    const start = starts[index];
    if (start === undefined) return last;
    const end = start + (entry.duration ?? 0n);
    return last === undefined ? end : later(last, end);
  }, undefined);
}

/** For each entry, the start of the next timed one that becomes a turn. */
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

function timingOf(entry: TranscriptEntry, base: Base, shift: Nanos, hasEnd: boolean): Timing {
  if (shift !== 0n) return 'estimated';
  if (entry.timestamp === undefined && !base.exact) return 'derived';
  return hasEnd ? 'measured' : 'derived';
}

/** An answered call comes back as a call with `_result` behind its id: that is no second call. */
function withoutEchoes(transcript: readonly TranscriptEntry[]): ToolCall[][] {
  const ids = new Set(transcript.flatMap((entry) => entry.toolCalls.map((call) => call.id)));
  return transcript.map((entry) => entry.toolCalls.filter((call) => !isEcho(call.id, ids)));
}

function isEcho(id: string | undefined, ids: ReadonlySet<string | undefined>): boolean {
  return id?.endsWith(RESULT_SUFFIX) === true && ids.has(id.slice(0, -RESULT_SUFFIX.length));
}

export const RESULT_SUFFIX = '_result';

function makesTurn(entry: TranscriptEntry, calls: readonly ToolCall[]): boolean {
  if (entry.role === 'user') return entry.content !== undefined;
  return entry.role === 'agent' && (entry.content !== undefined || calls.length > 0);
}
