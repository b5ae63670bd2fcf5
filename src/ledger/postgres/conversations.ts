import type { ConversationLedger, DeliveredRow } from '../contract.ts';
import type { Claimed, ClaimOptions, Due, Granted, Revived, Sighting, Unsettled, Wish } from '../records.ts';
import { type Attempts, INNOCENT } from './attempts.ts';
import { toDue } from './conversation-row.ts';
import type { Database, Query, Row } from './database.ts';
import { DueRows } from './due.ts';
import { STATE } from './schema.ts';
import type { SeriesRows } from './series.ts';
import { chooseTrace } from './trace-ids.ts';
import { bytes, exactly, hex, optional, whole } from './value.ts';

/** Rows that are read at a time: there may be millions. */
const PAGE = 500;

/** Every conversation: its state, and when to come back to it. */
export class ConversationRows implements ConversationLedger {
  readonly #database: Database;
  readonly #series: SeriesRows;
  readonly #attempts: Attempts;
  readonly #due = new DueRows();

  constructor(database: Database, series: SeriesRows, attempts: Attempts) {
    this.#database = database;
    this.#series = series;
    this.#attempts = attempts;
  }

  async see(source: number, sightings: readonly Sighting[], now: number): Promise<number> {
    const ids = sightings.map(({ id }) => exactly(id));
    if (ids.length === 0) return 0;
    // A look first: nearly every row of every page is known, and a look needs no lock and no flush.
    const looked = await this.#news(
      (sql, values = []) => this.#database.all(sql, ...values),
      source,
      sightings,
    );
    if (looked.length === 0) return 0;
    return await this.#database.transaction(async (query) => {
      const news = await this.#news(query, source, looked);
      const rows = await query(
        `INSERT INTO conversation AS c (source, id, state, due, started, ended, seen)
         SELECT $1, s.id, s.state, s.due, s.started, s.ended, $7
         FROM unnest($2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[])
           AS s(id, state, due, started, ended) ORDER BY s.id
         ON CONFLICT (source, id) DO UPDATE SET state = excluded.state, due = excluded.due, ended = excluded.ended
           WHERE c.state = ${STATE.active} AND excluded.state = ${STATE.due}
         RETURNING 1`,
        [
          source,
          news.map(({ id }) => id),
          news.map(({ ended }) => (ended ? STATE.due : STATE.active)),
          news.map(({ due }) => whole(due)),
          news.map(({ startedAt }) => whole(startedAt)),
          news.map(({ endedAt }) => whole(endedAt)),
          whole(now),
        ],
      );
      return rows.length;
    });
  }

  /** Of a page what is new, or has ended since; each conversation once, as ended where any row of it says so. */
  async #news(query: Query, source: number, sightings: readonly Sighting[]): Promise<readonly Sighting[]> {
    const byId = new Map<string, Sighting>();
    for (const sighting of sightings) {
      if (!byId.has(sighting.id) || sighting.ended) byId.set(sighting.id, sighting);
    }
    const ids = [...byId.keys()];
    const known = new Map(
      (
        await query('SELECT id, state FROM conversation WHERE source = $1 AND id = ANY($2::text[])', [
          source,
          ids,
        ])
      ).map(({ id, state }) => [String(id), state]),
    );
    const unknown = ids.filter((id) => !known.has(id));
    const counted =
      unknown.length === 0 ? new Set() : await this.#series.countedAmong(query, source, unknown);
    return [...byId.values()].filter(({ id, ended }) =>
      known.has(id) ? ended && known.get(id) === STATE.active : !counted.has(id),
    );
  }

  async want(
    source: number,
    wishes: readonly Wish[],
    now: number,
    forced: number | undefined,
  ): Promise<readonly Granted[]> {
    if (wishes.length === 0) return [];
    for (const { id } of wishes) exactly(id);
    return await this.#database.transaction(async (query) => {
      const granted: Granted[] = [];
      for (const wish of wishes) granted.push(await this.#grant(query, source, wish, now, forced));
      return granted;
    });
  }

  async #grant(
    query: Query,
    source: number,
    { id, startedAt, endedAt }: Wish,
    now: number,
    forced: number | undefined,
  ): Promise<Granted> {
    const due = whole(Math.min(now, endedAt ?? startedAt ?? now));
    const [row] = await query(
      'SELECT state, due, attempts, settled FROM conversation WHERE source = $1 AND id = $2 FOR NO KEY UPDATE',
      [source, id],
    );
    const change = (assignments: string) =>
      query(`UPDATE conversation SET ${assignments} WHERE source = $1 AND id = $2`, [source, id, due]);
    if (row === undefined) {
      const counted = await this.#series.countedAmong(query, source, [id]);
      if (forced === undefined && counted.has(id)) return 'settled';
      await query(
        `INSERT INTO conversation (source, id, state, due, started, ended, seen)
         VALUES ($1, $2, ${STATE.due}, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
        [source, id, due, whole(startedAt), whole(endedAt), whole(now)],
      );
      return 'now';
    }
    if (row.state === STATE.due) {
      if (Number(row.due) <= now) return 'now';
      // Its first fetch would come too early; only what has failed before is worth another try at once.
      if (row.attempts === 0) return 'later';
      await change('due = $3');
      return 'now';
    }
    const isForced = forced !== undefined && Number(row.settled) < forced;
    if (row.state !== STATE.active && !isForced) return 'settled';
    await change(`state = ${STATE.due}, due = $3, attempts = 0, reason = NULL`);
    return 'now';
  }

  async claim(source: number, options: ClaimOptions): Promise<readonly Claimed[]> {
    const { now, early = false, only } = options;
    if (only === undefined && !(await this.#due.hasAny(this.#database, source, { now, early }))) return [];
    return await this.#database.transaction(
      async (query) => {
        const taken = await this.#choose(query, source, options);
        if (taken.length > 0) {
          await this.#attempts.begin(
            query,
            source,
            taken.map(({ id }) => id),
          );
        }
        return taken;
      },
      { unflushed: true },
    );
  }

  async #choose(query: Query, source: number, { now, limit, early = false, only }: ClaimOptions) {
    if (only !== undefined) return await this.#chooseOnly(query, source, only);
    const taken: Claimed[] = [];
    if (!(await this.#attempts.hasSuspectRunning(query, source))) {
      for (const { id, deaths } of await this.#attempts.suspects(query, source)) {
        const due = await this.#find(query, source, id);
        if (due?.dueAt === undefined || (due.dueAt > now && !(early && isUntouched(due)))) continue;
        taken.push({ ...due, deaths });
        break;
      }
    }
    const rows = await this.#due.next(query, source, { now, limit: limit - taken.length, early });
    return [...taken, ...rows.map((due) => ({ ...due, deaths: INNOCENT }))];
  }

  async #chooseOnly(query: Query, source: number, id: string): Promise<Claimed[]> {
    const due = await this.#find(query, source, id);
    if (due === undefined || (await this.#attempts.isRunning(query, source, id))) return [];
    const suspect = (await this.#attempts.suspects(query, source)).find((one) => one.id === id);
    return [{ ...due, deaths: suspect?.deaths ?? INNOCENT }];
  }

  async takeApart(source: number, id: string): Promise<() => Promise<void>> {
    return await this.#attempts.takeApart(source, id);
  }

  async takeTrace(
    source: number,
    id: string,
    choices: readonly string[],
    rivals: readonly string[] = [],
  ): Promise<string | undefined> {
    return await this.#database.transaction(async (query) => {
      const [row] = await query(
        'SELECT * FROM conversation WHERE source = $1 AND id = $2 FOR NO KEY UPDATE',
        [source, id],
      );
      if (row === undefined) throw new Error(`The ledger has no conversation ${id} to take a trace for.`);
      const chosen = await chooseTrace(query, row, choices, rivals);
      if (chosen !== undefined && hex(row.trace_id) !== chosen) {
        await query('UPDATE conversation SET trace_id = $3 WHERE source = $1 AND id = $2', [
          ...[source, id, bytes(chosen)],
        ]);
      }
      return chosen;
    });
  }

  async giveBack(source: number, id: string): Promise<void> {
    await this.#attempts.giveBack(source, id);
  }

  async active(source: number): Promise<{ id: string; startedAt: number | undefined }[]> {
    const rows = await this.#database.all(
      `SELECT id, started FROM conversation WHERE source = $1 AND state = ${STATE.active} ORDER BY started`,
      source,
    );
    return rows.map(({ id, started }) => ({ id: String(id), startedAt: optional(started) }));
  }

  async get(source: number, id: string): Promise<Due | undefined> {
    return await this.#find((sql, values = []) => this.#database.all(sql, ...values), source, id);
  }

  async #find(query: Query, source: number, id: string): Promise<Due | undefined> {
    const [row] = await query('SELECT * FROM conversation WHERE source = $1 AND id = $2', [source, id]);
    return row && toDue(row);
  }

  async nextDue(source: number): Promise<number | undefined> {
    return await this.#due.when(this.#database, source);
  }

  async revive(source: number, { dead, parked = false, only }: Revived, now: number): Promise<number> {
    const which = '($3::text IS NULL OR id = $3)';
    return await this.#database.transaction(async (query) => {
      const values = [source, whole(now), only ?? null];
      const waiting = await query(
        `UPDATE conversation SET due = $2 WHERE source = $1 AND due > $2 AND state = ${STATE.due} AND attempts > 0
         AND ${which} RETURNING 1`,
        values,
      );
      const states = [...(dead ? [STATE.dead] : []), ...(parked ? [STATE.parked] : [])];
      if (states.length === 0) return waiting.length;
      const revived = await query(
        `UPDATE conversation SET state = ${STATE.due}, due = least($2, coalesce(ended, started, $2)), attempts = 0,
           reason = NULL, settled = NULL WHERE source = $1 AND state IN (${states.join(', ')}) AND ${which}
         RETURNING 1`,
        values,
      );
      return waiting.length + revived.length;
    });
  }

  async hasten(source: number, millis: number): Promise<number> {
    return await this.#database.transaction(async (query) => {
      const sql = 'UPDATE conversation SET due = due - $2 WHERE source = $1 AND due IS NOT NULL RETURNING 1';
      return (await query(sql, [source, whole(millis)])).length;
    });
  }

  async *unsettled(source: number, which: 'dead' | 'parked' | 'waiting'): AsyncGenerator<Unsettled> {
    const [at, where] =
      which === 'waiting'
        ? ['due', `state = ${STATE.due} AND due IS NOT NULL AND attempts > 0`]
        : ['settled', `state = ${STATE[which]} AND settled IS NOT NULL`];
    for await (const row of this.#pages(
      (after) => [
        `SELECT *, ${at} AS at FROM conversation WHERE source = $1 AND ${where} AND (${at}, id) < ($2, $3)
         ORDER BY ${at} DESC, id DESC LIMIT ${PAGE}`,
        [source, ...after],
      ],
      [Number.MAX_SAFE_INTEGER, ''],
    )) {
      const { id, reason, attempts, startedAt } = toDue(row);
      yield { id, reason, attempts, startedAt, at: Number(row.at) };
    }
  }

  async *delivered(source: number, since: number): AsyncGenerator<DeliveredRow> {
    for await (const row of this.#pages(
      (after) => [
        `SELECT *, settled AS at FROM conversation WHERE source = $1 AND state = ${STATE.delivered}
         AND (settled, id) > ($2, $3) ORDER BY settled, id LIMIT ${PAGE}`,
        [source, ...after],
      ],
      [since, ''],
    )) {
      const { id, sent, firstSeenAt } = toDue(row);
      if (sent) yield { id, firstSeenAt, settledAt: Number(row.at), sent };
    }
  }

  /** Rows in the order of `at` and id, a page at a time: no transaction stays open meanwhile. */
  async *#pages(
    statement: (after: readonly [number | null, string]) => readonly [string, readonly unknown[]],
    from: readonly [number, string],
  ): AsyncGenerator<Row> {
    let after: readonly [number | null, string] = [whole(from[0]), from[1]];
    for (;;) {
      const [sql, values] = statement(after);
      const rows = await this.#database.all(sql, ...values);
      for (const row of rows) {
        after = [Number(row.at), String(row.id)];
        yield row;
      }
      if (rows.length < PAGE) return;
    }
  }

  async forget(source: number, before: number, limit: number): Promise<number> {
    return await this.#database.transaction(async (query) => {
      const rows = await query(
        `DELETE FROM conversation WHERE source = $1 AND id = ANY(ARRAY(
           SELECT id FROM conversation WHERE source = $1 AND state = ANY($2::smallint[]) AND settled < $3 AND due IS NULL
           LIMIT $4)) RETURNING id, spans IS NOT NULL AS sent`,
        [source, [STATE.delivered, STATE.empty, STATE.gone, STATE.dead, STATE.parked], whole(before), limit],
      );
      const ids = rows.map(({ id }) => String(id));
      if (ids.length === 0) return 0;
      const sent = rows.filter((row) => row.sent === true).map(({ id }) => String(id));
      await this.#series.remember(query, source, sent);
      for (const table of ['summary', 'payload']) {
        await query(`DELETE FROM ${table} WHERE source = $1 AND id = ANY($2::text[])`, [source, ids]);
      }
      return ids.length;
    });
  }
}

/** It has ended, and was never fetched. */
function isUntouched({ state, attempts, reason }: Due): boolean {
  return state === 'due' && attempts === 0 && reason === undefined;
}
