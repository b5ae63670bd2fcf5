import type { Call, TavusCall, Turn } from '../call.ts';
import { secondsOfMicros } from '../time.ts';
import type { AnswerClass } from './truth.ts';

/** The turns that the vendor shows: none without a transcript. */
export function publishedTurns(call: Call): readonly Turn[] {
  if (call.fate !== 'exported') return [];
  if (call.provider === 'elevenlabs') return call.traits.zeroRetention ? [] : call.turns;
  if (!call.events.some((event) => event.properties === 'transcript')) return [];
  return call.turns.filter((turn) => turn.text !== '' || turn.tools.length > 0);
}

export interface Answer {
  readonly class: AnswerClass | undefined;
  readonly reply?: Turn;
  /** Seconds, of an unanswered turn. */
  readonly silence?: number;
}

/** What became of a user's turn. */
export function answerTo(call: Call, turns: readonly Turn[], turn: Turn): Answer {
  const after = turns.slice(turns.indexOf(turn) + 1);
  const next = after.find((later) => later.speaker === 'user');
  const reply = after.slice(0, next === undefined ? after.length : after.indexOf(next)).find(speaks);
  if (reply !== undefined) {
    if (lengthsKnown(call) && reply.start < turn.end) return { class: 'overlapped', reply };
    return { class: reply.interrupted ? 'interrupted' : 'answered', reply };
  }
  const silence = secondsOfMicros((next?.start ?? call.end) - turn.end);
  const unknowable = !lengthsKnown(call) || (next === undefined && !endTellsOfSilence(call));
  if (unknowable || silence < 5) return { class: undefined };
  return { class: 'unanswered', silence };
}

function speaks(turn: Turn): boolean {
  return turn.speaker === 'agent' && turn.text !== '';
}

/** Whether it is published when a user stopped speaking. (ElevenLabs measures the wait itself.) */
export function lengthsKnown(call: Call): boolean {
  return (
    call.provider === 'elevenlabs' || (call.traits.timing !== 'none' && call.traits.timing !== 'no-durations')
  );
}

/** The end is no silence where it is that of a timeout, or where it is guessed from the last words. */
function endTellsOfSilence(call: Call): boolean {
  if (call.provider === 'elevenlabs') return true;
  return hasShutdown(call) && call.reason?.known !== 'participant_left_timeout';
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
