import type { Ledger } from './contract.ts';
import { LedgerError } from './errors.ts';
import type { OpenOptions } from './sqlite/database.ts';

export type { OpenOptions } from './sqlite/database.ts';

/**
 * Opens a ledger, or makes it. Each engine is loaded only where it is asked for.
 * @param state where it is: the path of a file, or `postgres://user:password@host:5432/database`.
 * @throws LedgerError where it is damaged, foreign, newer than this program, or cannot be written; ConfigError where the
 * URL cannot be used.
 */
export async function openLedger(state: string, options: OpenOptions = {}): Promise<Ledger> {
  if (isServer(state)) {
    const { PostgresLedger } = await import('./postgres/postgres-ledger.ts');
    return await PostgresLedger.open(state, options);
  }
  const [{ Database }, { SqliteLedger }] = await Promise.all([
    import('./sqlite/database.ts'),
    import('./sqlite/sqlite-ledger.ts'),
  ]);
  return new SqliteLedger(new Database(state, options), options);
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
