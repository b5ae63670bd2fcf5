import { ConfigError } from '../../config/errors.ts';
import type { Provider } from '../../conversation.ts';
import { CALLSPAN } from '../../trace/semconv.ts';
import type { SourceLedger } from '../contract.ts';
import type { SourceRow, StateName, Tallies } from '../records.ts';
import { readable } from '../text.ts';
import type { Database, Row } from './database.ts';
import { STATE } from './schema.ts';
import type { SeriesRows } from './series.ts';
import { exactly, optional, optionalText, whole } from './value.ts';

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
    const find = () => this.#database.get('SELECT * FROM source WHERE name = $1', exactly(name));
    const row = (await find()) ?? (await this.#add(name, provider).then(find));
    if (row === undefined) throw new Error(`The source ${name} could not be added to the ledger.`);
    if (row.provider !== provider) {
      throw new ConfigError(
        `The source ${name} is ${row.provider} in the ledger and ${provider} in the settings; give it another name.`,
      );
    }
    return Number(row.id);
  }

  async #add(name: string, provider: Provider): Promise<void> {
    await this.#database.transaction((query) =>
      query('INSERT INTO source (name, provider) VALUES ($1, $2) ON CONFLICT DO NOTHING', [name, provider]),
    );
  }

  async get(source: number): Promise<SourceRow> {
    const row = await this.#database.get('SELECT * FROM source WHERE id = $1', source);
    if (!row) throw new Error(`The ledger has no source ${source}.`);
    return toSource(row);
  }

  async all(): Promise<readonly (SourceRow & { readonly id: number })[]> {
    const rows = await this.#database.all('SELECT * FROM source ORDER BY name');
    return rows.map((row) => ({ id: Number(row.id), ...toSource(row) }));
  }

  async walked(source: number, cursor: number, memory: string | undefined): Promise<void> {
    await this.#change(source, 'cursor = $2, memory = $3', whole(cursor), memory ?? null);
  }

  async swept(source: number, at: number): Promise<void> {
    await this.#change(source, 'swept_at = $2', whole(at));
  }

  async polled(
    source: number,
    { at, next, error }: { readonly at: number; readonly next: number; readonly error: string | undefined },
  ): Promise<void> {
    const complaint = error === undefined ? null : readable(error);
    await this.#change(
      source,
      'polled_at = $2, next_poll_at = $3, error = $4, error_at = $5',
      ...[whole(at), whole(next), complaint, complaint === null ? null : whole(at)],
    );
  }

  async rename(source: number, name: string): Promise<void> {
    await this.#change(source, 'name = $2', name);
  }

  async forget(source: number): Promise<void> {
    const { name } = await this.get(source);
    for (const table of OF_A_SOURCE) {
      for (let removed = PART; removed === PART; ) {
        removed = await this.#database.transaction(async (query) => {
          const rows = await query(
            `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE source = $1 LIMIT ${PART})) RETURNING 1`,
            [source],
          );
          return rows.length;
        });
      }
    }
    await this.#database.transaction(async (query) => {
      await this.#series.remove(query, CALLSPAN.SOURCE, name);
      await query('DELETE FROM tally WHERE source = $1', [source]);
      await query('DELETE FROM source WHERE id = $1', [source]);
    });
  }

  async tallies(source: number): Promise<Tallies> {
    const rows = await this.#database.all('SELECT state, conversations FROM tally WHERE source = $1', source);
    const counts = new Map(rows.map((row) => [Number(row.state), Number(row.conversations)]));
    const count = (state: StateName) => counts.get(STATE[state]) ?? 0;
    return {
      ...{ active: count('active'), due: count('due'), delivered: count('delivered') },
      ...{ empty: count('empty'), gone: count('gone'), dead: count('dead') },
      parked: count('parked'),
    };
  }

  async #change(source: number, assignments: string, ...values: readonly unknown[]): Promise<void> {
    await this.#database.transaction((query) =>
      query(`UPDATE source SET ${assignments} WHERE id = $1`, [source, ...values]),
    );
  }
}

function toSource(row: Row): SourceRow {
  return {
    name: String(row.name),
    provider: String(row.provider),
    cursor: optional(row.cursor),
    memory: optionalText(row.memory),
    sweptAt: optional(row.swept_at),
    polledAt: optional(row.polled_at),
    nextPollAt: optional(row.next_poll_at),
    error: optionalText(row.error),
    errorAt: optional(row.error_at),
  };
}
