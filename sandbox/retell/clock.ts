import type { Call } from '../call.ts';
import type { Micros } from '../time.ts';

/** Whole milliseconds from the call's start: no word is told more exactly. */
export function offset(call: Pick<Call, 'start'>, at: Micros): number {
  return Math.round((at - call.start) / 1000);
}
