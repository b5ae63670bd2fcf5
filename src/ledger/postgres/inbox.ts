import type { InboxLedger } from '../contract.ts';
import type { Inbox, InboxDepth, Notice, Settlement, Taking, WaitingNotice } from '../records.ts';
import type { Database, Query, Row } from './database.ts';
import { STATE } from './schema.ts';
import type { SeriesRows } from './series.ts';
import { bytes, exactly, optional, whole } from './value.ts';

/** Whoever adds to a source's inbox holds this advisory lock: numbers then grow in the order of the commits. */
const LOCK = 0x696e626f;

/** Kinds of settlements after which a payload may still be needed. */
const KEEPING: ReadonlySet<Settlement['kind']> = new Set(['postponed', 'dead', 'parked']);

/** What webhooks have told, and the payloads that came with it. Any replica adds to it; only the holder takes. */
export class InboxRows implements InboxLedger {
  readonly #database: Database;
  readonly #series: SeriesRows;

  constructor(database: Database, series: SeriesRows) {
    this.#database = database;
    this.#series = series;
  }

  async put(notices: readonly Notice[], now: number): Promise<readonly boolean[]> {
    if (notices.length === 0) return [];
    return await this.#database.transaction(async (query) => {
      const sources = [...new Set(notices.map(({ source }) => source))].sort((one, other) => one - other);
      for (const source of sources) await query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK, source]);
      const kept: boolean[] = [];
      for (const notice of notices) kept.push(await put(query, notice, now));
      return kept;
    });
  }

  async waiting(source: number, limit: number): Promise<readonly WaitingNotice[]> {
    const rows = await this.#database.all(
      `SELECT number, id, at, final, terminal, received, EXISTS (SELECT FROM conversation
         WHERE conversation.source = notice.source AND conversation.id = notice.id) AS known
       FROM notice WHERE source = $1 AND taken IS NULL AND id IS NOT NULL ORDER BY known DESC, number DESC LIMIT $2`,
      ...[source, limit],
    );
    return rows.map((row) => ({
      number: Number(row.number),
      conversation: String(row.id),
      at: optional(row.at),
      final: row.final === true,
      terminal: row.terminal === true,
      receivedAt: Number(row.received),
      isKnown: row.known === true,
    }));
  }

  async take(source: number, takings: readonly Taking[], now: number): Promise<void> {
    if (takings.length === 0) return;
    await this.#database.transaction(async (query) => {
      for (const taking of takings) await this.#take(query, source, taking, now);
    });
  }

  async #take(query: Query, source: number, { number, due }: Taking, now: number): Promise<void> {
    const [notice] = await query(
      'UPDATE notice SET taken = $3 WHERE source = $1 AND number = $2 AND taken IS NULL RETURNING number, id, at',
      [source, number, whole(now)],
    );
    if (notice === undefined) return;
    const isOf =
      due !== undefined && notice.id !== null && (await this.#makeDue(query, source, notice, due, now));
    if (!isOf) await query('DELETE FROM payload WHERE number = $1', [number]);
  }

  /** @returns whether a payload may still be needed. */
  async #makeDue(query: Query, source: number, notice: Row, due: number, now: number): Promise<boolean> {
    const id = String(notice.id);
    const [row] = await query(
      'SELECT state, due, attempts FROM conversation WHERE source = $1 AND id = $2 FOR NO KEY UPDATE',
      [source, id],
    );
    const update = (assignments: string, ...values: readonly unknown[]) =>
      query(`UPDATE conversation SET ${assignments} WHERE source = $1 AND id = $2`, [
        ...[source, id, whole(due)],
        ...values,
      ]);
    if (row === undefined) {
      if ((await this.#series.countedAmong(query, source, [id])).has(id)) return false;
      await query(
        `INSERT INTO conversation (source, id, state, due, ended, seen) VALUES ($1, $2, ${STATE.due}, $3, $4, $5)`,
        [source, id, whole(due), notice.at, whole(now)],
      );
      return true;
    }
    const hasPayload = (await query('SELECT 1 FROM payload WHERE number = $1', [notice.number])).length > 0;
    switch (row.state) {
      case STATE.active:
        await update(`state = ${STATE.due}, due = $3, ended = coalesce(ended, $4)`, notice.at);
        return true;
      case STATE.due:
        if (row.attempts === 0 || hasPayload) await update('due = least(due, $3)');
        return true;
      case STATE.empty:
      case STATE.gone:
        if (hasPayload)
          await update(`state = ${STATE.due}, due = $3, attempts = 0, reason = NULL, settled = NULL`);
        return hasPayload;
      case STATE.dead:
      case STATE.parked:
        return true;
      default:
        if (row.due !== null) await update('due = least(due, $3)');
        return false;
    }
  }

  async of(source: number, conversation: string): Promise<Inbox> {
    const row = await this.#database.get(
      `SELECT (SELECT max(number) FROM notice WHERE source = $1 AND id = $2) AS latest, first.body, first.final
       FROM (SELECT 1) AS one LEFT JOIN LATERAL (
         SELECT payload.body, notice.final FROM payload JOIN notice USING (number)
         WHERE payload.source = $1 AND payload.id = $2 ORDER BY payload.number LIMIT 1
       ) AS first ON true`,
      ...[source, conversation],
    );
    const latest = optional(row?.latest) ?? 0;
    if (!(row?.body instanceof Uint8Array)) return { latest };
    return { latest, payload: { body: row.body, final: row.final === true } };
  }

  async depth(source: number): Promise<InboxDepth> {
    const row = await this.#database.get(
      `SELECT waiting.count AS waiting, payloads.count AS payloads, least(waiting.oldest, payloads.oldest) AS oldest
       FROM (SELECT count(*) AS count, min(received) AS oldest FROM notice
               WHERE source = $1 AND taken IS NULL AND id IS NOT NULL) AS waiting,
            (SELECT count(*) AS count, min(payload.received) AS oldest FROM payload
               WHERE source = $1 AND id IS NOT NULL AND EXISTS (SELECT FROM notice
                 WHERE notice.number = payload.number AND taken IS NOT NULL)) AS payloads`,
      source,
    );
    return {
      waiting: Number(row?.waiting ?? 0),
      payloads: Number(row?.payloads ?? 0),
      oldest: optional(row?.oldest),
    };
  }

  async tidy({ taken, unreadable }: { readonly taken: number; readonly unreadable: number }): Promise<void> {
    await this.#database.transaction(async (query) => {
      // A payload that is still needed needs its notice.
      await query(
        `DELETE FROM notice WHERE taken < $1 AND NOT EXISTS (SELECT FROM payload
         WHERE payload.number = notice.number)`,
        [whole(taken)],
      );
      await query('DELETE FROM payload WHERE id IS NULL AND received < $1', [whole(unreadable)]);
      await query('DELETE FROM notice WHERE id IS NULL AND received < $1', [whole(unreadable)]);
    });
  }

  /** The server removes what is left of deleted rows by itself, and its log of writes is its owner's matter. */
  async scrub(): Promise<void> {}

  /** What settlements do to the inbox. Of no conversation two. Only in the transaction that records them, after that. */
  async settled(query: Query, settlements: readonly Settlement[], now: number): Promise<void> {
    const over = settlements.filter(({ kind }) => !KEEPING.has(kind));
    if (over.length > 0) {
      await query(
        `DELETE FROM payload USING unnest($1::smallint[], $2::text[], $3::bigint[]) AS s(source, id, last)
         WHERE payload.source = s.source AND payload.id = s.id AND payload.number <= s.last`,
        [
          over.map(({ source }) => source),
          over.map(({ id }) => id),
          over.map(({ kind, considered = 0 }) =>
            kind === 'delivered' ? Number.MAX_SAFE_INTEGER : considered,
          ),
        ],
      );
    }
    const looking = settlements.filter(({ kind }) => kind !== 'delivered');
    if (looking.length === 0) return;
    // Something has been told meanwhile that was not considered. A look at what was delivered stays one.
    await query(
      `UPDATE conversation AS c SET due = least(c.due, $5),
         state = CASE WHEN s.postponed THEN c.state ELSE ${STATE.due} END,
         settled = CASE WHEN s.postponed THEN c.settled END
       FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::boolean[]) AS s(source, id, last, postponed)
       WHERE c.source = s.source AND c.id = s.id AND EXISTS (
         SELECT FROM notice WHERE notice.source = s.source AND notice.id = s.id AND notice.number > s.last
           AND taken IS NOT NULL AND (s.postponed OR EXISTS (
             SELECT FROM payload WHERE payload.number = notice.number)))`,
      [
        looking.map(({ source }) => source),
        looking.map(({ id }) => id),
        looking.map(({ considered = 0 }) => considered),
        looking.map(({ kind }) => kind === 'postponed'),
        whole(now),
      ],
    );
  }
}

async function put(query: Query, notice: Notice, now: number): Promise<boolean> {
  const { source, conversation, type, at, digest, payload, final, terminal } = notice;
  const id = conversation === undefined ? null : exactly(conversation);
  const [row] = await query(
    `INSERT INTO notice (source, id, type, at, digest, final, terminal, received)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING number`,
    [source, id, exactly(type), whole(at), bytes(digest), final, terminal, whole(now)],
  );
  if (row === undefined) return false;
  if (payload !== undefined) {
    await query('INSERT INTO payload (number, source, id, received, body) VALUES ($1, $2, $3, $4, $5)', [
      ...[row.number, source, id, whole(now), payload],
    ]);
  }
  return true;
}
