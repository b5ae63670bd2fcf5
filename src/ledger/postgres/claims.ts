import type { Claimed, ClaimOptions, Deaths, Due } from '../records.ts';
import { type Attempts, INNOCENT, weight } from './attempts.ts';
import { literal } from './client.ts';
import { toDue } from './conversation-row.ts';
import type { Database } from './database.ts';
import { STATE } from './schema.ts';
import { optional, type Row, whole } from './values.ts';

/** So many that have not failed are taken for each that has. */
const FRESH_FOR_EACH_RETRY = 8;
/** Nobody has it in hand, and nothing is known against it. */
const FREE = `NOT EXISTS (SELECT 1 FROM callspan.attempt AS a WHERE a.source = c.source AND a.id = c.id)`;

interface Seen {
  readonly suspects: readonly { readonly due: Due; readonly deaths: Deaths }[];
  readonly hasSuspectRunning: boolean;
  readonly fresh: readonly Due[];
  readonly retries: readonly Due[];
}

/** Who is taken next of what is due. */
export class Claims {
  readonly #database: Database;
  readonly #attempts: Attempts;
  /** Of each source: how many have been taken since one that had failed before. */
  readonly #sinceRetry = new Map<number, number>();

  constructor(database: Database, attempts: Attempts) {
    this.#database = database;
    this.#attempts = attempts;
  }

  /** Looks without a lock first, which costs little where there is nothing. */
  async claim(source: number, options: ClaimOptions): Promise<Claimed[]> {
    return await this.#database.inTurn(-1 - source, async () => {
      const chosen =
        options.only === undefined
          ? await this.#choose(source, options)
          : await this.#chooseOnly(source, options.only);
      if (chosen.length === 0) return [];
      const ids = chosen.map(({ id }) => id);
      const begun = await this.#database.write(
        source,
        (session) => this.#attempts.begin(session, source, ids),
        { flush: false },
      );
      return chosen.filter(({ id }) => begun.has(id));
    });
  }

  async #choose(source: number, options: ClaimOptions): Promise<Claimed[]> {
    const { limit } = options;
    const { suspects, hasSuspectRunning, fresh: ready, retries: failed } = await this.#look(source, options);
    const taken: Claimed[] = [];
    const [suspect] = suspects;
    // One at a time.
    if (suspect !== undefined && !hasSuspectRunning) taken.push({ ...suspect.due, deaths: suspect.deaths });
    const room = limit - taken.length;
    if (room <= 0) return taken;
    const isTheirTurn = (this.#sinceRetry.get(source) ?? 0) >= FRESH_FOR_EACH_RETRY;
    const first = isTheirTurn ? failed.slice(0, 1) : [];
    const fresh = ready.slice(0, room - first.length);
    const last = failed.slice(first.length, room - fresh.length);
    const retried = first.length + last.length > 0;
    this.#sinceRetry.set(source, retried ? 0 : (this.#sinceRetry.get(source) ?? 0) + fresh.length);
    return [...taken, ...[...first, ...fresh, ...last].map((due) => ({ ...due, deaths: INNOCENT }))];
  }

  async #look(source: number, { now, limit, early = false }: ClaimOptions): Promise<Seen> {
    const isDue = `c.source = ${source} AND c.due <= ${whole(now)}`;
    const isUntouched = `c.source = ${source} AND c.due > ${whole(now)} AND c.state = ${STATE.due} AND c.reason IS NULL`;
    const latest = (which: string) =>
      `(SELECT * FROM callspan.conversation AS c WHERE ${which} AND c.attempts = 0 AND ${FREE}
         ORDER BY c.due DESC LIMIT ${whole(limit)})`;
    // Each by an index of its own: what was delivered and is to be looked at again may be millions of rows.
    const fresh = early ? `${latest(isUntouched)} UNION ALL ${latest(isDue)}` : latest(isDue);
    const [accused, ready, failed] = await this.#database.script(
      `SELECT a.running, a.certain, a.alone, a.company AS in_company, c.* FROM callspan.attempt AS a
         JOIN callspan.conversation AS c USING (source, id)
         WHERE a.source = ${source} AND a.certain + a.alone + a.company > 0;
       SELECT * FROM (${fresh}) AS fresh ORDER BY due DESC LIMIT ${whole(limit)};
       SELECT * FROM callspan.conversation AS c WHERE ${isDue} AND c.attempts > 0 AND ${FREE}
         ORDER BY c.due DESC LIMIT ${whole(limit)}`,
    );
    const isReady = ({ dueAt, state, attempts, reason }: Due) =>
      dueAt !== undefined &&
      (dueAt <= now || (early && state === 'due' && attempts === 0 && reason === undefined));
    const rows = accused?.rows ?? [];
    return {
      suspects: rows
        .filter(({ running }) => running === false)
        .map((row) => ({ due: toDue(row), deaths: deathsOf(row) }))
        .filter(({ due }) => isReady(due))
        .sort((one, other) => weight(one.deaths) - weight(other.deaths)),
      hasSuspectRunning: rows.some(({ running }) => running === true),
      fresh: (ready?.rows ?? []).map(toDue),
      retries: (failed?.rows ?? []).map(toDue),
    };
  }

  async #chooseOnly(source: number, id: string): Promise<Claimed[]> {
    const { rows } = await this.#database.query(
      `SELECT c.*, a.running, a.certain, a.alone, a.company AS in_company FROM callspan.conversation AS c
         LEFT JOIN callspan.attempt AS a USING (source, id) WHERE source = $1 AND id = $2`,
      ...[source, id],
    );
    const [row] = rows;
    if (row === undefined || row.running === true) return [];
    return [{ ...toDue(row), deaths: deathsOf(row) }];
  }

  /** When the next one is due that nobody has in hand. */
  async when(source: number): Promise<number | undefined> {
    const least = (attempts: string) =>
      `(SELECT c.due FROM callspan.conversation AS c WHERE c.source = ${source} AND c.due IS NOT NULL
         AND c.attempts ${attempts} AND NOT EXISTS (SELECT 1 FROM callspan.attempt AS a
           WHERE a.source = c.source AND a.id = c.id AND a.running) ORDER BY c.due LIMIT 1)`;
    const { rows } = await this.#database.query(`SELECT least(${least('= 0')}, ${least('> 0')}) AS due`);
    return optional(rows[0]?.due);
  }
}

function deathsOf(row: Row): Deaths {
  return {
    certain: Number(row.certain ?? 0),
    alone: Number(row.alone ?? 0),
    inCompany: Number(row.in_company ?? 0),
  };
}

/** A list of texts, to be compared with in a script; never empty. */
export function listOf(texts: readonly string[]): string {
  return `ARRAY[${texts.map(literal).join(',')}]::text[]`;
}
