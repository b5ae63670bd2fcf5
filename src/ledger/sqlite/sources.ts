import { ConfigError } from '../../config/errors.ts';
import type { Provider } from '../../conversation.ts';
import type { Database, Row } from './database.ts';
import { STATE, type StateName } from './schema.ts';

/** How far a source's list was walked, and how that went. Times are unix milliseconds. */
export interface SourceRow {
  readonly name: string;
  readonly provider: Provider;
  /** Conversations that began before this were listed. */
  readonly cursor: number | undefined;
  /** What the walk of the list learnt, for the next one. */
  readonly memory: string | undefined;
  readonly sweptAt: number | undefined;
  readonly polledAt: number | undefined;
  readonly nextPollAt: number | undefined;
  readonly error: string | undefined;
  readonly errorAt: number | undefined;
}

export type Tallies = Readonly<Record<StateName, number>>;

export class Sources {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ConfigError where the ledger knows a source of that name of another provider. */
  register(name: string, provider: Provider): number {
    const find = () => this.#database.get('SELECT id, provider FROM source WHERE name = ?', name);
    if (find() === undefined) {
      this.#database.run(
        'INSERT INTO source (name, provider) VALUES (?, ?) ON CONFLICT DO NOTHING',
        name,
        provider,
      );
    }
    const row = find();
    if (row?.provider !== provider) {
      throw new ConfigError(
        `The source ${name} is ${row?.provider} in the ledger and ${provider} in the settings; give it another name.`,
      );
    }
    return Number(row.id);
  }

  get(source: number): SourceRow {
    const row = this.#database.get('SELECT * FROM source WHERE id = ?', source);
    if (!row) throw new Error(`The ledger has no source ${source}.`);
    return toSource(row);
  }

  all(): (SourceRow & { readonly id: number })[] {
    return this.#database
      .all('SELECT * FROM source ORDER BY name')
      .map((row) => ({ id: Number(row.id), ...toSource(row) }));
  }

  /** A walk of the list came to its end. */
  walked(source: number, cursor: number, memory: string | undefined): void {
    this.#database.run(
      'UPDATE source SET cursor = ?, memory = ? WHERE id = ?',
      cursor,
      memory ?? null,
      source,
    );
  }

  swept(source: number, at: number): void {
    this.#database.run('UPDATE source SET swept_at = ? WHERE id = ?', at, source);
  }

  /** A poll ended, well or with `error`. */
  polled(source: number, poll: { at: number; next: number; error: string | undefined }): void {
    this.#database.run(
      'UPDATE source SET polled_at = ?, next_poll_at = ?, error = ?, error_at = ? WHERE id = ?',
      poll.at,
      poll.next,
      poll.error ?? null,
      poll.error === undefined ? null : poll.at,
      source,
    );
  }

  /** How many conversations are in each state. Kept as counts: ten million rows are never scanned for it. */
  tallies(source: number): Tallies {
    const rows = this.#database.all('SELECT state, conversations FROM tally WHERE source = ?', source);
    const counts = new Map(rows.map((row) => [Number(row.state), Number(row.conversations)]));
    const count = (state: StateName) => counts.get(STATE[state]) ?? 0;
    return {
      active: count('active'),
      due: count('due'),
      delivered: count('delivered'),
      empty: count('empty'),
      gone: count('gone'),
      dead: count('dead'),
    };
  }
}

function toSource(row: Row): SourceRow {
  return {
    name: String(row.name),
    provider: row.provider as Provider,
    cursor: optional(row.cursor),
    memory: row.memory === null ? undefined : String(row.memory),
    sweptAt: optional(row.swept_at),
    polledAt: optional(row.polled_at),
    nextPollAt: optional(row.next_poll_at),
    error: row.error === null ? undefined : String(row.error),
    errorAt: optional(row.error_at),
  };
}

function optional(value: Row[string] | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
