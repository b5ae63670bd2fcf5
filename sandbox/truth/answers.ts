import type { Call, TavusCall, Turn } from '../call.ts';
import { publishedMetrics } from '../elevenlabs/metrics.ts';
import { offset } from '../retell/clock.ts';
import { type Micros, secondsOfMicros } from '../time.ts';
import type { AnswerClass } from './truth.ts';

/** The turns that the vendor shows: none without a transcript. */
export function publishedTurns(call: Call): readonly Turn[] {
  if (call.fate !== 'exported') return [];
  if (call.provider === 'elevenlabs') return call.traits.zeroRetention ? [] : call.turns;
  if (call.provider === 'retell') {
    return call.traits.storage === 'basic_attributes_only' ? [] : call.turns;
  }
  if (call.provider === 'vapi') return call.traits.zeroRetention ? [] : call.turns.filter(isRow);
  if (!call.events.some((event) => event.properties === 'transcript')) return [];
  return call.turns.filter(isRow);
}

/** A row in which nothing is said and nothing called is none. */
function isRow(turn: Turn): boolean {
  return turn.text !== '' || turn.tools.length > 0;
}

/** Whether a user said something to which an answer is owed: not by silence, a noise or a hum. */
export function asks(turn: Turn): boolean {
  return turn.speaker === 'user' && !turn.silent && !turn.backchannel;
}

/** Whether words of an agent were heard. */
function speaks(turn: Turn): boolean {
  return turn.speaker === 'agent' && turn.text !== '';
}

/** What a user said, and the words that answered it. */
export interface Exchange {
  readonly asked: Turn;
  readonly reply: Turn;
  /** Microseconds from the end of the one to the start of the other; negative where they overlap. */
  readonly gap: number;
}

/** Every time that somebody asked and was answered in words, in order. */
export function answeredExchanges(turns: readonly Turn[]): Exchange[] {
  const exchanges: Exchange[] = [];
  let asked: Turn | undefined;
  for (const turn of turns) {
    if (asks(turn)) asked = turn;
    else if (speaks(turn) && asked !== undefined) {
      exchanges.push({ asked, reply: turn, gap: turn.start - asked.end });
      asked = undefined;
    }
  }
  return exchanges;
}

/** Whether the vendor's payload tells how long it was. */
export function isMeasured(call: Call, { asked, reply }: Exchange): boolean {
  if (call.provider === 'elevenlabs') return publishedMetrics(call, reply).felt !== undefined;
  return lengthsKnown(call) && !asked.typed;
}

export interface Answer {
  readonly class: AnswerClass | undefined;
  /** Seconds, of an unanswered turn. */
  readonly silence?: number;
}

/** What became of what a user asked. */
export function answerTo(call: Call, turns: readonly Turn[], turn: Turn): Answer {
  const after = turns.slice(turns.indexOf(turn) + 1);
  const next = after.find(asks);
  const meanwhile = after.slice(0, next === undefined ? after.length : after.indexOf(next));
  const reply = meanwhile.find(speaks);
  if (reply !== undefined) {
    if (lengthsKnown(call) && !turn.typed && reply.start < turn.end) return { class: 'overlapped' };
    return { class: reply.interrupted ? 'interrupted' : 'answered' };
  }
  // Whoever hangs up, or hands the conversation over, has answered.
  if (meanwhile.some((later) => later.tools.some((tool) => tool.parts))) return { class: 'answered' };
  const silence = secondsOfMicros(told(call, next?.start ?? call.end) - told(call, turn.end));
  const unknowable = !lengthsKnown(call) || (next === undefined && !endTellsOfSilence(call));
  if (unknowable || silence < 5) return { class: undefined };
  return { class: 'unanswered', silence };
}

/** Whether it is published when a user stopped speaking. (ElevenLabs measures the wait itself, but not of text.) */
function lengthsKnown(call: Call): boolean {
  if (call.provider === 'elevenlabs') return !call.traits.textOnly;
  if (call.provider === 'retell') return call.traits.wordsTimed;
  if (call.provider === 'vapi') return !call.traits.textOnly;
  return call.traits.timing !== 'none' && call.traits.timing !== 'no-durations';
}

/** The end is no silence where it is that of a timeout, or where it is guessed from the last words. */
function endTellsOfSilence(call: Call): boolean {
  if (call.provider === 'elevenlabs' || call.provider === 'vapi') return true;
  if (call.provider === 'retell') return !ANSWERING.includes(call.reason?.known ?? '');
  return hasShutdown(call) && call.reason?.known !== 'participant_left_timeout';
}

/** Ends by which the agent answers, or hands over who is to answer. */
const ANSWERING = ['agent_hangup', 'call_transfer', 'voicemail_reached'];

/** A moment as exactly as the vendor tells it. */
export function told(call: Call, at: Micros): Micros {
  return call.provider === 'retell' ? call.start + offset(call, at) * 1000 : at;
}

export function hasShutdown(call: TavusCall): boolean {
  return call.events.some((event) => event.type === 'system.shutdown');
}

/** How many turns of each class there are; those of none are left out. */
export function tally(answers: readonly Answer[]): Record<AnswerClass, number> {
  const counts = { unanswered: 0, overlapped: 0, interrupted: 0, answered: 0 };
  for (const answer of answers) if (answer.class !== undefined) counts[answer.class] += 1;
  return counts;
}
