import type { Nanos, Phase, PhaseName, Unplaced, Wait } from '../../conversation.ts';
import { earlier, later, measured, secondsToNanos, within } from '../../time/nanos.ts';
import type { LatencyName, Measured, RetellPayload } from './payload.ts';
import type { Entry } from './timeline.ts';

/** What a user said, and the first words of the agent's since: the wait between them is what is asked for. */
export interface Exchange {
  readonly asked: Entry;
  readonly reply: Entry;
  /** Rounds of calls in between. */
  readonly silent: readonly Entry[];
  /** Until when the agent was heard before it, where it went on after the user's words. */
  readonly agentWentOnUntil: Nanos | undefined;
}

/** An agent that speaks on for longer than this after the user's words was not stopped by them. */
const GOES_ON = secondsToNanos(1);

/** Every time that somebody asked and was answered in words, in order. */
export function exchangesOf(entries: readonly Entry[]): Exchange[] {
  const exchanges: Exchange[] = [];
  let asked: Entry | undefined;
  let silent: Entry[] = [];
  let heardUntil: Nanos | undefined;
  for (const entry of entries) {
    if (!entry.speaks) {
      if (entry.calls.length > 0) silent.push(entry);
    } else if (entry.speaker === 'user') {
      asked = entry;
      silent = [];
    } else {
      // Whoever else speaks has answered too.
      if (asked !== undefined && entry.speaker === 'agent') {
        const goesOn = asked.timed && heardUntil !== undefined && heardUntil > asked.end + GOES_ON;
        exchanges.push({ asked, reply: entry, silent, agentWentOnUntil: goesOn ? heardUntil : undefined });
      }
      if (entry.speaker === 'agent' && entry.timed) heardUntil = later(heardUntil ?? entry.end, entry.end);
      asked = undefined;
      silent = [];
    }
  }
  return exchanges;
}

/**
 * From the last that the user did to the reply, where both have times; negative where they overlap. Nobody waits while
 * the agent still speaks, and no gap is longer than the call: then it is of other words than those that are told.
 */
export function gapOf(
  { asked, reply, agentWentOnUntil }: Exchange,
  { start, end }: Frame,
): Nanos | undefined {
  if (!asked.timed || !reply.timed) return undefined;
  if (agentWentOnUntil !== undefined && agentWentOnUntil > reply.start) return undefined;
  const gap = reply.start - later(asked.actedUntil, agentWentOnUntil ?? asked.end);
  const length = end - start;
  return gap > length || -gap > length ? undefined : gap;
}

interface Frame {
  readonly start: Nanos;
  readonly end: Nanos;
}

/** Each exchange's wait, and what was measured that has no place. */
export interface Waits {
  readonly of: ReadonlyMap<Entry, Wait>;
  readonly unplaced: Unplaced | undefined;
}

export const NO_WAITS: Waits = { of: new Map(), unplaced: undefined };

/** Words' times are approximate, and the vendor measures by other clocks. */
const INEXACT = secondsToNanos(1);

/**
 * The vendor measures each wait and what it was spent on, and does not say in which turn: so a list of measurements is
 * given to turns, in its order, only where it has as many as there are turns that it can be of. Else they count without
 * a bar, and the bar is a guess from when words were heard, which does not count.
 */
export function waitsOf(entries: readonly Entry[], latency: RetellPayload['latency'], frame: Frame): Waits {
  const exchanges = exchangesOf(entries);
  const felt = latency.e2e.values;
  const isPlaced =
    fits(latency.e2e, exchanges.length) &&
    exchanges.every((exchange, index) => isPossible(exchange, felt[index]));
  const spent = isPlaced ? spentIn(entries, exchanges, latency) : undefined;
  const of = new Map<Entry, Wait>();
  for (const [index, exchange] of exchanges.entries()) {
    const length = isPlaced ? felt[index] : undefined;
    const wait =
      length === undefined
        ? guessed(exchange, frame, felt.length > 0)
        : placed(exchange.reply, length, frame, [...(spent?.of[index] ?? [])]);
    if (wait !== undefined) of.set(exchange.reply, wait);
  }
  const phases = (spent?.left ?? ALL_PHASES).flatMap((name) =>
    latency[name].values.map((length) => ({ name: PHASES[name], length })),
  );
  const waits = isPlaced ? [] : felt;
  const isAnything = waits.length > 0 || phases.length > 0;
  return { of, unplaced: isAnything ? { waits, phases, usage: [] } : undefined };
}

type PhaseLatency = Exclude<LatencyName, 'e2e'>;
const PHASES: Readonly<Record<PhaseLatency, PhaseName>> = {
  asr: 'asr',
  knowledge_base: 'rag',
  llm: 'llm_ttfb',
  tts: 'tts_ttfb',
};
const ALL_PHASES = Object.keys(PHASES) as PhaseLatency[];

/** Nobody can have waited for longer than since they began to speak. */
function isPossible({ asked, reply }: Exchange, length: Nanos | undefined): boolean {
  if (length === undefined || !asked.timed || !reply.timed) return true;
  return length <= reply.start - asked.start + INEXACT;
}

function fits({ values, complete }: Measured, count: number): boolean {
  return complete && count > 0 && values.length === count;
}

type Spent = readonly [PhaseName, Nanos];

/** What each wait was spent on, as far as measurements fit; and the kinds that did not. */
function spentIn(
  entries: readonly Entry[],
  exchanges: readonly Exchange[],
  latency: RetellPayload['latency'],
): { of: Spent[][]; left: PhaseLatency[] } {
  const each = (kind: Measured) =>
    fits(kind, exchanges.length) ? kind.values.map((value) => [value]) : undefined;
  const asr = each(latency.asr);
  const rag = each(latency.knowledge_base);
  const llm = requestsOf(entries, exchanges, latency.llm);
  const tts = voicesOf(entries, exchanges, latency.tts) ?? each(latency.tts);
  const of = exchanges.map(({ silent }, index): Spent[] => [
    ...(asr?.[index] ?? []).map((length): Spent => ['asr', length]),
    ...silent.flatMap((round, place): Spent[] => [
      ...asPhase('llm_ttfb', llm?.[index]?.[place]),
      ...asPhase('tool_wait', longestCall(round)),
    ]),
    ...(rag?.[index] ?? []).map((length): Spent => ['rag', length]),
    ...asPhase('llm_ttfb', llm?.[index]?.[silent.length]),
    ...(tts?.[index] ?? []).map((length): Spent => ['tts_ttfb', length]),
  ]);
  const fitted = { asr, knowledge_base: rag, llm, tts };
  return { of, left: ALL_PHASES.filter((name) => fitted[name] === undefined) };
}

function asPhase(name: PhaseName, length: Nanos | undefined): Spent[] {
  return length === undefined ? [] : [[name, length]];
}

/**
 * Each round of calls is a request of the model's, and so is each reply. That can only be counted where nothing else
 * asks the model: no call that nobody waited for, and no words that answer nobody but a greeting.
 */
function requestsOf(
  entries: readonly Entry[],
  exchanges: readonly Exchange[],
  llm: Measured,
): Nanos[][] | undefined {
  const counts = exchanges.map(({ silent }) => silent.length + 1);
  const total = counts.reduce((sum, one) => sum + one, 0);
  const waited = new Set(exchanges.flatMap(({ reply, silent }) => [reply, ...silent]));
  const agents = entries.filter(({ speaker }) => speaker === 'agent');
  const others = agents.filter((entry, index) => !waited.has(entry) && !(index === 0 && entry.speaks));
  if (others.length > 0 || !fits(llm, total)) return undefined;
  let from = 0;
  return counts.map((count) => {
    from += count;
    return llm.values.slice(from - count, from);
  });
}

/** A voice is needed for all that the agent says, a greeting included. */
function voicesOf(
  entries: readonly Entry[],
  exchanges: readonly Exchange[],
  tts: Measured,
): Nanos[][] | undefined {
  const spoken = entries.filter(({ speaker, speaks }) => speaker === 'agent' && speaks);
  if (!fits(tts, spoken.length)) return undefined;
  const place = new Map(spoken.map((entry, index) => [entry, index]));
  return exchanges.map(({ reply }) => {
    const value = tts.values[place.get(reply) ?? -1];
    return value === undefined ? [] : [value];
  });
}

/** How long the longest of a round's calls took. */
function longestCall({ calls }: Entry): Nanos | undefined {
  const lengths = calls.flatMap(({ length }) => length ?? []);
  return lengths.reduce<Nanos | undefined>(
    (most, length) => (most === undefined ? length : later(most, length)),
    undefined,
  );
}

/** It ends where the agent is heard. */
function placed(reply: Entry, length: Nanos, frame: Frame, spent: readonly Spent[]): Wait {
  const heard = within(reply.start, frame.start, frame.end);
  const start = later(frame.start, heard - length);
  const end = start + length;
  return { start, end, length, phases: layEndToEnd(spent, start, end) };
}

function layEndToEnd(spent: readonly Spent[], start: Nanos, end: Nanos): Phase[] {
  let from = start;
  return spent.map(([name, length]) => {
    const phase = { name, length, start: from, end: earlier(from + length, end) };
    from = phase.end;
    return name === 'rag' ? { ...phase, retrieval: { documentIds: [], length } } : phase;
  });
}

/** @param isMeasured the vendor has measured it, and only not said where. */
function guessed(exchange: Exchange, frame: Frame, isMeasured: boolean): Wait | undefined {
  const gap = gapOf(exchange, frame);
  const length = gap === undefined ? undefined : measured(gap);
  if (length === undefined) return undefined;
  const start = within(exchange.reply.start - length, frame.start, frame.end);
  const end = within(exchange.reply.start, start, frame.end);
  return {
    ...{ start, end, length, phases: [], timing: 'estimated' },
    ...(isMeasured ? { counts: false } : {}),
  };
}
