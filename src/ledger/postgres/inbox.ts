import type { InboxLedger } from '../contract.ts';
import type { Inbox, InboxDepth, Notice, Settlement, Taking, WaitingNotice } from '../records.ts';
import type { Session } from './client.ts';
import type { Database } from './database.ts';
import { STATE } from './schema.ts';
import { countedHashes } from './series.ts';
import { bytes, optional, type Row, type Value } from './values.ts';

/** Whoever adds to a source's inbox holds this advisory lock: numbers then grow in the order of the commits. */
const LOCK = 0x696e626f;

/** What webhooks have told, and the payloads that came with it. Any replica adds to it; only the holder takes. */
export class InboxRows implements InboxLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(notices: readonly Notice[], now: number): Promise<readonly boolean[]> {
    if (notices.length === 0) return [];
    return await this.#database.persist(() =>
      this.#database.transaction('SET LOCAL synchronous_commit = on', async (session) => {
        const sources = [...new Set(notices.map(({ source }) => source))].sort((one, other) => one - other);
        for (const source of sources)
          await session.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK, source);
        const kept: boolean[] = [];
        for (const notice of notices) kept.push(await put(session, notice, now));
        return kept;
      }),
    );
  }

  async waiting(source: number, limit: number): Promise<readonly WaitingNotice[]> {
    const { rows } = await this.#database.query(
      `SELECT number, id, at, final, terminal, received, EXISTS (SELECT FROM callspan.conversation
         WHERE conversation.source = notice.source AND conversation.id = notice.id) AS known
       FROM callspan.notice WHERE source = $1 AND taken IS NULL AND id IS NOT NULL ORDER BY known DESC, number DESC LIMIT $2`,
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
    await this.#database.write(source, async (session) => {
      for (const taking of takings) await this.#take(session, source, taking, now);
    });
  }

  async #take(session: Session, source: number, { number, due }: Taking, now: number): Promise<void> {
    const {
      rows: [notice],
    } = await session.query(
      'UPDATE callspan.notice SET taken = $3 WHERE source = $1 AND number = $2 AND taken IS NULL RETURNING number, id, at',
      ...[source, number, now],
    );
    if (notice === undefined) return;
    const isOf =
      due !== undefined && notice.id !== null && (await this.#makeDue(session, source, notice, due, now));
    if (!isOf) await session.query('DELETE FROM callspan.payload WHERE number = $1', ...[number]);
  }

  /** @returns whether a payload may still be needed. */
  async #makeDue(session: Session, source: number, notice: Row, due: number, now: number): Promise<boolean> {
    const id = String(notice.id);
    const {
      rows: [row],
    } = await session.query(
      'SELECT state, due, attempts FROM callspan.conversation WHERE source = $1 AND id = $2 FOR NO KEY UPDATE',
      ...[source, id],
    );
    const update = (assignments: string, ...values: readonly Value[]) =>
      session.query(
        `UPDATE callspan.conversation SET ${assignments} WHERE source = $1 AND id = $2`,
        ...[...[source, id, due], ...values],
      );
    if (row === undefined) {
      if (
        (
          await session.query(
            'SELECT 1 FROM callspan.counted WHERE source = $1 AND hash = ANY ($2)',
            source,
            countedHashes(id),
          )
        ).count > 0
      )
        return false;
      await session.query(
        `INSERT INTO callspan.conversation (source, id, state, due, ended, seen) VALUES ($1, $2, ${STATE.due}, $3, $4, $5)`,
        ...[source, id, due, notice.at as Value, now],
      );
      return true;
    }
    const hasPayload =
      (await session.query('SELECT 1 FROM callspan.payload WHERE number = $1', Number(notice.number))).count >
      0;
    switch (row.state) {
      case STATE.active:
        await update(`state = ${STATE.due}, due = $3, ended = coalesce(ended, $4)`, notice.at as Value);
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
    const {
      rows: [row],
    } = await this.#database.query(
      `SELECT (SELECT max(number) FROM callspan.notice WHERE source = $1 AND id = $2) AS latest, first.body, first.final
       FROM (SELECT 1) AS one LEFT JOIN LATERAL (
         SELECT payload.body, notice.final FROM callspan.payload JOIN callspan.notice USING (number)
         WHERE payload.source = $1 AND payload.id = $2 ORDER BY payload.number LIMIT 1
       ) AS first ON true`,
      ...[source, conversation],
    );
    const latest = optional(row?.latest) ?? 0;
    if (!(row?.body instanceof Uint8Array)) return { latest };
    return { latest, payload: { body: row.body, final: row.final === true } };
  }

  async depth(source: number): Promise<InboxDepth> {
    const {
      rows: [row],
    } = await this.#database.query(
      `SELECT waiting.count AS waiting, payloads.count AS payloads, least(waiting.oldest, payloads.oldest) AS oldest
       FROM (SELECT count(*) AS count, min(received) AS oldest FROM callspan.notice
               WHERE source = $1 AND taken IS NULL AND id IS NOT NULL) AS waiting,
            (SELECT count(*) AS count, min(payload.received) AS oldest FROM callspan.payload
               WHERE source = $1 AND id IS NOT NULL AND EXISTS (SELECT FROM callspan.notice
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
    await this.#database.persist(() =>
      this.#database.transaction('', async (session) => {
        // A payload that is still needed needs its notice.
        await session.query(
          `DELETE FROM callspan.notice WHERE taken < $1 AND NOT EXISTS (SELECT FROM callspan.payload
         WHERE payload.number = notice.number)`,
          ...[taken],
        );
        await session.query(
          'DELETE FROM callspan.payload WHERE id IS NULL AND received < $1',
          ...[unreadable],
        );
        await session.query(
          'DELETE FROM callspan.notice WHERE id IS NULL AND received < $1',
          ...[unreadable],
        );
      }),
    );
  }

  /** The server removes what is left of deleted rows by itself, and its log of writes is its owner's matter. */
  async scrub(): Promise<void> {}

  /** What a settlement that is no delivery does to the inbox. Only in the transaction that records it, after it. */
  async settled(
    session: Session,
    { source, id, kind, considered = 0 }: Settlement,
    now: number,
  ): Promise<void> {
    if (kind !== 'postponed' && kind !== 'dead' && kind !== 'parked') {
      await session.query(
        'DELETE FROM callspan.payload WHERE source = $1 AND id = $2 AND number <= $3',
        ...[source, id, considered],
      );
    }
    if (!(await hasNews(session, source, id, considered, kind !== 'postponed'))) return;
    // A look at what was delivered stays one.
    const state = kind === 'postponed' ? '' : `state = ${STATE.due}, settled = NULL, `;
    await session.query(
      `UPDATE callspan.conversation SET ${state}due = least(due, $3) WHERE source = $1 AND id = $2`,
      ...[source, id, now],
    );
  }
}

async function put(session: Session, notice: Notice, now: number): Promise<boolean> {
  const { source, conversation, type, at, digest, payload, final, terminal } = notice;
  const id = conversation === undefined ? null : conversation;
  const {
    rows: [row],
  } = await session.query(
    `INSERT INTO callspan.notice (source, id, type, at, digest, final, terminal, received)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING number`,
    ...[source, id, type, at, bytes(digest), final, terminal, now],
  );
  if (row === undefined) return false;
  if (payload !== undefined) {
    await session.query(
      'INSERT INTO callspan.payload (number, source, id, received, body) VALUES ($1, $2, $3, $4, $5)',
      ...[...[row.number as Value, source, id, now, payload]],
    );
  }
  return true;
}

/** Whether a notice has been taken that was not considered. */
async function hasNews(
  session: Session,
  source: number,
  id: string,
  considered: number,
  withPayload: boolean,
): Promise<boolean> {
  const { count } = await session.query(
    `SELECT 1 FROM callspan.notice ${withPayload ? 'JOIN callspan.payload USING (number)' : ''}
     WHERE notice.source = $1 AND notice.id = $2 AND notice.number > $3 AND taken IS NOT NULL LIMIT 1`,
    ...[source, id, considered],
  );
  return count > 0;
}
