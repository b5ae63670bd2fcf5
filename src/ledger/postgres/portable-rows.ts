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
import { literal, type Session } from './client.ts';
import type { Database } from './database.ts';
import { hashOf, movedPart } from './series.ts';
import type { Value } from './values.ts';

/** Tables whose numbers the server gives out by itself, and the column of them. */
const NUMBERED: Readonly<Partial<Record<PortableTable, string>>> = { source: 'id', notice: 'number' };
/** Other engines have numbers for these. */
const BOOLEAN = new Set(['final', 'terminal']);

/** The ledger's rows as another engine can take them, and the other way round. */
export class PortableRows implements PortableLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async page(table: PortableTable, after: PortableKey | undefined, limit: number): Promise<PortableRow[]> {
    const { key } = PORTABLE[table];
    const columns = columnsOf(table).map((column) => selected(table, column));
    const order = key.map((column) => `t.${column}`).join(', ');
    const behind =
      after === undefined ? '' : `AND (${order}) > (${after.map((_, place) => `$${place + 1}`).join(', ')})`;
    const agent = table === 'summary' ? 'JOIN callspan.agent ON agent.id = t.agent' : '';
    const { rows } = await this.#database.query(
      `SELECT ${columns.join(', ')} FROM callspan.${table} AS t ${agent} WHERE ${kept(table)} ${behind}
       ORDER BY ${order} LIMIT ${limit}`,
      ...((after ?? []) as Value[]),
    );
    return rows as PortableRow[];
  }

  async put(table: PortableTable, rows: readonly PortableRow[], progress: string): Promise<void> {
    await this.#write(async (session) => {
      if (rows.length > 0) await session.script(putting(table, rows));
      if (table === 'source')
        await session.script(`INSERT INTO callspan.fence SELECT id, 0 FROM callspan.source
        ON CONFLICT DO NOTHING`);
      await remember(session, progress);
    });
  }

  async putSeries(series: readonly Series[], progress: string): Promise<void> {
    await this.#write(async (session) => {
      for (const one of series) await session.script(movedPart(one));
      await remember(session, progress);
    });
  }

  async mark(name: MoveMark): Promise<string | undefined> {
    const { rows } = await this.#database.query('SELECT value FROM callspan.ledger WHERE key = $1', name);
    return rows[0] && String(rows[0].value);
  }

  async begin(progress: string): Promise<boolean> {
    return await this.#write(async (session) => {
      const { count } = await session.query('SELECT 1 FROM callspan.source LIMIT 1');
      if (count > 0) return false;
      await remember(session, progress);
      return true;
    });
  }

  async end(instance: string): Promise<void> {
    await this.#write(async (session) => {
      for (const [table, column] of Object.entries(NUMBERED)) {
        // The next number is behind all that there are.
        await session.query(
          `SELECT setval(pg_get_serial_sequence('callspan.${table}', '${column}'), max(${column}))
           FROM callspan.${table} HAVING max(${column}) IS NOT NULL`,
        );
      }
      await session.query(`UPDATE callspan.ledger SET value = $1 WHERE key = 'instance'`, instance);
      await session.query(`DELETE FROM callspan.ledger WHERE key = 'moving'`);
    });
  }

  async leave(to: string): Promise<void> {
    await this.#write((session) => keep(session, 'moved', to));
  }

  async #write<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return await this.#database.persist(() =>
      this.#database.transaction('SET LOCAL synchronous_commit = on', work),
    );
  }
}

function selected(table: PortableTable, column: string): string {
  return table === 'summary' && column === 'agent' ? 'agent.key AS agent' : `t.${column}`;
}

/** What is not under suspicion is nothing that another process has to know. */
function kept(table: PortableTable): string {
  return table === 'attempt' ? 't.certain + t.alone + t.company > 0' : 'true';
}

/** Rows that may be there already, as a script. */
function putting(table: PortableTable, rows: readonly PortableRow[]): string {
  const columns = [...columnsOf(table), ...(table === 'attempt' ? ['holder', 'running'] : [])];
  const values = rows.map((row) => {
    const own = table === 'attempt' ? { ...row, holder: '', running: false } : row;
    return `(${columns.map((column) => valueIn(table, column, own)).join(',')})`;
  });
  const overriding = NUMBERED[table] === undefined ? '' : 'OVERRIDING SYSTEM VALUE';
  return `${table === 'summary' ? agents(rows) : ''}
    INSERT INTO callspan.${table} (${columns.join(', ')}) ${overriding} VALUES ${values.join(',')} ON CONFLICT DO NOTHING`;
}

function valueIn(table: PortableTable, column: string, row: PortableRow): string {
  const value = row[column] ?? null;
  if (BOOLEAN.has(column)) return literal(Boolean(value));
  if (table !== 'summary' || column !== 'agent') return literal(value);
  return `(SELECT id FROM callspan.agent WHERE hash = ${literal(hashOf(String(value)))})`;
}

function agents(rows: readonly PortableRow[]): string {
  const keys = [...new Set(rows.map(({ agent }) => String(agent)))];
  const values = keys.map((key) => `(${literal(hashOf(key))},${literal(key)})`);
  return `INSERT INTO callspan.agent (hash, key) VALUES ${values.join(',')} ON CONFLICT DO NOTHING;`;
}

async function remember(session: Session, progress: string): Promise<void> {
  await keep(session, 'moving', progress);
}

async function keep(session: Session, name: MoveMark, value: string): Promise<void> {
  const sql =
    'INSERT INTO callspan.ledger VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
  await session.query(sql, name, value);
}
