import type { Due } from '../records.ts';
import { toDue } from './conversation-row.ts';
import type { Database, Query } from './database.ts';
import { STATE } from './schema.ts';
import { optional } from './value.ts';

/** So many that have not failed are taken for each that has. */
const FRESH_FOR_EACH_RETRY = 8;
/** Nobody has it in hand, and nothing is known against it. */
const FREE = `NOT EXISTS (SELECT FROM attempt WHERE attempt.source = conversation.source
  AND attempt.id = conversation.id)`;
/** Nobody has it in hand. */
const IDLE = `NOT EXISTS (SELECT FROM attempt WHERE attempt.source = conversation.source
  AND attempt.id = conversation.id AND running)`;

/** In which order conversations are taken whose time has come. */
export class DueRows {
  /** Of each source: how many have been taken since one that had failed before. */
  readonly #sinceRetry = new Map<number, number>();

  /**
   * The latest first: a backlog must not delay today's calls. A few of those that have failed before go along, which
   * must not delay any.
   */
  async next(
    query: Query,
    source: number,
    { now, limit, early }: { now: number; limit: number; early: boolean },
  ): Promise<Due[]> {
    if (limit <= 0) return [];
    const isTheirTurn = (this.#sinceRetry.get(source) ?? 0) >= FRESH_FOR_EACH_RETRY;
    const first = isTheirTurn ? await retries(query, source, now, 1) : [];
    const fresh = await freshOnes(query, source, { now, limit: limit - first.length, early });
    const rest = limit - first.length - fresh.length;
    const last = rest > 0 ? (await retries(query, source, now, rest + first.length)).slice(first.length) : [];
    const failed = first.length + last.length;
    this.#sinceRetry.set(source, failed > 0 ? 0 : (this.#sinceRetry.get(source) ?? 0) + fresh.length);
    return [...first, ...fresh, ...last];
  }

  /** Whether there may be any for `next`: a look, which needs no lock. */
  async hasAny(
    database: Database,
    source: number,
    { now, early }: { now: number; early: boolean },
  ): Promise<boolean> {
    const some = (which: string) =>
      `EXISTS (SELECT FROM conversation WHERE source = $1 AND due IS NOT NULL AND ${which} AND ${IDLE})`;
    const fresh = early ? 'attempts = 0' : 'attempts = 0 AND due <= $2';
    const sql = `SELECT ${some(fresh)} OR ${some('attempts > 0 AND due <= $2')} AS has`;
    return (await database.get(sql, source, now))?.has === true;
  }

  /** When the next one is due that nobody has in hand. */
  async when(database: Database, source: number): Promise<number | undefined> {
    const least = async (attempts: string) =>
      optional(
        (
          await database.get(
            `SELECT due FROM conversation WHERE source = $1 AND due IS NOT NULL AND attempts ${attempts}
             AND ${IDLE}
             ORDER BY due LIMIT 1`,
            source,
          )
        )?.due,
      );
    const moments = [await least('= 0'), await least('> 0')].filter((moment) => moment !== undefined);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }
}

async function freshOnes(
  query: Query,
  source: number,
  { now, limit, early }: { now: number; limit: number; early: boolean },
): Promise<Due[]> {
  const when = early ? `(due <= $2 OR (state = ${STATE.due} AND reason IS NULL))` : 'due <= $2';
  const rows = await query(
    `SELECT * FROM conversation WHERE source = $1 AND due IS NOT NULL AND attempts = 0 AND ${when} AND ${FREE}
     ORDER BY due DESC LIMIT $3`,
    [source, now, limit],
  );
  return rows.map(toDue);
}

async function retries(query: Query, source: number, now: number, limit: number): Promise<Due[]> {
  const rows = await query(
    `SELECT * FROM conversation WHERE source = $1 AND due IS NOT NULL AND due <= $2 AND attempts > 0 AND ${FREE}
     ORDER BY due DESC LIMIT $3`,
    [source, now, limit],
  );
  return rows.map(toDue);
}
