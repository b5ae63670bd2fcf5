import { ConfigError } from '../../config/errors.ts';
import type { Provider } from '../../conversation.ts';
import { CALLSPAN } from '../../trace/semconv.ts';
import type { SourceLedger } from '../contract.ts';
import type { SourceRow, StateName, Tallies } from '../records.ts';
import { readable } from '../text.ts';
import { checksumOf, verify } from './checksum.ts';
import { damaged } from './conversation-row.ts';
import type { Database, Row, Value } from './database.ts';
import { STATE, TALLY_CHECKSUM } from './schema.ts';
import type { SeriesRows } from './series.ts';
import { optional, optionalText } from './value.ts';

/** What is known of a source's conversations, and by what one row is told from another. */
const OF_A_SOURCE = {
  payload: 'number',
  notice: 'number',
  summary: 'id',
  attempt: 'id',
  conversation: 'id',
  counted: 'hash',
} as const;
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
    const find = () => this.#database.get('SELECT * FROM source WHERE name = ?', name);
    const row = find() ?? this.#add(name, provider);
    if (row.provider !== provider) {
      throw new ConfigError(
        `The source ${name} is ${row.provider} in the ledger and ${provider} in the settings; give it another name.`,
      );
    }
    return Number(row.id);
  }

  #add(name: string, provider: Provider): Row {
    return this.#database.transaction(() => {
      const sql = 'INSERT INTO source (name, provider) VALUES (?, ?) ON CONFLICT DO NOTHING';
      this.#database.run(sql, name, provider);
      const row = this.#database.get('SELECT * FROM source WHERE name = ?', name);
      if (row === undefined) throw new Error(`The source ${name} could not be added to the ledger.`);
      this.#seal(Number(row.id));
      return row;
    });
  }

  async get(source: number): Promise<SourceRow> {
    const row = this.#database.get('SELECT * FROM source WHERE id = ?', source);
    if (!row) throw new Error(`The ledger has no source ${source}.`);
    return this.#verified(row);
  }

  async all(): Promise<readonly (SourceRow & { readonly id: number })[]> {
    return this.#database
      .all('SELECT * FROM source ORDER BY name')
      .map((row) => ({ id: Number(row.id), ...this.#verified(row) }));
  }

  async walked(source: number, cursor: number, memory: string | undefined): Promise<void> {
    this.#change(source, 'cursor = ?, memory = ?', cursor, memory ?? null);
  }

  async swept(source: number, at: number): Promise<void> {
    this.#change(source, 'swept_at = ?', at);
  }

  async planned(source: number, at: number): Promise<void> {
    this.#change(source, 'polled_at = NULL, next_poll_at = ?', at);
  }

  async polled(
    source: number,
    { at, next, error }: { readonly at: number; readonly next: number; readonly error: string | undefined },
  ): Promise<void> {
    const complaint = error === undefined ? null : readable(error);
    this.#change(
      source,
      'polled_at = ?, next_poll_at = ?, error = ?, error_at = ?',
      ...[at, next, complaint, complaint === null ? null : at],
    );
  }

  async rename(source: number, name: string): Promise<void> {
    this.#change(source, 'name = ?', name);
  }

  async forget(source: number): Promise<void> {
    const { name } = await this.get(source);
    // In parts: millions in one transaction would take as long to take back, and block whoever looks at the ledger.
    for (const [table, key] of Object.entries(OF_A_SOURCE)) {
      let removed: number;
      do {
        removed = this.#database.run(
          `DELETE FROM ${table} WHERE source = ? AND ${key} IN (SELECT ${key} FROM ${table} WHERE source = ? LIMIT ${PART})`,
          source,
          source,
        );
      } while (removed === PART);
    }
    this.#database.transaction(() => {
      this.#series.remove(CALLSPAN.SOURCE, name);
      this.#database.run('DELETE FROM tally WHERE source = ?', source);
      this.#database.run('DELETE FROM source WHERE id = ?', source);
    });
  }

  async tallies(source: number): Promise<Tallies> {
    const rows = this.#database.all(
      `SELECT state, conversations, checksum = ${TALLY_CHECKSUM('source', 'state', 'conversations')} AS sealed
       FROM tally WHERE source = ?`,
      source,
    );
    if (rows.some(({ sealed }) => sealed !== 1))
      throw damaged(this.#database, 'a count of its conversations');
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

  #change(source: number, assignments: string, ...values: Value[]): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE source SET ${assignments} WHERE id = ?`, ...values, source);
      this.#seal(source);
    });
  }

  #seal(source: number): void {
    const row = this.#database.get('SELECT * FROM source WHERE id = ?', source);
    if (row === undefined) return;
    this.#database.run('UPDATE source SET checksum = ? WHERE id = ?', checksumOf('source', row), source);
  }

  #verified(row: Row): SourceRow {
    verify(this.#database.file.name, 'source', row);
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
}
