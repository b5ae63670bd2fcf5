import type { Ledger } from './contract.ts';
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

/** Where a ledger is, in words that may be shown: of a URL neither user nor password. */
export function placeOf(state: string): string {
  if (!isServer(state)) return state;
  try {
    const { hostname, port, pathname } = new URL(state);
    return `postgres://${hostname}${port === '' ? '' : `:${port}`}${pathname}`;
  } catch {
    return 'postgres://';
  }
}

/** Whether a ledger is in a database server, and not in a file. */
export function isServer(state: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(state);
}
