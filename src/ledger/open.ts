import type { Ledger } from './contract.ts';
import { LedgerError } from './errors.ts';
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

/**
 * Copies a ledger into a new file.
 * @throws LedgerError where it is no file, or cannot be copied.
 */
export async function backUpLedger(state: string, file: string): Promise<void> {
  if (isServer(state))
    throw new LedgerError('The ledger is on a server, whose own tools make its backups: pg_dump, say.');
  const { backUp } = await import('./sqlite/backup.ts');
  backUp(state, file);
}

/** Where a ledger is, as people may see it: no user, no password. */
export function shownPlace(state: string): string {
  if (!isServer(state)) return state;
  const url = URL.canParse(state) ? new URL(state) : undefined;
  return url === undefined ? 'a database server' : `${url.protocol}//${url.host}${url.pathname}`;
}

/** Whether a ledger is on a server, and no file. */
export function isServer(state: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(state);
}
