import { createHash } from 'node:crypto';
import type { InboxLedger } from '../contract.ts';
import type { Inbox, InboxDepth, Notice, Settlement, Taking, WaitingNotice } from '../records.ts';
import { damaged } from './conversation-row.ts';
import { ConversationTable } from './conversation-table.ts';
import type { Database, Row } from './database.ts';
import { STATE } from './schema.ts';
import type { SeriesRows } from './series.ts';
import { bytes, optional } from './value.ts';

/** What webhooks have told, and the payloads that came with it. */
export class InboxRows implements InboxLedger {
  readonly #database: Database;
  readonly #series: SeriesRows;
  readonly #table: ConversationTable;
  /** Payloads were deleted, and what is left of them may still be in the log. */
  #isSoiled = true;

  constructor(database: Database, series: SeriesRows) {
    this.#database = database;
    this.#series = series;
    this.#table = new ConversationTable(database);
  }

  async put(notices: readonly Notice[], now: number): Promise<readonly boolean[]> {
    if (notices.length === 0) return [];
    return this.#database.transaction(() => notices.map((notice) => this.#put(notice, now)));
  }

  #put({ source, conversation, type, at, digest, payload, final, terminal }: Notice, now: number): boolean {
    const row = this.#database.get(
      `INSERT INTO notice (source, id, type, at, digest, final, terminal, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING number`,
      ...[source, conversation ?? null, type, at ?? null, bytes(digest)],
      ...[Number(final), Number(terminal), now],
    );
    if (row === undefined) return false;
    if (payload !== undefined) {
      this.#database.run(
        'INSERT INTO payload (number, source, id, received, body) VALUES (?, ?, ?, ?, ?)',
        ...[row.number ?? null, source, conversation ?? null, now, payload],
      );
    }
    return true;
  }

  async waiting(source: number, limit: number): Promise<readonly WaitingNotice[]> {
    const rows = this.#database.all(
      `SELECT number, id, at, final, terminal, received, EXISTS (SELECT 1 FROM conversation
         WHERE conversation.source = notice.source AND conversation.id = notice.id) AS known
       FROM notice WHERE source = ? AND taken IS NULL AND id IS NOT NULL ORDER BY known DESC, number DESC LIMIT ?`,
      ...[source, limit],
    );
    return rows.map((row) => ({
      number: Number(row.number),
      conversation: String(row.id),
      at: optional(row.at),
      final: row.final === 1,
      terminal: row.terminal === 1,
      receivedAt: Number(row.received),
      isKnown: row.known === 1,
    }));
  }

  async take(source: number, takings: readonly Taking[], now: number): Promise<void> {
    if (takings.length === 0) return;
    this.#database.transaction(() => {
      for (const taking of takings) this.#take(source, taking, now);
    });
  }

  #take(source: number, { number, due }: Taking, now: number): void {
    const notice = this.#database.get(
      'UPDATE notice SET taken = ? WHERE source = ? AND number = ? AND taken IS NULL RETURNING id, at',
      ...[now, source, number],
    );
    if (notice === undefined) return;
    const isOf = due !== undefined && notice.id !== null && this.#makeDue(source, number, notice, due, now);
    if (!isOf) this.#forget('number = ?', number);
  }

  /** @returns whether a payload may still be needed. */
  #makeDue(source: number, number: number, notice: Row, due: number, now: number): boolean {
    const id = String(notice.id);
    const row = this.#table.row(source, id);
    if (row === undefined) {
      if (this.#series.wasCounted(source, id)) return false;
      const ended = optional(notice.at);
      this.#table.insert({ source, id, state: STATE.due, due, started: undefined, ended, seen: now });
      return true;
    }
    const hasPayload = this.#database.get('SELECT 1 FROM payload WHERE number = ?', number) !== undefined;
    const update = (changes: Row) => this.#table.update(row, changes);
    const sooner = Math.min(Number(row.due), due);
    switch (row.state) {
      case STATE.active:
        update({ state: STATE.due, due, ended: row.ended ?? notice.at ?? null });
        return true;
      case STATE.due:
        if (row.attempts === 0 || hasPayload) update({ due: sooner });
        return true;
      case STATE.empty:
      case STATE.gone:
        if (hasPayload) update({ state: STATE.due, due, attempts: 0, reason: null, settled: null });
        return hasPayload;
      case STATE.dead:
      case STATE.parked:
        return true;
      default:
        if (row.due !== null) update({ due: sooner });
        return false;
    }
  }

  async of(source: number, conversation: string): Promise<Inbox> {
    const last = this.#database.get(
      'SELECT max(number) AS latest FROM notice WHERE source = ? AND id = ?',
      ...[source, conversation],
    );
    const latest = optional(last?.latest) ?? 0;
    if (latest === 0) return { latest };
    const row = this.#database.get(
      `SELECT payload.body, notice.digest, notice.final FROM payload JOIN notice USING (number)
       WHERE payload.source = ? AND payload.id = ? ORDER BY payload.number LIMIT 1`,
      ...[source, conversation],
    );
    if (row === undefined) return { latest };
    const body = row.body as Uint8Array;
    if (
      !createHash('sha256')
        .update(body)
        .digest()
        .equals(row.digest as Uint8Array)
    ) {
      throw damaged(this.#database, `the payload of the conversation ${conversation}`);
    }
    return { latest, payload: { body, final: row.final === 1 } };
  }

  async depth(source: number): Promise<InboxDepth> {
    const waiting = this.#database.get(
      `SELECT count(*) AS count, min(received) AS oldest FROM notice
       WHERE source = ? AND taken IS NULL AND id IS NOT NULL`,
      source,
    );
    const payloads = this.#database.get(
      `SELECT count(*) AS count, min(payload.received) AS oldest FROM payload
       WHERE source = ? AND id IS NOT NULL AND EXISTS (SELECT 1 FROM notice
         WHERE notice.number = payload.number AND taken IS NOT NULL)`,
      source,
    );
    const moments = [optional(waiting?.oldest), optional(payloads?.oldest)].filter(
      (moment) => moment !== undefined,
    );
    return {
      waiting: Number(waiting?.count ?? 0),
      payloads: Number(payloads?.count ?? 0),
      oldest: moments.length === 0 ? undefined : Math.min(...moments),
    };
  }

  async tidy({ taken, unreadable }: { readonly taken: number; readonly unreadable: number }): Promise<void> {
    this.#database.transaction(() => {
      // A payload that is still needed needs its notice.
      this.#database.run(
        `DELETE FROM notice WHERE taken < ? AND NOT EXISTS (SELECT 1 FROM payload
         WHERE payload.number = notice.number)`,
        taken,
      );
      this.#forget('id IS NULL AND received < ?', unreadable);
      this.#database.run('DELETE FROM notice WHERE id IS NULL AND received < ?', unreadable);
    });
  }

  async scrub(): Promise<void> {
    if (!this.#isSoiled) return;
    // Deleted pages are written over with zeros, and that is in the log too, behind what they held. Taken into the
    // file, the log is cut off; while somebody reads it that waits.
    const row = this.#database.get('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#isSoiled = row?.busy !== 0;
  }

  /** What a settlement does to the inbox. Only in the transaction that records it, after it. */
  settled({ source, id, kind, considered = 0 }: Settlement, now: number): void {
    if (kind === 'delivered') {
      this.#forget('source = ? AND id = ?', source, id);
      return;
    }
    if (kind !== 'postponed' && kind !== 'dead' && kind !== 'parked') {
      this.#forget('source = ? AND id = ? AND number <= ?', source, id, considered);
    }
    if (!this.#hasNews(source, id, considered, kind !== 'postponed')) return;
    const row = this.#table.row(source, id);
    if (row === undefined) return;
    // A look at what was delivered stays one.
    const changes: Row = kind === 'postponed' ? {} : { state: STATE.due, settled: null };
    this.#table.update(row, { ...changes, due: Math.min(Number(row.due ?? now), now) });
  }

  /** Whether a notice has been taken that was not considered. */
  #hasNews(source: number, id: string, considered: number, withPayload: boolean): boolean {
    const sql = `SELECT 1 FROM notice ${withPayload ? 'JOIN payload USING (number)' : ''}
      WHERE notice.source = ? AND notice.id = ? AND notice.number > ? AND taken IS NOT NULL`;
    return this.#database.get(sql, source, id, considered) !== undefined;
  }

  /** The conversation is forgotten, and what has been told of it too. Only in a transaction. */
  forget(source: number, id: string): void {
    this.#forget('source = ? AND id = ?', source, id);
  }

  #forget(which: string, ...values: (string | number)[]): void {
    if (this.#database.run(`DELETE FROM payload WHERE ${which}`, ...values) > 0) this.#isSoiled = true;
  }
}
