import { rowChecksum, verifyRow } from './conversation-row.ts';
import type { Database, Row, Value } from './database.ts';
import { bindable } from './value.ts';

/** What is known of a conversation when it is first heard of. */
export interface NewRow {
  readonly source: number;
  readonly id: string;
  readonly state: number;
  readonly due: number | undefined;
  readonly started: number | undefined;
  readonly ended: number | undefined;
  readonly seen: number;
}

/** Single rows of conversations: each is written with its checksum and compared with it when it is read. */
export class ConversationTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** As it was written. @throws LedgerError */
  row(source: number, id: string): Row | undefined {
    const row = this.#database.get('SELECT * FROM conversation WHERE source = ? AND id = ?', source, id);
    if (row !== undefined) verifyRow(this.#database, row);
    return row;
  }

  /** Only in a transaction, and where there is none of that id. */
  insert({ source, id, state, due, started, ended, seen }: NewRow): void {
    const known = { source, id, state, due, started, ended, seen };
    const row: Row = { ...EMPTY };
    for (const [column, value] of Object.entries(known)) row[column] = bindable(value ?? null);
    this.#database.run(
      `INSERT INTO conversation (source, id, state, due, started, ended, seen, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[source, id, state, due ?? null, started ?? null, ended ?? null, seen, BigInt(rowChecksum(row))],
    );
  }

  /**
   * Only in a transaction, and in the one that `row` was read in: what it says besides `changes` is taken from there, so
   * that it is written once, with its checksum.
   */
  update(row: Row, changes: Readonly<Row>): void {
    const changed: Row = { ...row };
    const values: Value[] = [];
    let assignments = '';
    for (const column in changes) {
      const value = bindable(changes[column] ?? null);
      changed[column] = value;
      values.push(value);
      assignments += `${column} = ?, `;
    }
    this.#database.run(
      `UPDATE conversation SET ${assignments}checksum = ? WHERE source = ? AND id = ?`,
      ...[...values, BigInt(rowChecksum(changed)), row.source ?? null, row.id ?? null],
    );
  }

  /** Writes the checksum of a row as it is. Only in a transaction. */
  seal(row: Row): void {
    this.#database.run(
      'UPDATE conversation SET checksum = ? WHERE source = ? AND id = ?',
      // Not a moment: what is none is not brought into the range of moments.
      ...[BigInt(rowChecksum(row)), row.source ?? null, row.id ?? null],
    );
  }
}

const EMPTY: Row = {
  ...{ settled: null, attempts: 0, trace_id: null, spans: null, shape: null, late: null, reason: null },
};
