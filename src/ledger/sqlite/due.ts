import type { Due } from '../records.ts';
import { toDue } from './conversation-row.ts';
import type { Database, Value } from './database.ts';
import { STATE } from './schema.ts';
import { optional } from './value.ts';

/** So many that have not failed are taken for each that has. */
const FRESH_FOR_EACH_RETRY = 8;
/** Nobody has it in hand, and nothing is known against it. */
const FREE = `NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.source = conversation.source
  AND attempt.id = conversation.id)`;

/**
 * In which order conversations are taken whose time has come. Limits are written out: bound to a parameter, each new
 * one has SQLite plan the statement anew, which takes twice as long as carrying it out.
 */
export class DueRows {
  readonly #database: Database;
  /** Of each source: how many have been taken since one that had failed before. */
  readonly #sinceRetry = new Map<number, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The latest first: a backlog must not delay today's calls. A few of those that have failed before go along, which
   * must not delay any.
   */
  next(source: number, { now, limit, early }: { now: number; limit: number; early: boolean }): Due[] {
    if (limit <= 0) return [];
    const isTheirTurn = (this.#sinceRetry.get(source) ?? 0) >= FRESH_FOR_EACH_RETRY;
    const first = isTheirTurn ? this.#retries(source, now, 1) : [];
    const fresh = this.#fresh(source, { now, limit: limit - first.length, early });
    const rest = limit - first.length - fresh.length;
    const last = rest > 0 ? this.#retries(source, now, rest + first.length).slice(first.length) : [];
    const retries = first.length + last.length;
    this.#sinceRetry.set(source, retries > 0 ? 0 : (this.#sinceRetry.get(source) ?? 0) + fresh.length);
    return [...first, ...fresh, ...last];
  }

  #fresh(source: number, { now, limit, early }: { now: number; limit: number; early: boolean }): Due[] {
    const ripe = this.#rows(
      `SELECT * FROM conversation WHERE source = ? AND due <= ? AND attempts = 0 AND ${FREE}
       ORDER BY due DESC LIMIT ${limit}`,
      ...[source, now],
    );
    if (!early || ripe.length === limit) return ripe;
    // Last, and only then looked for: among what is due later are all that were delivered and may get something late.
    const unripe = this.#rows(
      `SELECT * FROM conversation WHERE source = ? AND due > ? AND attempts = 0 AND state = ? AND reason IS NULL
       AND ${FREE} ORDER BY due DESC LIMIT ${limit - ripe.length}`,
      ...[source, now, STATE.due],
    );
    return [...ripe, ...unripe];
  }

  #retries(source: number, now: number, limit: number): Due[] {
    return this.#rows(
      `SELECT * FROM conversation WHERE source = ? AND due <= ? AND attempts > 0 AND ${FREE}
       ORDER BY due DESC LIMIT ${limit}`,
      ...[source, now],
    );
  }

  /** When the next one is due that nobody has in hand. */
  when(source: number): number | undefined {
    const least = (attempts: string) =>
      optional(
        this.#database.get(
          `SELECT due FROM conversation WHERE source = ? AND due IS NOT NULL AND attempts ${attempts}
           AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.source = conversation.source
             AND attempt.id = conversation.id AND running = 1)
           ORDER BY due LIMIT 1`,
          source,
        )?.due,
      );
    const moments = [least('= 0'), least('> 0')].filter((moment) => moment !== undefined);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  #rows(sql: string, ...values: Value[]): Due[] {
    return this.#database.all(sql, ...values).map((row) => toDue(this.#database, row));
  }
}
