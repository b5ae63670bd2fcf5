import type { Series } from '../../metrics/series.ts';
import {
  columnsOf,
  type MoveMark,
  PORTABLE,
  type PortableKey,
  type PortableLedger,
  type PortableRow,
  type PortableTable,
} from '../portable.ts';
import { checksum, checksumOf } from './checksum.ts';
import { rowChecksum, verifyRow } from './conversation-row.ts';
import type { Database, Row, Value } from './database.ts';
import { COUNTED_BYTES, seriesValues } from './series.ts';

/** Kept beside the rows that are moved: it is none of theirs. */
const OWN = 'INSERT INTO ledger (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value';

/** The ledger's rows as another engine can take them, and the other way round. */
export class PortableRows implements PortableLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async page(table: PortableTable, after: PortableKey | undefined, limit: number): Promise<PortableRow[]> {
    const { key } = PORTABLE[table];
    const columns = columnsOf(table).map((column) => selected(table, column));
    // Of conversations also what tells whether they are what was written.
    if (table === 'conversation') columns.push('t.checksum');
    const order = key.map((column) => `t.${column}`).join(', ');
    const behind = after === undefined ? '' : `AND (${order}) > (${after.map(() => '?').join(', ')})`;
    const agent = table === 'summary' ? 'JOIN agent ON agent.id = t.agent' : '';
    const rows = this.#database.all(
      `SELECT ${columns.join(', ')} FROM ${table} AS t ${agent} WHERE ${kept(table)} ${behind}
       ORDER BY ${order} LIMIT ?`,
      ...(after ?? []).map(toValue),
      limit,
    );
    return rows.map((row) => {
      if (table !== 'conversation') return row;
      verifyRow(this.#database, row);
      const { checksum: _, ...portable } = row;
      return portable;
    });
  }

  async put(table: PortableTable, rows: readonly PortableRow[], progress: string): Promise<void> {
    this.#database.transaction(() => {
      for (const row of rows) this.#put(table, toRow(row));
      this.#database.run(OWN, 'moving', progress);
    });
  }

  #put(table: PortableTable, row: Row): void {
    switch (table) {
      case 'conversation':
        this.#insert(table, { ...row, checksum: BigInt(rowChecksum(row)) });
        break;
      case 'source':
        this.#insert(table, { ...row, checksum: BigInt(checksumOf('source', row)) });
        break;
      case 'counted':
        // Another engine may keep more of it: the first bytes are the same.
        this.#insert(table, { ...row, hash: (row.hash as Uint8Array).subarray(0, COUNTED_BYTES) });
        break;
      case 'attempt':
        this.#insert(table, { ...row, running: 0 });
        break;
      case 'summary': {
        this.#database.run('INSERT INTO agent (key) VALUES (?) ON CONFLICT DO NOTHING', row.agent ?? null);
        const agent = this.#database.get('SELECT id FROM agent WHERE key = ?', row.agent ?? null)?.id ?? null;
        const { source = null, id = null, started = null, numbers = null } = row;
        const sum = checksum([source, id, started, agent, numbers]);
        this.#insert(table, { source, id, started, agent, numbers, checksum: BigInt(sum) });
        break;
      }
      default:
        this.#insert(table, row);
    }
  }

  #insert(table: PortableTable, row: Row): void {
    const columns = Object.keys(row);
    this.#database.run(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
       ON CONFLICT DO NOTHING`,
      ...Object.values(row),
    );
  }

  async putSeries(series: readonly Series[], progress: string): Promise<void> {
    this.#database.transaction(() => {
      for (const one of series) {
        const values = seriesValues(one);
        this.#database.run(
          `INSERT INTO series (key, metric, labels, start, count, sum, buckets, exemplars, checksum)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
          ...values,
          checksum(values),
        );
      }
      this.#database.run(OWN, 'moving', progress);
    });
  }

  async mark(name: MoveMark): Promise<string | undefined> {
    const row = this.#database.get('SELECT value FROM ledger WHERE key = ?', name);
    return row && String(row.value);
  }

  async begin(progress: string): Promise<boolean> {
    return this.#database.transaction(() => {
      if (this.#database.get('SELECT 1 FROM source LIMIT 1') !== undefined) return false;
      this.#database.run(OWN, 'moving', progress);
      return true;
    });
  }

  async end(instance: string): Promise<void> {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE ledger SET value = ?, checksum = ? WHERE key = 'instance'`,
        instance,
        checksum([instance]),
      );
      this.#database.run(`DELETE FROM ledger WHERE key = 'moving'`);
    });
  }

  async leave(to: string): Promise<void> {
    this.#database.transaction(() => this.#database.run(OWN, 'moved', to));
  }
}

function selected(table: PortableTable, column: string): string {
  return table === 'summary' && column === 'agent' ? 'agent.key AS agent' : `t.${column}`;
}

/** What is not under suspicion is nothing that another process has to know. */
function kept(table: PortableTable): string {
  return table === 'attempt' ? 't.certain + t.alone + t.company > 0' : '1';
}

function toRow(row: PortableRow): Row {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toValue(value)]));
}

function toValue(value: PortableRow[string] | undefined): Value {
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}
