import { ConfigError } from '../../config/errors.ts';
import type { Provider } from '../../conversation.ts';
import { CALLSPAN } from '../../trace/semconv.ts';
import type { SourceLedger } from '../contract.ts';
import type { SourceRow, StateName, Tallies } from '../records.ts';
import { readable } from '../text.ts';
import type { Database } from './database.ts';
import { STATE } from './schema.ts';
import type { SeriesRows } from './series.ts';
import { optional, optionalText, type Row, type Value } from './values.ts';

/** What is known of a source's conversations. */
const OF_A_SOURCE = ['payload', 'notice', 'summary', 'attempt', 'conversation', 'counted'] as const;
/** Rows that are removed at a time. */
const PART = 5_000;

/** The sources, and how far each of their lists was walked. */
export class SourceRows implements SourceLedger {
  readonly #database: Database;
  readonly #series: SeriesRows;

  constructor(database: Database, series: SeriesRows) {
    this.#database = database;
    this.#series = series;
  }

  /** @throws ConfigError where the ledger knows a source of that name of another provider. */
  async register(name: string, provider: Provider): Promise<number> {
    const find = async () =>
      (await this.#database.query('SELECT id, provider FROM callspan.source WHERE name = $1', name)).rows[0];
    let row = await find();
    if (row === undefined) {
      const sql = 'INSERT INTO callspan.source (name, provider) VALUES ($1, $2) ON CONFLICT DO NOTHING';
      await this.#database.query(sql, name, provider);
      row = await find();
    }
    if (row === undefined) throw new Error(`The source ${name} could not be added to the ledger.`);
    if (row.provider !== provider) {
      throw new ConfigError(
        `The source ${name} is ${row.provider} in the ledger and ${provider} in the settings; give it another name.`,
      );
    }
    await this.#database.query(
      'INSERT INTO callspan.fence VALUES ($1, 0) ON CONFLICT DO NOTHING',
      Number(row.id),
    );
    return Number(row.id);
  }

  async get(source: number): Promise<SourceRow> {
    const { rows } = await this.#database.query('SELECT * FROM callspan.source WHERE id = $1', source);
    if (rows[0] === undefined) throw new Error(`The ledger has no source ${source}.`);
    return toSource(rows[0]);
  }

  async all(): Promise<readonly (SourceRow & { readonly id: number })[]> {
    const { rows } = await this.#database.query('SELECT * FROM callspan.source ORDER BY name');
    return rows.map((row) => ({ id: Number(row.id), ...toSource(row) }));
  }

  async walked(source: number, cursor: number, memory: string | undefined): Promise<void> {
    await this.#change(source, 'cursor = $2, memory = $3', cursor, memory);
  }

  async swept(source: number, at: number): Promise<void> {
    await this.#change(source, 'swept_at = $2', at);
  }

  async planned(source: number, at: number): Promise<void> {
    await this.#change(source, 'polled_at = NULL, next_poll_at = $2', at);
  }

  async polled(
    source: number,
    { at, next, error }: { readonly at: number; readonly next: number; readonly error: string | undefined },
  ): Promise<void> {
    await this.#change(
      source,
      'polled_at = $2, next_poll_at = $3, error = $4, error_at = $5',
      ...[at, next, error === undefined ? undefined : readable(error), error === undefined ? undefined : at],
    );
  }

  async rename(source: number, name: string): Promise<void> {
    // Not fenced: it is known by its number to whoever has it, and what is done twice is the same.
    await this.#database.query('UPDATE callspan.source SET name = $2 WHERE id = $1', source, name);
  }

  async forget(source: number): Promise<void> {
    const { name } = await this.get(source);
    for (const table of OF_A_SOURCE) {
      let removed: number;
      do {
        removed = await this.#database.write(source, async (session) => {
          const sql = `DELETE FROM callspan.${table} WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM callspan.${table} WHERE source = $1 LIMIT ${PART}))`;
          return (await session.query(sql, source)).count;
        });
      } while (removed === PART);
    }
    await this.#database.write(source, async (session) => {
      const { rows } = await session.query('SELECT hash, labels FROM callspan.series');
      const own = rows.filter(({ labels }) => JSON.parse(String(labels))[CALLSPAN.SOURCE] === name);
      const hashes = own.map(({ hash }) => hash as Buffer);
      await session.query('DELETE FROM callspan.series_value WHERE series = ANY ($1::bytea[])', hashes);
      await session.query('DELETE FROM callspan.series WHERE hash = ANY ($1::bytea[])', hashes);
      await session.query('DELETE FROM callspan.tally WHERE source = $1', source);
      await session.query('DELETE FROM callspan.source WHERE id = $1', source);
    });
    this.#series.forget();
  }

  async tallies(source: number): Promise<Tallies> {
    const sql = 'SELECT state, conversations FROM callspan.tally WHERE source = $1';
    const { rows } = await this.#database.query(sql, source);
    const counts = new Map(rows.map((row) => [Number(row.state), Number(row.conversations)]));
    const count = (state: StateName) => counts.get(STATE[state]) ?? 0;
    return {
      active: count('active'),
      due: count('due'),
      delivered: count('delivered'),
      empty: count('empty'),
      gone: count('gone'),
      dead: count('dead'),
      parked: count('parked'),
    };
  }

  async #change(source: number, assignments: string, ...values: Value[]): Promise<void> {
    const sql = `UPDATE callspan.source SET ${assignments} WHERE id = $1`;
    await this.#database.write(source, (session) => session.query(sql, source, ...values));
  }
}

function toSource(row: Row): SourceRow {
  return {
    name: String(row.name),
    provider: row.provider as Provider,
    cursor: optional(row.cursor),
    memory: optionalText(row.memory),
    sweptAt: optional(row.swept_at),
    polledAt: optional(row.polled_at),
    nextPollAt: optional(row.next_poll_at),
    error: optionalText(row.error),
    errorAt: optional(row.error_at),
  };
}
