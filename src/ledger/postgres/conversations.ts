import type { ConversationLedger, DeliveredRow } from '../contract.ts';
import type { Claimed, ClaimOptions, Due, Granted, Revived, Sighting, Unsettled, Wish } from '../records.ts';
import type { Attempts } from './attempts.ts';
import { Claims } from './claims.ts';
import type { Session } from './client.ts';
import { toDue } from './conversation-row.ts';
import type { Database } from './database.ts';
import { STATE } from './schema.ts';
import { countedHashes, hashOf, IS_COUNTED, wasCounted } from './series.ts';
import { TraceIds } from './traces.ts';
import type { Row, Value } from './values.ts';

/** Rows that are read at a time: there may be millions. */
const PAGE = 500;

/** Every conversation: its state, and when to come back to it. */
export class ConversationRows implements ConversationLedger {
  readonly #database: Database;
  readonly #attempts: Attempts;
  readonly #claims: Claims;
  readonly #traceIds: TraceIds;

  constructor(database: Database, attempts: Attempts) {
    this.#database = database;
    this.#attempts = attempts;
    this.#claims = new Claims(database, attempts);
    this.#traceIds = new TraceIds(database);
  }

  async see(source: number, sightings: readonly Sighting[], now: number): Promise<number> {
    const shown = onceEach(sightings);
    if (shown.length === 0) return 0;
    // A look first: nearly every row of every page is known, and a look needs no lock and no flush.
    const { rows } = await this.#database.query(
      'SELECT id, state FROM callspan.conversation WHERE source = $1 AND id = ANY ($2)',
      ...[source, shown.map(({ id }) => id)],
    );
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    const news = shown.filter(({ id, ended }) => {
      const state = states.get(id);
      return state === undefined || (ended && state === STATE.active);
    });
    if (news.length === 0) return 0;
    return await this.#database.write(source, async (session) => {
      const { count } = await session.query(
        `INSERT INTO callspan.conversation AS c (source, id, state, due, started, ended, seen)
           SELECT $1, n.id, n.state, n.due, n.started, n.ended, $2
           FROM unnest($3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[])
             AS n(id, state, due, started, ended)
           WHERE NOT ${IS_COUNTED('$1', 'n.id')}
             OR EXISTS (SELECT 1 FROM callspan.conversation AS k WHERE k.source = $1 AND k.id = n.id)
           ORDER BY n.id COLLATE "C"
         ON CONFLICT (source, id) DO UPDATE SET state = excluded.state, due = excluded.due, ended = excluded.ended
           WHERE c.state = ${STATE.active} AND excluded.state = ${STATE.due}`,
        ...[source, now, news.map(({ id }) => id)],
        news.map(({ ended }) => (ended ? STATE.due : STATE.active)),
        news.map(({ due }) => due),
        news.map(({ startedAt }) => startedAt),
        news.map(({ endedAt }) => endedAt),
      );
      return count;
    });
  }

  async want(
    source: number,
    wishes: readonly Wish[],
    now: number,
    forced: number | undefined,
  ): Promise<readonly Granted[]> {
    if (wishes.length === 0) return [];
    return await this.#database.write(source, async (session) => {
      const ids = wishes.map(({ id }) => id);
      const known = await this.#locked(session, source, ids);
      const { rows: counted } =
        forced === undefined
          ? await session.query(
              'SELECT hash FROM callspan.counted WHERE source = $1 AND hash = ANY ($2)',
              ...[source, ids.flatMap(countedHashes)],
            )
          : { rows: [] };
      const hashes = new Set(counted.map(({ hash }) => (hash as Buffer).toString('hex')));
      const granted: Granted[] = [];
      for (const wish of wishes) {
        const row = known.get(wish.id);
        const isNew = row === undefined && !wasCounted(hashes, wish.id);
        const [grant, changed] = isNew ? this.#added(wish, now) : decide(row, wish, now, forced);
        if (changed !== undefined) known.set(wish.id, await this.#put(session, source, wish, now, changed));
        granted.push(grant);
      }
      return granted;
    });
  }

  #added({ endedAt, startedAt }: Wish, now: number): [Granted, Row] {
    return ['now', { due: Math.min(now, endedAt ?? startedAt ?? now), attempts: 0, reason: null }];
  }

  /** @returns the row as it is then, as far as another wish for the same conversation looks at it. */
  async #put(session: Session, source: number, wish: Wish, now: number, changed: Row): Promise<Row> {
    const { rows } = await session.query(
      `INSERT INTO callspan.conversation (source, id, state, due, started, ended, seen)
         VALUES ($1, $2, ${STATE.due}, $3, $4, $5, $6)
       ON CONFLICT (source, id) DO UPDATE SET state = ${STATE.due}, due = excluded.due, attempts = $7, reason = $8
       RETURNING state, due, attempts, settled, reason`,
      ...[source, wish.id, changed.due as Value, wish.startedAt, wish.endedAt, now],
      ...[changed.attempts as Value, changed.reason as Value],
    );
    return rows[0] ?? changed;
  }

  async #locked(session: Session, source: number, ids: readonly string[]): Promise<Map<string, Row>> {
    const { rows } = await session.query(
      `SELECT id, state, due, attempts, settled, reason FROM callspan.conversation
       WHERE source = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE`,
      ...[source, [...ids]],
    );
    return new Map(rows.map((row) => [String(row.id), row]));
  }

  async claim(source: number, options: ClaimOptions): Promise<readonly Claimed[]> {
    return await this.#claims.claim(source, options);
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
    return await this.#traceIds.take(source, id, choices, rivals);
  }

  async giveBack(source: number, id: string): Promise<void> {
    await this.#attempts.giveBack(source, id);
  }

  async active(source: number): Promise<{ id: string; startedAt: number | undefined }[]> {
    const { rows } = await this.#database.query(
      'SELECT * FROM callspan.conversation WHERE source = $1 AND state = 0 ORDER BY started NULLS FIRST',
      source,
    );
    return rows.map(toDue);
  }

  async get(source: number, id: string): Promise<Due | undefined> {
    const { rows } = await this.#database.query(
      'SELECT * FROM callspan.conversation WHERE source = $1 AND id = $2',
      ...[source, id],
    );
    return rows[0] && toDue(rows[0]);
  }

  async nextDue(source: number): Promise<number | undefined> {
    return await this.#claims.when(source);
  }

  async revive(source: number, { dead, parked = false, only }: Revived, now: number): Promise<number> {
    return await this.#database.write(source, async (session) => {
      const waiting = await session.query(
        `UPDATE callspan.conversation SET due = $2 WHERE source = $1 AND due > $2 AND state = ${STATE.due}
         AND attempts > 0 AND ($3::text IS NULL OR id = $3)`,
        ...[source, now, only],
      );
      const states = [...(dead ? [STATE.dead] : []), ...(parked ? [STATE.parked] : [])];
      if (states.length === 0) return waiting.count;
      const revived = await session.query(
        `UPDATE callspan.conversation SET state = ${STATE.due}, due = least($2, coalesce(ended, started, $2)),
           attempts = 0, reason = NULL, settled = NULL
         WHERE source = $1 AND state IN (${states.join(', ')}) AND ($3::text IS NULL OR id = $3)`,
        ...[source, now, only],
      );
      return waiting.count + revived.count;
    });
  }

  async hasten(source: number, millis: number): Promise<number> {
    return await this.#database.write(source, async (session) => {
      const sql = 'UPDATE callspan.conversation SET due = due - $2 WHERE source = $1 AND due IS NOT NULL';
      return (await session.query(sql, source, millis)).count;
    });
  }

  async *unsettled(source: number, which: 'dead' | 'parked' | 'waiting'): AsyncGenerator<Unsettled> {
    // Each of the three is an index: of the others there may be millions.
    const [at, where] =
      which === 'waiting'
        ? ['due', `state = ${STATE.due} AND due IS NOT NULL AND attempts > 0`]
        : ['settled', `state = ${STATE[which]} AND settled IS NOT NULL`];
    let after: Value[] = [Number.MAX_SAFE_INTEGER, ''];
    for (;;) {
      const { rows } = await this.#database.query(
        `SELECT *, ${at} AS at FROM callspan.conversation
         WHERE source = $1 AND ${where} AND (${at}, id) < ($2, $3) ORDER BY ${at} DESC, id DESC LIMIT ${PAGE}`,
        ...[source, ...after],
      );
      for (const row of rows) {
        const { id, reason, attempts, startedAt } = toDue(row);
        after = [Number(row.at), id];
        yield { id, reason, attempts, startedAt, at: Number(row.at) };
      }
      if (rows.length < PAGE) return;
    }
  }

  async *delivered(source: number, since: number): AsyncGenerator<DeliveredRow> {
    let after = { settled: since, id: '' };
    for (;;) {
      const { rows } = await this.#database.query(
        `SELECT * FROM callspan.conversation WHERE source = $1 AND state = ${STATE.delivered}
           AND settled >= $2 AND (settled, id) > ($2, $3) ORDER BY settled, id LIMIT ${PAGE}`,
        ...[source, after.settled, after.id],
      );
      for (const row of rows) {
        const { id, sent, firstSeenAt } = toDue(row);
        after = { settled: Number(row.settled), id };
        if (sent) yield { id, firstSeenAt, settledAt: after.settled, sent };
      }
      if (rows.length < PAGE) return;
    }
  }

  async forget(source: number, before: number, limit: number): Promise<number> {
    return await this.#database.write(source, async (session) => {
      let forgotten = 0;
      for (const state of [STATE.delivered, STATE.empty, STATE.gone, STATE.dead, STATE.parked]) {
        const { rows } = await session.query(
          `SELECT id, spans IS NOT NULL AS counted FROM callspan.conversation
           WHERE source = $1 AND state = $2 AND settled < $3 AND due IS NULL ORDER BY settled LIMIT $4 FOR UPDATE`,
          ...[source, state, before, limit - forgotten],
        );
        forgotten += rows.length;
        if (rows.length === 0) continue;
        const ids = rows.map(({ id }) => String(id));
        const counted = rows.filter((row) => row.counted === true).map(({ id }) => hashOf(String(id)));
        await session.query(
          `WITH kept AS (INSERT INTO callspan.counted SELECT $1, unnest($2::bytea[]) ON CONFLICT DO NOTHING),
             told AS (DELETE FROM callspan.summary WHERE source = $1 AND id = ANY ($3)),
             sent AS (DELETE FROM callspan.payload WHERE source = $1 AND id = ANY ($3))
           DELETE FROM callspan.conversation WHERE source = $1 AND id = ANY ($3)`,
          ...[source, counted, ids],
        );
      }
      return forgotten;
    });
  }
}

/** What becomes of a wish for a conversation that is known, or was counted. @returns what it changes of the row, too. */
function decide(
  row: Row | undefined,
  { endedAt, startedAt }: Wish,
  now: number,
  forced: number | undefined,
): [Granted, Row | undefined] {
  if (row === undefined) return ['settled', undefined];
  const due = Math.min(now, endedAt ?? startedAt ?? now);
  if (row.state === STATE.due) {
    if (Number(row.due) <= now) return ['now', undefined];
    // Its first fetch would come too early; only what has failed before is worth another try at once.
    if (row.attempts === 0) return ['later', undefined];
    return ['now', { due, attempts: row.attempts, reason: row.reason }];
  }
  const isForced = forced !== undefined && Number(row.settled) < forced;
  if (row.state !== STATE.active && !isForced) return ['settled', undefined];
  return ['now', { due, attempts: 0, reason: null }];
}

/** A page may show a conversation twice; that it has ended is what counts. */
function onceEach(sightings: readonly Sighting[]): Sighting[] {
  const found = new Map<string, Sighting>();
  for (const sighting of sightings) {
    if (!found.has(sighting.id) || sighting.ended) found.set(sighting.id, sighting);
  }
  return [...found.values()];
}
