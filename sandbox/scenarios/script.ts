/** Passages that most conversations have, whoever carries them. */
import { SHORT_SILENCE_SECONDS } from '../recording.ts';
import type { AgentLine, Stage } from '../stage.ts';

/** Question and answer, once. */
export function exchange(stage: Stage, line: AgentLine = {}): void {
  stage.user();
  stage.answer(line);
}

/** An everyday conversation: a greeting and some exchanges, each answered. */
export function converse(stage: Stage, shortest = 2, longest = 6): void {
  stage.greet();
  const count = stage.random.int(shortest, longest);
  for (let done = 0; done < count; done++) {
    exchange(stage);
    meander(stage);
  }
}

/** What happens in everyday calls besides question and answer; each of it is measured, none of it is a wait. */
function meander(stage: Stage): void {
  if (stage.textOnly) return;
  if (stage.random.chance(0.12)) stage.goOn();
  if (stage.provider !== 'elevenlabs') return;
  if (stage.random.chance(0.12)) stage.backchannel();
  if (stage.random.chance(0.06)) stage.goOn();
  if (stage.random.chance(0.06)) stage.noise();
  if (stage.random.chance(0.08)) stage.idle();
  if (stage.random.chance(0.08)) cutOff(stage);
}

/** The user says the half of something, and the rest of it just before the answer is heard. */
export function cutOff(stage: Stage): void {
  stage.user(undefined, 1.5);
  stage.cutOff();
  stage.answer();
}

/** Both say goodbye. */
export function sayGoodbye(stage: Stage): void {
  stage.user(stage.random.pick(stage.phrases.userGoodbye), SHORT_SILENCE_SECONDS);
  stage.answer({ text: stage.random.pick(stage.phrases.agentGoodbye) });
}

/** The user has the last word and is gone before anybody could answer: nothing to measure, nobody to blame. */
export function leaveWithTheLastWord(stage: Stage): void {
  stage.user(stage.random.pick(stage.phrases.userGoodbye), SHORT_SILENCE_SECONDS);
  stage.silence(stage.random.between(0.3, 0.9));
}

/** The user says one thing, and a moment later another, before the agent has begun to answer. */
export function goOn(stage: Stage): void {
  stage.user(undefined, SHORT_SILENCE_SECONDS);
  stage.user();
}

/** The user says something and the agent stays dead. */
export function deadAir(stage: Stage): void {
  stage.user(undefined, SHORT_SILENCE_SECONDS);
  stage.silence(stage.random.between(13, 40));
}

/** Two hours and 800 turns, a quarter of a minute and a bit each. */
export function twoHours(stage: Stage): void {
  const start = stage.now;
  for (let slot = 0; slot < 400; slot++) {
    stage.now = Math.max(stage.now, start + slot * 18_000_000);
    exchange(stage, slot % 40 === 7 ? { silently: [[{ tool: stage.drawTool() }]] } : {});
  }
}
