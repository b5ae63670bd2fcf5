import { damaged, isSealed, toDue } from './conversation-row.ts';
import { ConversationTable } from './conversation-table.ts';
import type { Database, Row, Value } from './database.ts';
import { STATE } from './schema.ts';

/** After so many rows it is written down how far the inspection has come. */
const ROWS_A_NOTE = 20_000;

/** How each index finds a row that it has to have. */
const INDEXES: readonly {
  readonly name: string;
  readonly has: (row: Row) => boolean;
  readonly where: string;
  readonly by: readonly string[];
}[] = [
  {
    name: 'conversation_ready',
    has: ({ due, attempts }) => due !== null && attempts === 0,
    where: 'source = ? AND due = ? AND id = ? AND attempts = 0',
    by: ['source', 'due', 'id'],
  },
  {
    name: 'conversation_retry',
    has: ({ due, attempts }) => due !== null && attempts !== 0,
    where: 'source = ? AND due = ? AND id = ? AND attempts > 0',
    by: ['source', 'due', 'id'],
  },
  {
    name: 'conversation_active',
    has: ({ state }) => state === STATE.active,
    where: 'source = ? AND started IS ? AND id = ? AND state = 0',
    by: ['source', 'started', 'id'],
  },
  {
    name: 'conversation_settled',
    has: ({ settled }) => settled !== null,
    where: 'source = ? AND state = ? AND settled = ? AND id = ?',
    by: ['source', 'state', 'settled', 'id'],
  },
  {
    name: 'conversation_trace',
    has: ({ trace_id }) => trace_id !== null,
    where: 'trace_id = ? AND source = ? AND id = ?',
    by: ['trace_id', 'source', 'id'],
  },
];

interface Place {
  readonly source: number;
  readonly id: string;
}
const BEGINNING: Place = { source: -1, id: '' };

/**
 * Goes through all conversations, a stretch at a time: each row has to be what was written, to stand in its order, and to
 * be found by every index. So what a disk has changed is found out also in a ledger that is too large to be looked
 * through before a start.
 */
export class Inspection {
  readonly #database: Database;
  readonly #table: ConversationTable;
  #place: Place | undefined;
  #sinceNote = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#table = new ConversationTable(database);
  }

  /** @returns whether the end was reached. @throws LedgerError */
  next(limit: number): { readonly rows: number; readonly isEnd: boolean } {
    this.#place ??= this.#noted();
    const { source, id } = this.#place;
    const rows = this.#database.all(
      'SELECT * FROM conversation WHERE (source, id) > (?, ?) ORDER BY source, id LIMIT ?',
      ...[source, id, limit],
    );
    this.#seal(rows.filter((row) => row.checksum === null));
    for (const row of rows) this.#check(row);
    const isEnd = rows.length < limit;
    if (isEnd) this.#end();
    this.#sinceNote += rows.length;
    if (isEnd || this.#sinceNote >= ROWS_A_NOTE) this.note();
    return { rows: rows.length, isEnd };
  }

  /** Writes down how far it has come, where anything was looked at since. */
  note(): void {
    if (this.#place === undefined || this.#sinceNote === 0) return;
    const place = JSON.stringify(this.#place);
    this.#database.unflushed(() => this.#set('inspected', place));
    this.#sinceNote = 0;
  }

  #check(row: Row): void {
    const before = this.#place ?? BEGINNING;
    const place = { source: Number(row.source), id: String(row.id) };
    if (!isBefore(before, place)) throw damaged(this.#database, `the order of ${row.id}`);
    toDue(this.#database, row);
    for (const { name, has, where, by } of INDEXES) {
      if (!has(row)) continue;
      const sql = `SELECT 1 FROM conversation INDEXED BY ${name} WHERE ${where}`;
      const values = by.map((column): Value => row[column] ?? null);
      if (this.#database.get(sql, ...values) === undefined) {
        throw damaged(this.#database, `${name} has lost ${row.id}`);
      }
    }
    this.#place = place;
  }

  /** Of a ledger that an older callspan began: what it wrote has no checksums yet. */
  #seal(rows: readonly Row[]): void {
    if (rows.length === 0 || isSealed(this.#database)) return;
    this.#database.unflushed(() => {
      for (const row of rows) this.#table.seal(row);
    });
    // As they are written now: to be compared like any other.
    for (const row of rows) {
      const written = this.#database.get(
        'SELECT checksum FROM conversation WHERE source = ? AND id = ?',
        ...[row.source ?? null, row.id ?? null],
      );
      row.checksum = written?.checksum ?? null;
    }
  }

  /** All have checksums now: those that were there when it began, and what came since has had one from the start. */
  #end(): void {
    this.#place = BEGINNING;
    // A note of nothing but the beginning counts as one.
    this.#sinceNote++;
    if (!isSealed(this.#database)) {
      this.#database.unflushed(() => this.#set('sealed', 'by an inspection'));
    }
  }

  #noted(): Place {
    const noted = this.#database.get(`SELECT value FROM ledger WHERE key = 'inspected'`)?.value;
    if (typeof noted !== 'string') return BEGINNING;
    try {
      const { source, id } = JSON.parse(noted) as Partial<Place>;
      return typeof source === 'number' && typeof id === 'string' ? { source, id } : BEGINNING;
    } catch {
      // A note that a disk has changed: nothing is lost by beginning anew.
      return BEGINNING;
    }
  }

  #set(key: string, value: string): void {
    this.#database.run(
      'INSERT INTO ledger (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      ...[key, value],
    );
  }
}

/** In SQLite's order: that of the bytes. */
function isBefore(one: Place, other: Place): boolean {
  if (one.source !== other.source) return one.source < other.source;
  return Buffer.compare(Buffer.from(one.id), Buffer.from(other.id)) < 0;
}
