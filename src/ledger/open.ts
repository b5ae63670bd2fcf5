import type { Ledger } from './contract.ts';
import { Database, type OpenOptions } from './sqlite/database.ts';
import { SqliteLedger } from './sqlite/sqlite-ledger.ts';

export type { OpenOptions } from './sqlite/database.ts';

/**
 * Opens a ledger, or makes it.
 * @param state where it is: the path of a file.
 * @throws LedgerError where it is damaged, foreign, newer than this program, or cannot be written.
 */
export async function openLedger(state: string, options: OpenOptions = {}): Promise<Ledger> {
  return new SqliteLedger(new Database(state, options), options);
}
