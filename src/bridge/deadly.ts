import type { Deaths } from '../ledger/records.ts';

/** A conversation over which the process has surely died so often does it every time. */
const CERTAIN = 2;
/** And one that was alone under way so often when it died: a few times that can be somebody else's doing. */
const ALONE = 5;

/**
 * Why a conversation is not to be fetched once more, where it kills the process. Those that were under way beside
 * others are under no suspicion, however often.
 */
export function deadlyReason({ certain, alone }: Deaths): string | undefined {
  if (certain < CERTAIN && certain + alone < ALONE) return undefined;
  return `it killed the process ${certain + alone} times`;
}
