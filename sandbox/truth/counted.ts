import type { Truth, TruthAgent } from './truth.ts';

/** The waits that the numbers have: those that were measured, where any was; what is only seen does not count beside. */
export function countedWaits({ waits, unplaced, agent }: Truth): { agent: TruthAgent; seconds: number }[] {
  const untold = unplaced?.waits ?? [];
  return untold.length > 0 ? untold.map((seconds) => ({ agent, seconds })) : [...waits];
}
