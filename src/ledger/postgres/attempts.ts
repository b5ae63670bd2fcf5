import { LedgerError } from '../errors.ts';
import type { Deaths } from '../records.ts';
import { literal, type Session } from './client.ts';
import type { Database } from './database.ts';

export const INNOCENT: Deaths = { certain: 0, alone: 0, inCompany: 0 };

/** Without waiting for the disk: in a statement of its own. */
const UNFLUSHED = `WITH unflushed AS (SELECT set_config('synchronous_commit', 'off', true))`;
/** Attempts that have ended: those of which nothing is known go, the others are not running. */
const END = (which: string) => `DELETE FROM callspan.attempt WHERE certain + alone + company = 0 AND ${which};
  UPDATE callspan.attempt SET running = false, apart = false WHERE ${which};`;

/**
 * What is under way, written down before it is begun, and by whom. A process that dies leaves it behind, and whoever
 * takes over one of its sources knows what it was at. Nothing here waits for the disk.
 */
export class Attempts {
  readonly #database: Database;
  readonly #holder: string;
  /** Until whoever has the turn to take a payload apart has ended: one at a time in this process. */
  #turn: Promise<void> = Promise.resolve();

  /** @param holder names this process, and this start of it. */
  constructor(database: Database, holder: string) {
    this.#database = database;
    this.#holder = holder;
  }

  /**
   * Begins attempts at conversations of a source, in the transaction that claims them: none of them was under way when
   * they were chosen. What this process has under way of them was begun by a commit whose answer was lost.
   * @returns those that nobody else has under way.
   */
  async begin(session: Session, source: number, ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await session.query(
      `INSERT INTO callspan.attempt AS a (source, id, holder, running)
         SELECT $1, id, $3, true FROM unnest($2::text[]) AS id ORDER BY id COLLATE "C"
       ON CONFLICT (source, id) DO UPDATE SET running = true, holder = excluded.holder
         WHERE NOT a.running OR a.holder = excluded.holder
       RETURNING id`,
      ...[source, [...ids], this.#holder],
    );
    return new Set(rows.map(({ id }) => String(id)));
  }

  /** It ended without an outcome that would clear it. */
  async giveBack(source: number, id: string): Promise<void> {
    // Whoever has taken the source over may be at it now.
    const which = `source = ${source} AND id = ${literal(id)} AND holder = ${literal(this.#holder)}`;
    await this.#database.script(`BEGIN; SET LOCAL synchronous_commit = off; ${END(which)} COMMIT`);
  }

  /** Takes the turn to take a payload apart. @returns what ends it. */
  async takeApart(source: number, id: string): Promise<() => Promise<void>> {
    const before = this.#turn;
    let pass = () => {};
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    try {
      await this.#mark(source, id, true);
    } catch (error) {
      pass();
      throw error;
    }
    return async () => {
      try {
        await this.#mark(source, id, false);
      } catch (error) {
        // Whatever is asked of the ledger next meets with the same, and says so.
        if (!(error instanceof LedgerError)) throw error;
      } finally {
        pass();
      }
    };
  }

  async #mark(source: number, id: string, apart: boolean): Promise<void> {
    await this.#database.query(
      `${UNFLUSHED} UPDATE callspan.attempt SET apart = $3 FROM unflushed
         WHERE source = $1 AND id = $2 AND holder = $4`,
      ...[source, id, apart, this.#holder],
    );
  }

  /** Everything that this process has begun, of a source or at all, has ended in order. */
  async endAll(source?: number): Promise<void> {
    const own = `running AND holder = ${literal(this.#holder)}`;
    const which = source === undefined ? own : `source = ${source} AND ${own}`;
    await this.#database.script(`BEGIN; ${END(which)} COMMIT`);
  }
}

/**
 * What settlements make of attempts, as a script for the transaction that records them.
 * @param how.settled nothing is known against it any more; else it still has to come through once.
 */
export function over(source: number, ids: readonly string[], { settled }: { settled: boolean }): string {
  if (ids.length === 0) return '';
  const which = `source = ${source} AND id IN (${ids.map(literal).join(',')})`;
  if (settled) return `DELETE FROM callspan.attempt WHERE ${which};`;
  return `UPDATE callspan.attempt SET company = 0 WHERE ${which}; ${END(which)}`;
}

/**
 * What `holder` had under way was under way when its process died; in the transaction that takes one of its sources over.
 * Once: whoever takes the next of them finds it done.
 */
export async function judgeDead(session: Session, holder: string, source: number): Promise<void> {
  const judged = await session.query(
    'UPDATE callspan.replica SET judged = true WHERE holder = $1 AND NOT judged RETURNING holder',
    holder,
  );
  if (judged.count === 1) {
    const { rows } = await session.query(
      'SELECT source, id, apart FROM callspan.attempt WHERE holder = $1 AND running ORDER BY source, id FOR UPDATE',
      holder,
    );
    const isCertain = rows.some(({ apart }) => apart === true);
    // Who was taken apart has done it, and that clears the others.
    const blamed = isCertain ? 'apart' : 'true';
    const kind = isCertain ? 'certain' : rows.length === 1 ? 'alone' : 'company';
    await session.query(
      `UPDATE callspan.attempt SET ${kind} = ${kind} + 1, accused_by = $1, accused_of = '${kind}'
       WHERE holder = $1 AND running AND ${blamed}`,
      holder,
    );
    await session.script(END(`holder = ${literal(holder)} AND running`));
  }
  await session.script(END(`source = ${source} AND running AND holder = ${literal(holder)}`));
}

/**
 * `holder` was taken for dead and lives: it stood still, or could not reach the server. What it had under way has ended
 * nobody, and what was held against that is taken back. Before it begins anything anew.
 */
export async function acquit(session: Session, holder: string): Promise<void> {
  const less = (kind: string) => `${kind} = greatest(0, ${kind} - (accused_of = '${kind}')::integer)`;
  await session.query(
    `UPDATE callspan.attempt SET ${['certain', 'alone', 'company'].map(less).join(', ')}, accused_by = NULL,
       accused_of = NULL WHERE accused_by = $1`,
    holder,
  );
  await session.script(
    `DELETE FROM callspan.attempt WHERE NOT running AND certain + alone + company = 0;
     ${END(`holder = ${literal(holder)} AND running`)}`,
  );
}

export function weight({ certain, alone, inCompany }: Deaths): number {
  return certain * 1_000_000 + alone * 1_000 + inCompany;
}
