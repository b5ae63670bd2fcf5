import { writeSync } from 'node:fs';

/** Places at which the chaos test kills the program, because a crash there has its own danger. */
export type CrashPoint =
  | 'before-fetch'
  | 'after-fetch'
  | 'before-send'
  | 'during-send'
  | 'after-accept'
  | 'during-record'
  | 'during-migration'
  | 'during-backfill'
  | 'during-move'
  | 'before-verify'
  | 'after-inbox'
  | 'before-answer'
  | 'after-answer';

/** `place:n`: at the n-th time that place is come by. Only the chaos test sets it. */
const [place, times = '1'] = (process.env.CALLSPAN_CRASH_AT ?? '').split(':');
let left = Number(times);

/**
 * Ends the process as a power cut would, if it is armed for this place; costs a comparison of two texts otherwise.
 * @param delayMs lets what has just been begun get under way first.
 */
export function crashPoint(name: CrashPoint, delayMs?: number): void {
  if (name !== place || --left !== 0) return;
  if (delayMs === undefined) crash(name);
  else setTimeout(() => crash(name), delayMs);
}

function crash(name: CrashPoint): void {
  writeSync(2, `crash point ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
}
