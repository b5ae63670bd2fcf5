import type { Ledger } from './contract.ts';
import { Database, type OpenOptions } from './sqlite/database.ts';
import { SqliteLedger } from './sqlite/sqlite-ledger.ts';

export type { OpenOptions } from './sqlite/database.ts';

/**
 * Opens a ledger, or makes it.
 * @param state where it is: the path of a file, or the URL of a PostgreSQL database (`postgres://…`).
 * @throws LedgerError where it is damaged, foreign, newer than this program, or cannot be written or reached.
 */
export async function openLedger(state: string, options: OpenOptions = {}): Promise<Ledger> {
  if (!isServer(state)) return new SqliteLedger(new Database(state, options), options);
  // Most have no server, and need not wait for its driver.
  const { PostgresLedger } = await import('./postgres/postgres-ledger.ts');
  const server = await import('./postgres/database.ts');
  return await PostgresLedger.open(new server.Database(state, options), options);
}

/** Whether a ledger is on a server, and no file. */
export function isServer(state: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(state);
}
