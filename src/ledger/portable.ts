import type { Series } from '../metrics/series.ts';
import { LedgerError } from './errors.ts';

/** What a column of any engine holds. */
export type PortableValue = string | number | bigint | boolean | Uint8Array | null;
export type PortableRow = Readonly<Record<string, PortableValue>>;
/** The values of the columns by which a table is in order. */
export type PortableKey = readonly PortableValue[];

/**
 * What a ledger holds, whatever keeps it: the tables that are moved row by row, their columns, and the columns that are
 * in order. An agent stands in its summaries as text, because its number is an engine's own. Series are moved as such;
 * tallies, leases and answers to commands are each ledger's own.
 */
export const PORTABLE = {
  source: {
    key: ['id'],
    rest: 'name provider cursor memory swept_at polled_at next_poll_at error error_at'.split(' '),
  },
  conversation: {
    key: ['source', 'id'],
    rest: 'state due started ended seen settled attempts trace_id spans shape late reason'.split(' '),
  },
  counted: { key: ['source', 'hash'], rest: [] },
  summary: { key: ['source', 'id'], rest: ['started', 'agent', 'numbers'] },
  attempt: { key: ['source', 'id'], rest: ['certain', 'alone', 'company'] },
  notice: { key: ['number'], rest: 'source id type at digest final terminal received taken'.split(' ') },
  payload: { key: ['number'], rest: ['source', 'id', 'received', 'body'] },
} as const satisfies Record<string, { readonly key: readonly string[]; readonly rest: readonly string[] }>;

export type PortableTable = keyof typeof PORTABLE;

export function columnsOf(table: PortableTable): readonly string[] {
  return [...PORTABLE[table].key, ...PORTABLE[table].rest];
}

/** What is known of a move by a ledger that is moved, or moved into. Kept in it, by name. */
export type MoveMark =
  /** Somebody's rows are being put in: how far, and whose. */
  | 'moving'
  /** Where it was moved to: it is not to be used again. */
  | 'moved';

/** @throws LedgerError where a ledger with these marks is not to be used. @param where it is, for people. */
export function expectSettled(marks: ReadonlyMap<string, string>, where: string): void {
  const to = marks.get('moved');
  if (to !== undefined) {
    throw new LedgerError(`The ledger ${where} was moved to ${to}; set CALLSPAN_STATE to that.`);
  }
  if (marks.has('moving')) {
    throw new LedgerError(
      `A ledger is being moved to ${where}, and is not whole there yet; run callspan ledger move again.`,
    );
  }
}

/** A ledger as rows that another engine can take. Only for a move, by whoever holds the ledgers. */
export interface PortableLedger {
  /** Rows behind `after` in the order of the key, so many at most. */
  page(table: PortableTable, after: PortableKey | undefined, limit: number): Promise<readonly PortableRow[]>;
  /** Puts rows in that may be there already, and remembers with them how far that is. All of it or nothing. */
  put(table: PortableTable, rows: readonly PortableRow[], progress: string): Promise<void>;
  putSeries(series: readonly Series[], progress: string): Promise<void>;
  mark(name: MoveMark): Promise<string | undefined>;
  /** The ledger is somebody's rows from now on. Where it has others already it stays as it is. @returns whether it is. */
  begin(progress: string): Promise<boolean>;
  /** Everything is there: it becomes the ledger of this identity, and may be used. */
  end(instance: string): Promise<void>;
  /** It is not to be used again: what it held is there. */
  leave(to: string): Promise<void>;
}
