import { type Attributes, type Conversation, type Nanos, type Turn, withNested } from '../conversation.ts';
import { later, nanosToSeconds, secondsToNanos } from '../time/nanos.ts';
import { OBJECTIVE_SECONDS } from './objective.ts';
import { CALLSPAN } from './semconv.ts';

/** A wait longer than this makes its conversation `callspan.slow`. */
const SLOW: Nanos = secondsToNanos(OBJECTIVE_SECONDS);

/** What the whole conversation was like, as numbers on its root: what a search for bad calls searches. */
export function summarize(conversation: Conversation): Attributes {
  const { turns, unplaced } = conversation;
  let [exchanges, unmeasured, unanswered, interruptions, toolErrors] = [0, 0, 0, 0, 0];
  const waits: Nanos[] = [];
  let deadAir: Nanos | undefined;
  for (const { number, wait, unmeasured: isUnmeasured, silence, interrupted, tools } of turns) {
    exchanges = Math.max(exchanges, number);
    if (isUnmeasured) unmeasured++;
    if (interrupted) interruptions++;
    if (wait && wait.counts !== false) waits.push(wait.length);
    if (silence !== undefined) {
      unanswered++;
      deadAir = deadAir === undefined ? silence : later(deadAir, silence);
    }
    for (const { error } of withNested(tools)) if (error !== undefined) toolErrors++;
  }
  waits.push(...(unplaced?.waits ?? []));
  const longest = waits.length === 0 ? undefined : waits.reduce(later);
  return {
    [CALLSPAN.TURNS]: exchanges,
    [CALLSPAN.WAITS]: waits.length,
    [CALLSPAN.WAITS_UNMEASURED]: unmeasured,
    ...(waits[0] === undefined || longest === undefined
      ? {}
      : {
          [CALLSPAN.WAIT_FIRST_SECONDS]: nanosToSeconds(waits[0]),
          [CALLSPAN.WAIT_MEAN_SECONDS]: nanosToSeconds(mean(waits)),
          [CALLSPAN.WAIT_MAX_SECONDS]: nanosToSeconds(longest),
        }),
    ...(deadAir === undefined ? {} : { [CALLSPAN.SILENCE_MAX_SECONDS]: nanosToSeconds(deadAir) }),
    [CALLSPAN.UNANSWERED]: unanswered,
    [CALLSPAN.INTERRUPTIONS]: interruptions,
    ...(conversation.knowsToolErrors ? { [CALLSPAN.TOOL_ERRORS]: toolErrors } : {}),
    [CALLSPAN.SLOW]: longest !== undefined && longest > SLOW,
    ...talk(conversation),
  };
}

/** Time to the agent's first word, and how long each side talked: only where every part was measured. */
function talk({ turns, start }: Conversation): Attributes {
  const attributes: Attributes = {};
  const spoken = turns.filter((turn) => turn.speaks);
  const first = spoken.find((turn) => turn.speaker === 'agent');
  if (first?.timing === 'measured') {
    attributes[CALLSPAN.FIRST_WORD_SECONDS] = nanosToSeconds(first.start - start);
  }
  if (spoken.length === 0 || spoken.some((turn) => turn.timing !== 'measured')) return attributes;
  attributes[CALLSPAN.TALK_AGENT_SECONDS] = talkTime(spoken, 'agent');
  attributes[CALLSPAN.TALK_USER_SECONDS] = talkTime(spoken, 'user');
  return attributes;
}

function talkTime(spoken: readonly Turn[], speaker: Turn['speaker']): number {
  const own = spoken.filter((turn) => turn.speaker === speaker);
  return nanosToSeconds(own.reduce((total, turn) => total + (turn.speech ?? turn.end - turn.start), 0n));
}

function mean(lengths: readonly Nanos[]): Nanos {
  const total = lengths.reduce((sum, length) => sum + length, 0n);
  return (total + BigInt(lengths.length) / 2n) / BigInt(lengths.length);
}
