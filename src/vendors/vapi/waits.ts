import type { Nanos, Phase, PhaseName, Unplaced, Wait } from '../../conversation.ts';
import { earlier, later, MILLISECOND, measured, within } from '../../time/nanos.ts';
import { hasWords } from '../exchange.ts';
import type { TurnLatency } from './performance.ts';
import type { TimedRow } from './timeline.ts';
import { longestBy, type Results } from './tools.ts';

/** What a user said, and the words that answered it: somebody waited. */
export interface Answered {
  readonly asked: TimedRow;
  readonly reply: TimedRow;
  /** Rows between the two that only called tools. */
  readonly silent: readonly TimedRow[];
  /** Until when the agent was heard before it, where it went on after the user's words. */
  readonly agentWentOnUntil: Nanos | undefined;
}

/** An agent that speaks on for longer than this after the user's words was not stopped by them. */
const GOES_ON = 1_000n * MILLISECOND;

/** Every time that somebody asked and was answered in words, in order. */
export function answeredIn(spoken: readonly TimedRow[]): Answered[] {
  const answered: Answered[] = [];
  let asked: TimedRow | undefined;
  let silent: TimedRow[] = [];
  let heardUntil: Nanos | undefined;
  for (const timed of spoken) {
    const { kind, text } = timed.row;
    if (kind === 'calls') silent.push(timed);
    if (kind === 'calls' || !hasWords(text)) continue;
    if (kind === 'agent' && asked !== undefined) {
      const goesOn = heardUntil !== undefined && asked.hasEnd && heardUntil > asked.end + GOES_ON;
      answered.push({ asked, reply: timed, silent, agentWentOnUntil: goesOn ? heardUntil : undefined });
    }
    if (kind === 'agent' && timed.hasEnd) heardUntil = later(heardUntil ?? timed.end, timed.end);
    asked = kind === 'user' ? timed : undefined;
    silent = [];
  }
  return answered;
}

/** What became of the vendor's latencies. */
export interface Waits {
  /** By the reply that ended it. */
  readonly byReply: ReadonlyMap<TimedRow, Gap>;
  readonly unplaced: Omit<Unplaced, 'usage'>;
}

export interface Gap {
  /** Negative where the agent began before the user had ended. */
  readonly length: Nanos;
  readonly phases: readonly Part[];
  /** By the moments of the rows, and not by the vendor's own measurement. */
  readonly isEstimated: boolean;
  /** The vendor's own measurement of it is among those without a place. */
  readonly isCounted: boolean;
}

interface Part {
  readonly name: PhaseName;
  readonly length: Nanos;
}

/** The clocks of both sides are not quite the same: some 80 ms in recorded calls. */
const CLOCKS_APART: Nanos = 250n * MILLISECOND;

/**
 * Gives each answer its wait. The vendor keys its latencies to nothing: they are those of the answers only where there
 * are as many, and none is longer than what went by since the user began to speak. Otherwise they count without a bar,
 * and the bars are as long as the moments of the rows say.
 * @param longest how long the call was.
 */
export function waitsOf(
  answered: readonly Answered[],
  latencies: readonly TurnLatency[],
  results: Results,
  longest: Nanos,
): Waits {
  const isAligned =
    latencies.length === answered.length &&
    answered.every((one, index) => isPossible(one, latencies[index]?.length));
  const lengths = latencies.flatMap(({ length }) => length ?? []);
  const isCounted = isAligned || lengths.length === 0;
  const byReply = new Map<TimedRow, Gap>();
  for (const [index, one] of answered.entries()) {
    const told = isAligned ? latencies[index] : undefined;
    const length = told?.length ?? betweenRows(one, longest);
    if (length === undefined) continue;
    const phases = phasesOf(told?.parts ?? [], one, results);
    byReply.set(one.reply, { length, phases, isEstimated: told?.length === undefined, isCounted });
  }
  const phases = latencies.flatMap(({ parts }) => parts);
  return { byReply, unplaced: isAligned ? { waits: [], phases: [] } : { waits: lengths, phases } };
}

function isPossible({ asked, reply }: Answered, length: Nanos | undefined): boolean {
  if (length === undefined || !asked.timed || !reply.timed) return true;
  return length <= reply.start - asked.start + CLOCKS_APART;
}

/**
 * From the user's last word to the agent's first, where both are known. Nobody waits while the agent still speaks, and
 * no gap is longer than the call: then it is of other words than those that are told.
 */
function betweenRows({ asked, reply, agentWentOnUntil }: Answered, longest: Nanos): Nanos | undefined {
  if (!asked.hasEnd || !asked.timed || !reply.timed) return undefined;
  if (agentWentOnUntil !== undefined && agentWentOnUntil > reply.start) return undefined;
  const gap = reply.start - (agentWentOnUntil ?? asked.end);
  return gap > longest || -gap > longest ? undefined : gap;
}

/** In the order in which they follow each other: the tools were called by a model, and their results spoken by a voice. */
function phasesOf(parts: readonly Part[], { reply, silent }: Answered, results: Results): Part[] {
  const tools = silent.flatMap((caller): Part[] => {
    const length = longestBy(reply.start, caller, results);
    return length === undefined ? [] : [{ name: 'tool_wait', length }];
  });
  const voice = parts.findIndex(({ name }) => name === 'tts_ttfb');
  return parts.toSpliced(voice < 0 ? parts.length : voice, 0, ...tools);
}

/** The bar of a wait ends where the reply begins; what passes its end is clipped, the true lengths stay. */
export function placeWait(
  { length, phases, isEstimated, isCounted }: Gap,
  reply: TimedRow,
  frame: { readonly start: Nanos; readonly end: Nanos },
): Wait | undefined {
  if (measured(length) === undefined) return undefined;
  const end = within(reply.start, frame.start, frame.end);
  const start = within(reply.start - length, frame.start, end);
  let at = start;
  return {
    start,
    end,
    length,
    phases: phases.map((phase): Phase => {
      const from = at;
      at = earlier(at + phase.length, end);
      return { name: phase.name, start: from, end: at, length: phase.length };
    }),
    ...(isEstimated ? { timing: 'estimated' } : {}),
    ...(isCounted ? {} : { counts: false }),
  };
}
