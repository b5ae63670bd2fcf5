import type { Settlement } from '../records.ts';
import { bytes, type Delivered, type Due, optional, toDue } from './conversation-row.ts';
import type { Database, Value } from './database.ts';
import { STATE } from './schema.ts';
import type { Numbers } from './series.ts';

export type { Settlement } from '../records.ts';
export type { Delivered, Due } from './conversation-row.ts';

/** What a list said of a conversation. Times are unix milliseconds. */
export interface Sighting {
  readonly id: string;
  readonly ended: boolean;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** When to fetch it. */
  readonly due: number | undefined;
}

/** Somebody asks for a conversation, whether a list has shown it or not. */
export type Wish = Omit<Sighting, 'ended' | 'due'>;

/** What becomes of a wish: it is due now, is worth a look only later, or is settled and stays so. */
export type Granted = 'now' | 'later' | 'settled';

/** How many of those that failed before are taken along with others. */
const RETRIES = 1 / 8;

export class Conversations {
  readonly #database: Database;
  readonly #numbers: Numbers;

  constructor(database: Database, numbers: Numbers) {
    this.#database = database;
    this.#numbers = numbers;
  }

  /**
   * Takes in a page of a list: adds what is new, and makes due what has ended since it was last seen. What is
   * settled stays so, also where retention has left nothing of it but that it was counted.
   * @returns how many were new, or had ended since.
   */
  see(source: number, sightings: readonly Sighting[], now: number): number {
    const news = sightings.filter((sighting) => this.#isNews(source, sighting));
    if (news.length === 0) return 0;
    this.#database.transaction(() => {
      for (const { id, ended, startedAt, endedAt, due } of news) {
        this.#database.run(
          `INSERT INTO conversation (source, id, state, due, started, ended, seen) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          ...[source, id, ended ? STATE.due : STATE.active, due ?? null],
          ...[startedAt ?? null, endedAt ?? null, now],
        );
        if (!ended) continue;
        this.#database.run(
          'UPDATE conversation SET state = ?, due = ?, ended = ? WHERE source = ? AND id = ? AND state = ?',
          ...[STATE.due, due ?? null, endedAt ?? null, source, id, STATE.active],
        );
      }
    });
    return news.length;
  }

  /** A look at the row first: nearly every row of every page is known, and a look needs no lock and no flush. */
  #isNews(source: number, { id, ended }: Sighting): boolean {
    const row = this.#database.get('SELECT state FROM conversation WHERE source = ? AND id = ?', source, id);
    if (row === undefined) return !this.#numbers.wasCounted(source, id);
    return ended && row.state === STATE.active;
  }

  /** Conversations that were seen before they ended, oldest first. */
  active(source: number): { id: string; startedAt: number | undefined }[] {
    return this.#database
      .all('SELECT id, started FROM conversation WHERE source = ? AND state = 0 ORDER BY started', source)
      .map((row) => ({ id: String(row.id), startedAt: optional(row.started) }));
  }

  /**
   * The ids of up to `limit` conversations whose time has come, the latest first: a backlog must not delay today's
   * calls. Then a few of those that have failed before, which must not delay any.
   */
  due(source: number, now: number, limit: number): string[] {
    return [
      ...this.#ids(
        'SELECT id FROM conversation WHERE source = ? AND due <= ? AND attempts = 0 ORDER BY due DESC LIMIT ?',
        ...[source, now, limit],
      ),
      ...this.#retries(source, now, limit),
    ];
  }

  /** The same, and those that have ended and were never fetched, whose time may not have come yet. */
  unfetched(source: number, now: number, limit: number): string[] {
    return [
      ...this.#ids(
        `SELECT id FROM conversation WHERE source = ? AND due IS NOT NULL AND attempts = 0
         AND (due <= ? OR (state = ? AND reason IS NULL)) ORDER BY due DESC LIMIT ?`,
        ...[source, now, STATE.due, limit],
      ),
      ...this.#retries(source, now, limit),
    ];
  }

  #retries(source: number, now: number, limit: number): string[] {
    return this.#ids(
      'SELECT id FROM conversation WHERE source = ? AND due <= ? AND attempts > 0 ORDER BY due DESC LIMIT ?',
      ...[source, now, Math.ceil(limit * RETRIES)],
    );
  }

  #ids(sql: string, ...values: Value[]): string[] {
    return this.#database.all(sql, ...values).map(({ id }) => String(id));
  }

  /**
   * Makes due now what is wished for, all in one transaction. It goes behind what has ended since, as if it had been
   * waiting since its own end: a stretch of the past must not delay today's calls.
   * @param forced also what was settled before this moment, to be done once more.
   */
  want(source: number, wishes: readonly Wish[], now: number, forced: number | undefined): Granted[] {
    if (wishes.length === 0) return [];
    return this.#database.transaction(() => wishes.map((wish) => this.#grant(source, wish, now, forced)));
  }

  #grant(source: number, { id, startedAt, endedAt }: Wish, now: number, forced: number | undefined): Granted {
    const due = Math.min(now, endedAt ?? startedAt ?? now);
    const row = this.#database.get(
      'SELECT state, due, attempts, settled FROM conversation WHERE source = ? AND id = ?',
      source,
      id,
    );
    if (row === undefined) {
      if (forced === undefined && this.#numbers.wasCounted(source, id)) return 'settled';
      this.#database.run(
        'INSERT INTO conversation (source, id, state, due, started, ended, seen) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[source, id, STATE.due, due, startedAt ?? null, endedAt ?? null, now],
      );
      return 'now';
    }
    if (row.state === STATE.due) {
      if (Number(row.due) <= now) return 'now';
      // Its first fetch would come too early; only what has failed before is worth another try at once.
      if (row.attempts === 0) return 'later';
      this.#update(source, id, 'due = ?', due);
      return 'now';
    }
    const isForced = forced !== undefined && Number(row.settled) < forced;
    if (row.state !== STATE.active && !isForced) return 'settled';
    this.#update(source, id, 'state = ?, due = ?, attempts = 0, reason = NULL', STATE.due, due);
    return 'now';
  }

  /**
   * Makes due now what waits for another attempt, and with `dead` the dead letters too.
   * @param only one conversation's id; all where undefined.
   * @returns how many.
   */
  revive(source: number, { dead, only }: { dead: boolean; only: string | undefined }, now: number): number {
    const these = only === undefined ? '' : ' AND id = ?';
    const ids = only === undefined ? [] : [only];
    return this.#database.transaction(() => {
      const waiting = this.#database.run(
        `UPDATE conversation SET due = ? WHERE source = ? AND due > ? AND state = ? AND attempts > 0${these}`,
        ...[now, source, now, STATE.due, ...ids],
      );
      if (!dead) return waiting;
      const revived = this.#database.run(
        `UPDATE conversation SET state = ?, due = min(?, coalesce(ended, started, ?)), attempts = 0, reason = NULL,
         settled = NULL WHERE source = ? AND state = ?${these}`,
        ...[STATE.due, now, now, source, STATE.dead, ...ids],
      );
      return waiting + revived;
    });
  }

  /** Moves everything that is due `millis` towards the past: the clock by which it was planned has been set back. */
  hasten(source: number, millis: number): number {
    return this.#database.run(
      'UPDATE conversation SET due = due - ? WHERE source = ? AND due IS NOT NULL',
      Math.round(millis),
      source,
    );
  }

  /** When the next conversation is due, whether that has passed or not. */
  nextDue(source: number): number | undefined {
    const ready = this.#database.get(
      'SELECT min(due) AS due FROM conversation WHERE source = ? AND due IS NOT NULL AND attempts = 0',
      source,
    );
    const retry = this.#database.get(
      'SELECT min(due) AS due FROM conversation WHERE source = ? AND due IS NOT NULL AND attempts > 0',
      source,
    );
    const moments = [ready?.due, retry?.due].flatMap((due) => optional(due) ?? []);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** What was delivered since `since`, oldest first, in pages: there may be millions. */
  *delivered(source: number, since: number): Generator<{ id: string; settledAt: number; sent: Delivered }> {
    let after = { settled: since, id: '' };
    for (;;) {
      const rows = this.#database.all(
        `SELECT * FROM conversation WHERE source = ? AND state = ? AND settled >= ? AND (settled, id) > (?, ?)
         ORDER BY settled, id LIMIT 500`,
        ...[source, STATE.delivered, after.settled, after.settled, after.id],
      );
      for (const row of rows) {
        const { id, sent } = toDue(row);
        after = { settled: Number(row.settled), id };
        if (sent) yield { id, settledAt: after.settled, sent };
      }
      if (rows.length < 500) return;
    }
  }

  get(source: number, id: string): Due | undefined {
    const row = this.#database.get('SELECT * FROM conversation WHERE source = ? AND id = ?', source, id);
    return row && toDue(row);
  }

  /** Whether anything of it was ever delivered, as far as its row is kept. */
  wasSent(source: number, id: string): boolean {
    const row = this.#database.get(
      'SELECT trace_id IS NOT NULL AS sent FROM conversation WHERE source = ? AND id = ?',
      ...[source, id],
    );
    return row?.sent === 1;
  }

  /** Whether it was delivered, longer ago than its row was kept. */
  isForgotten(source: number, id: string): boolean {
    return this.get(source, id) === undefined && this.#numbers.wasCounted(source, id);
  }

  /** Records what became of one conversation. Only in a transaction. */
  record(settlement: Settlement, now: number): void {
    const { source, id } = settlement;
    switch (settlement.kind) {
      case 'delivered':
        this.#update(
          source,
          id,
          `state = ?, due = ?, settled = CASE state WHEN 2 THEN settled ELSE ? END, attempts = 0, ended = ?,
           trace_id = ?, spans = ?, shape = ?, late = ?, reason = NULL`,
          ...[STATE.delivered, settlement.due ?? null, now, settlement.endedAt, bytes(settlement.traceId)],
          ...[settlement.spans, bytes(settlement.shape), bytes(settlement.late.join(''))],
        );
        return;
      case 'postponed':
        this.#update(
          source,
          id,
          'due = ?, attempts = ?, reason = ?',
          settlement.due,
          settlement.attempts,
          settlement.reason,
        );
        return;
      default:
        this.#update(
          source,
          id,
          'state = ?, due = NULL, settled = ?, reason = ?',
          STATE[settlement.kind],
          now,
          settlement.reason,
        );
    }
  }

  /**
   * Removes rows that were settled before a moment, leaving of those that were delivered that they were counted.
   * Never one that is due.
   * @param limit how many at most: the ledger is locked meanwhile.
   * @returns how many.
   */
  forget(source: number, before: number, limit: number): number {
    return this.#database.transaction(() => {
      let forgotten = 0;
      for (const state of [STATE.delivered, STATE.empty, STATE.gone, STATE.dead]) {
        const rows = this.#database.all(
          `SELECT id, trace_id IS NOT NULL AS counted FROM conversation
           WHERE source = ? AND state = ? AND settled < ? AND due IS NULL ORDER BY settled LIMIT ?`,
          ...[source, state, before, limit - forgotten],
        );
        for (const { id, counted } of rows) {
          if (counted === 1) this.#numbers.remember(source, String(id));
          this.#database.run('DELETE FROM conversation WHERE source = ? AND id = ?', source, id ?? null);
        }
        forgotten += rows.length;
      }
      return forgotten;
    });
  }

  #update(source: number, id: string, assignments: string, ...values: Value[]): void {
    const changed = this.#database.run(
      `UPDATE conversation SET ${assignments} WHERE source = ? AND id = ?`,
      ...values,
      source,
      id,
    );
    if (changed !== 1) throw new Error(`The ledger has no conversation ${id} to record an outcome of.`);
  }
}
