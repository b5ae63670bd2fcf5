import { existsSync } from 'node:fs';
import { isServer, openLedger } from '../ledger/open.ts';

/**
 * The trace id that the ledger at `state` has for a conversation; undefined where it knows none, or is not there.
 * @throws LedgerError where it cannot be read.
 */
export async function traceOf(state: string, source: string, id: string): Promise<string | undefined> {
  if (!isServer(state) && !existsSync(state)) return undefined;
  const ledger = await openLedger(state, { readOnly: true });
  try {
    const row = (await ledger.sources.all()).find((candidate) => candidate.name === source);
    return row && (await ledger.conversations.get(row.id, id))?.traceId;
  } finally {
    await ledger.close();
  }
}
