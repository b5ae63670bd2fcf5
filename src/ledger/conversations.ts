import type { Observation } from '../numbers/observe.ts';
import type { Database, Row } from './database.ts';
import { STATE, type StateName } from './schema.ts';

/** What a list said of a conversation. Times are unix milliseconds. */
export interface Sighting {
  readonly id: string;
  readonly ended: boolean;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** When to fetch it. */
  readonly due: number | undefined;
}

/** A conversation that is to be fetched now. */
export interface Due {
  readonly id: string;
  readonly state: StateName;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly firstSeenAt: number;
  readonly attempts: number;
  /** Why it is in its state, or was not delivered yet. */
  readonly reason: string | undefined;
  /** What was delivered of it, if anything was: of one in another state than `delivered`, before it was asked for again. */
  readonly sent: Delivered | undefined;
}

/** What was delivered of a conversation. */
export interface Delivered {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly spans: number;
  /** Of the ids and times of its spans: whether a later translation is still the same trace. */
  readonly shape: string;
  /** Ids of the late spans that were sent. */
  readonly late: readonly string[];
}

/** What became of a conversation, to be recorded. */
export type Settlement = Of & (Delivery | Nothing | Postponement);

interface Of {
  readonly source: number;
  readonly id: string;
}

interface Delivery extends Delivered {
  readonly kind: 'delivered';
  /** When to look again for what comes late. */
  readonly due: number | undefined;
  readonly endedAt: number;
  /** What it adds to the numbers, if it was not counted before. */
  readonly observations: readonly Observation[];
}

interface Nothing {
  readonly kind: 'empty' | 'gone' | 'dead';
  readonly reason: string;
}

/** Not now: come back at `due`. */
interface Postponement {
  readonly kind: 'postponed';
  readonly due: number;
  readonly attempts: number;
  readonly reason: string;
}

export class Conversations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes in a page of a list: adds what is new, and makes due what has ended since it was last seen. What is
   * settled stays so.
   * @returns how many were new.
   */
  see(source: number, sightings: readonly Sighting[], now: number): number {
    const news = sightings.filter((sighting) => this.#isNews(source, sighting));
    if (news.length === 0) return 0;
    return this.#database.transaction(() => {
      let added = 0;
      for (const { id, ended, startedAt, endedAt, due } of news) {
        added += this.#database.run(
          `INSERT INTO conversation (source, id, state, due, started, ended, seen) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          ...[
            source,
            id,
            ended ? STATE.due : STATE.active,
            due ?? null,
            startedAt ?? null,
            endedAt ?? null,
            now,
          ],
        );
        if (!ended) continue;
        this.#database.run(
          'UPDATE conversation SET state = ?, due = ?, ended = ? WHERE source = ? AND id = ? AND state = ?',
          ...[STATE.due, due ?? null, endedAt ?? null, source, id, STATE.active],
        );
      }
      return added;
    });
  }

  /** A look at the row first: nearly every row of every page is known, and a look needs no lock and no flush. */
  #isNews(source: number, { id, ended }: Sighting): boolean {
    const row = this.#database.get('SELECT state FROM conversation WHERE source = ? AND id = ?', source, id);
    return row === undefined || (ended && row.state === STATE.active);
  }

  /** Conversations that were seen before they ended, oldest first. */
  active(source: number): { id: string; startedAt: number | undefined }[] {
    return this.#database
      .all('SELECT id, started FROM conversation WHERE source = ? AND state = 0 ORDER BY started', source)
      .map((row) => ({ id: String(row.id), startedAt: optional(row.started) }));
  }

  /** Up to `limit` conversations whose time has come, the latest first: a backlog must not delay today's calls. */
  due(source: number, now: number, limit: number): Due[] {
    return this.#database
      .all(
        'SELECT * FROM conversation WHERE source = ? AND due <= ? ORDER BY due DESC LIMIT ?',
        source,
        now,
        limit,
      )
      .map(toDue);
  }

  /** The same, and those that have ended and were never fetched, whose time may not have come yet. */
  unfetched(source: number, now: number, limit: number): Due[] {
    return this.#database
      .all(
        `SELECT * FROM conversation WHERE source = ? AND due IS NOT NULL
         AND (due <= ? OR (state = ? AND attempts = 0 AND reason IS NULL)) ORDER BY due DESC LIMIT ?`,
        ...[source, now, STATE.due, limit],
      )
      .map(toDue);
  }

  /**
   * Asks for one conversation, whether a list has shown it or not: makes it due now.
   * @param force also what is settled, to be done once more.
   * @returns false where it is settled and stays so.
   */
  want(source: number, asked: Omit<Sighting, 'ended' | 'due'>, now: number, force: boolean): boolean {
    const { id, startedAt, endedAt } = asked;
    return this.#database.transaction(() => {
      const row = this.#database.get(
        'SELECT state FROM conversation WHERE source = ? AND id = ?',
        source,
        id,
      );
      if (row === undefined) {
        this.#database.run(
          'INSERT INTO conversation (source, id, state, due, started, ended, seen) VALUES (?, ?, ?, ?, ?, ?, ?)',
          ...[source, id, STATE.due, now, startedAt ?? null, endedAt ?? null, now],
        );
        return true;
      }
      if (row.state === STATE.due) return true;
      if (row.state !== STATE.active && !force) return false;
      this.#update(source, id, 'state = ?, due = ?, attempts = 0, reason = NULL', STATE.due, now);
      return true;
    });
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
        `UPDATE conversation SET state = ?, due = ?, attempts = 0, reason = NULL, settled = NULL
         WHERE source = ? AND state = ?${these}`,
        ...[STATE.due, now, source, STATE.dead, ...ids],
      );
      return waiting + revived;
    });
  }

  /** When the next conversation is due, whether that has passed or not. */
  nextDue(source: number): number | undefined {
    const row = this.#database.get(
      'SELECT min(due) AS due FROM conversation WHERE source = ? AND due IS NOT NULL',
      source,
    );
    return optional(row?.due);
  }

  /** What was delivered since `since`, oldest first, in pages: there may be millions. */
  *delivered(source: number, since: number): Generator<{ id: string; settledAt: number; sent: Delivered }> {
    let after = { settled: since, id: '' };
    for (;;) {
      const rows = this.#database.all(
        `SELECT * FROM conversation WHERE source = ? AND state = ? AND (settled, id) > (?, ?)
         ORDER BY settled, id LIMIT 500`,
        ...[source, STATE.delivered, after.settled, after.id],
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

  /** Records what became of one conversation. Only in a transaction. */
  record(settlement: Settlement, now: number): void {
    const { source, id } = settlement;
    switch (settlement.kind) {
      case 'delivered':
        this.#update(
          source,
          id,
          `state = ?, due = ?, settled = CASE state WHEN 2 THEN settled ELSE ? END, attempts = 0, ended = ?, trace_id = ?, spans = ?,
           shape = ?, late = ?, reason = NULL`,
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

  #update(
    source: number,
    id: string,
    assignments: string,
    ...values: Parameters<Database['run']>[1][]
  ): void {
    const changed = this.#database.run(
      `UPDATE conversation SET ${assignments} WHERE source = ? AND id = ?`,
      ...values,
      source,
      id,
    );
    if (changed !== 1) throw new Error(`The ledger has no conversation ${id} to record an outcome of.`);
  }
}

function toDue(row: Row): Due {
  return {
    id: String(row.id),
    state: stateName(row.state),
    startedAt: optional(row.started),
    endedAt: optional(row.ended),
    firstSeenAt: Number(row.seen),
    attempts: Number(row.attempts),
    reason: row.reason === null ? undefined : String(row.reason),
    sent:
      row.trace_id === null
        ? undefined
        : {
            traceId: hex(row.trace_id),
            spans: Number(row.spans),
            shape: hex(row.shape),
            late: hex(row.late).match(/.{16}/g) ?? [],
          },
  };
}

const NAMES = new Map<Row[string], StateName>(
  Object.entries(STATE).map(([name, state]) => [state, name as StateName]),
);

function stateName(state: Row[string] | undefined): StateName {
  const name = NAMES.get(state ?? null);
  if (name === undefined) throw new Error(`The ledger has a conversation in the unknown state ${state}.`);
  return name;
}

function optional(value: Row[string] | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

function bytes(hexDigits: string): Uint8Array {
  return Buffer.from(hexDigits, 'hex');
}

/** One row's blob is a Buffer, one of many rows is an ArrayBuffer: libsql has two roads, too. */
function hex(value: Row[string] | undefined): string {
  const isBytes = value instanceof Uint8Array || value instanceof ArrayBuffer;
  return isBytes ? Buffer.from(value as ArrayBuffer).toString('hex') : '';
}
