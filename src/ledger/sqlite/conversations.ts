import type { ConversationLedger, DeliveredRow } from '../contract.ts';
import type {
  Claimed,
  ClaimOptions,
  Due,
  Granted,
  Revived,
  Settlement,
  Sighting,
  Unsettled,
  Wish,
} from '../records.ts';
import { readable } from '../text.ts';
import { type Attempts, INNOCENT } from './attempts.ts';
import { toDue, verifyRow } from './conversation-row.ts';
import { ConversationTable } from './conversation-table.ts';
import type { Database, Value } from './database.ts';
import { DueRows } from './due.ts';
import type { InboxRows } from './inbox.ts';
import { STATE } from './schema.ts';
import type { SeriesRows } from './series.ts';
import type { SummaryRows } from './summaries.ts';
import { TraceIds } from './trace-ids.ts';
import { bytes, hex } from './value.ts';

/** Rows that `delivered` reads at a time: there may be millions. */
const PAGE = 500;

/** What else a conversation's row goes with. */
interface Companions {
  readonly series: SeriesRows;
  readonly attempts: Attempts;
  readonly summaries: SummaryRows;
  readonly inbox: InboxRows;
}

/** Every conversation: its state, and when to come back to it. */
export class ConversationRows implements ConversationLedger {
  readonly #database: Database;
  readonly #series: SeriesRows;
  readonly #attempts: Attempts;
  readonly #due: DueRows;
  readonly #summaries: SummaryRows;
  readonly #inbox: InboxRows;
  readonly #traceIds: TraceIds;
  readonly #table: ConversationTable;

  constructor(database: Database, { series, attempts, summaries, inbox }: Companions) {
    this.#database = database;
    this.#series = series;
    this.#attempts = attempts;
    this.#summaries = summaries;
    this.#inbox = inbox;
    this.#due = new DueRows(database);
    this.#traceIds = new TraceIds(database);
    this.#table = new ConversationTable(database);
  }

  async see(source: number, sightings: readonly Sighting[], now: number): Promise<number> {
    const news = sightings.filter((sighting) => this.#isNews(source, sighting));
    if (news.length === 0) return 0;
    return this.#database.transaction(() => {
      let count = 0;
      for (const sighting of news) if (this.#take(source, sighting, now)) count++;
      return count;
    });
  }

  /** A look at the row first: nearly every row of every page is known, and a look needs no lock and no flush. */
  #isNews(source: number, { id, ended }: Sighting): boolean {
    const row = this.#table.row(source, id);
    if (row === undefined) return !this.#series.wasCounted(source, id);
    return ended && row.state === STATE.active;
  }

  /** @returns whether it still is news, now that nobody else can write. */
  #take(source: number, sighting: Sighting, now: number): boolean {
    if (!this.#isNews(source, sighting)) return false;
    const { id, ended, startedAt, endedAt, due } = sighting;
    const known = this.#table.row(source, id);
    if (known === undefined) {
      const state = ended ? STATE.due : STATE.active;
      this.#table.insert({ source, id, state, due, started: startedAt, ended: endedAt, seen: now });
    } else if (ended) {
      this.#table.update(known, { state: STATE.due, due: due ?? null, ended: endedAt ?? null });
    }
    return true;
  }

  async want(
    source: number,
    wishes: readonly Wish[],
    now: number,
    forced: number | undefined,
  ): Promise<readonly Granted[]> {
    if (wishes.length === 0) return [];
    return this.#database.transaction(() => wishes.map((wish) => this.#grant(source, wish, now, forced)));
  }

  #grant(source: number, { id, startedAt, endedAt }: Wish, now: number, forced: number | undefined): Granted {
    const due = Math.min(now, endedAt ?? startedAt ?? now);
    const row = this.#table.row(source, id);
    if (row === undefined) {
      if (forced === undefined && this.#series.wasCounted(source, id)) return 'settled';
      this.#table.insert({
        ...{ source, id, state: STATE.due, due, started: startedAt, ended: endedAt, seen: now },
      });
      return 'now';
    }
    if (row.state === STATE.due) {
      if (Number(row.due) <= now) return 'now';
      // Its first fetch would come too early; only what has failed before is worth another try at once.
      if (row.attempts === 0) return 'later';
      this.#table.update(row, { due });
      return 'now';
    }
    const isForced = forced !== undefined && Number(row.settled) < forced;
    if (row.state !== STATE.active && !isForced) return 'settled';
    this.#table.update(row, { state: STATE.due, due, attempts: 0, reason: null });
    return 'now';
  }

  async claim(source: number, options: ClaimOptions): Promise<readonly Claimed[]> {
    const taken = this.#choose(source, options);
    if (taken.length === 0) return taken;
    this.#database.unflushed(() => {
      for (const { id } of taken) this.#attempts.begin(source, id);
    });
    return taken;
  }

  /** Looks outside of a transaction, which costs nothing where there is nothing: only who holds the ledger claims. */
  #choose(source: number, { now, limit, early = false, only }: ClaimOptions): Claimed[] {
    if (only !== undefined) return this.#chooseOnly(source, only);
    const taken: Claimed[] = [];
    const suspects = this.#attempts.suspects(source);
    if (suspects.length > 0 && !this.#attempts.hasSuspectRunning(source)) {
      for (const { id, deaths } of suspects) {
        const due = this.#get(source, id);
        if (due?.dueAt === undefined || (due.dueAt > now && !(early && isUntouched(due)))) continue;
        taken.push({ ...due, deaths });
        break;
      }
    }
    const rows = this.#due.next(source, { now, limit: limit - taken.length, early });
    return [...taken, ...rows.map((due) => ({ ...due, deaths: INNOCENT }))];
  }

  #chooseOnly(source: number, id: string): Claimed[] {
    const due = this.#get(source, id);
    if (due === undefined || this.#attempts.isRunning(source, id)) return [];
    const suspect = this.#attempts.suspects(source).find((one) => one.id === id);
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
    return this.#database.unflushed(() => {
      const row = this.#table.row(source, id);
      if (row === undefined) throw new Error(`The ledger has no conversation ${id} to take a trace for.`);
      const chosen = this.#traceIds.choose(row, choices, rivals);
      if (chosen === undefined || (row.trace_id !== null && hex(row.trace_id) === chosen)) return chosen;
      this.#table.update(row, { trace_id: bytes(chosen) });
      return chosen;
    });
  }

  async giveBack(source: number, id: string): Promise<void> {
    this.#attempts.giveBack(source, id);
  }

  async active(source: number): Promise<{ id: string; startedAt: number | undefined }[]> {
    return this.#database
      .all('SELECT * FROM conversation WHERE source = ? AND state = 0 ORDER BY started', source)
      .map((row) => toDue(this.#database, row));
  }

  async get(source: number, id: string): Promise<Due | undefined> {
    return this.#get(source, id);
  }

  #get(source: number, id: string): Due | undefined {
    const row = this.#table.row(source, id);
    return row && toDue(this.#database, row);
  }

  async nextDue(source: number): Promise<number | undefined> {
    return this.#due.when(source);
  }

  async revive(source: number, { dead, parked = false, only }: Revived, now: number): Promise<number> {
    const these = only === undefined ? '' : ' AND id = ?';
    const ids = only === undefined ? [] : [only];
    return this.#database.transaction(() => {
      const waiting = this.#database.run(
        `UPDATE conversation SET checksum = checksum + (? - due), due = ?
         WHERE source = ? AND due > ? AND state = ? AND attempts > 0${these}`,
        ...[now, now, source, now, STATE.due, ...ids],
      );
      const states = [...(dead ? [STATE.dead] : []), ...(parked ? [STATE.parked] : [])];
      let revived = waiting;
      for (let state = states.shift(); state !== undefined; ) {
        const rows = this.#database.all(
          `SELECT * FROM conversation WHERE source = ? AND state = ?${these} LIMIT ${PAGE}`,
          ...[source, state, ...ids],
        );
        for (const row of rows) {
          verifyRow(this.#database, row);
          const due = Math.min(now, Number(row.ended ?? row.started ?? now));
          this.#table.update(row, { state: STATE.due, due, attempts: 0, reason: null, settled: null });
        }
        revived += rows.length;
        if (rows.length < PAGE) state = states.shift();
      }
      return revived;
    });
  }

  async hasten(source: number, millis: number): Promise<number> {
    const by = Math.round(millis);
    return this.#database.run(
      'UPDATE conversation SET due = due - ?, checksum = checksum - ? WHERE source = ? AND due IS NOT NULL',
      ...[by, by, source],
    );
  }

  async *unsettled(source: number, which: 'dead' | 'parked' | 'waiting'): AsyncGenerator<Unsettled> {
    // Each of the three is an index: of the others there may be millions.
    const [at, where] =
      which === 'waiting'
        ? ['due', `state = ${STATE.due} AND due IS NOT NULL AND attempts > 0`]
        : ['settled', `state = ${STATE[which]} AND settled IS NOT NULL`];
    let after: Value[] = [Number.MAX_SAFE_INTEGER, ''];
    for (;;) {
      const rows = this.#database.all(
        `SELECT *, ${at} AS at FROM conversation
         WHERE source = ? AND ${where} AND (${at}, id) < (?, ?) ORDER BY ${at} DESC, id DESC LIMIT ${PAGE}`,
        ...[source, ...after],
      );
      for (const row of rows) {
        const { id, reason, attempts, startedAt } = toDue(this.#database, row);
        after = [Number(row.at), id];
        yield { id, reason, attempts, startedAt, at: Number(row.at) };
      }
      if (rows.length < PAGE) return;
    }
  }

  async *delivered(source: number, since: number): AsyncGenerator<DeliveredRow> {
    let after = { settled: since, id: '' };
    for (;;) {
      const rows = this.#database.all(
        `SELECT * FROM conversation WHERE source = ? AND state = ? AND settled >= ? AND (settled, id) > (?, ?)
         ORDER BY settled, id LIMIT ${PAGE}`,
        ...[source, STATE.delivered, after.settled, after.settled, after.id],
      );
      for (const row of rows) {
        const { id, sent, firstSeenAt } = toDue(this.#database, row);
        after = { settled: Number(row.settled), id };
        if (sent) yield { id, firstSeenAt, settledAt: after.settled, sent };
      }
      if (rows.length < PAGE) return;
    }
  }

  /** Records what became of one conversation. Only in a transaction. @returns whether it counts now: nothing of it was ever delivered. */
  settle(settlement: Settlement, now: number): boolean {
    const { source, id } = settlement;
    this.#attempts.over(source, id, { settled: settlement.kind !== 'postponed' });
    const row = this.#table.row(source, id);
    if (row === undefined) throw new Error(`The ledger has no conversation ${id} to record an outcome of.`);
    switch (settlement.kind) {
      case 'delivered':
        this.#table.update(row, {
          state: STATE.delivered,
          due: settlement.due ?? null,
          settled: row.state === STATE.delivered ? (row.settled ?? null) : now,
          attempts: 0,
          ended: settlement.endedAt,
          trace_id: bytes(settlement.traceId),
          spans: settlement.spans,
          shape: bytes(settlement.shape),
          late: bytes(settlement.late.join('')),
          reason: null,
        });
        return row.spans === null && !this.#series.wasCounted(source, id);
      case 'postponed': {
        const { due, attempts, reason } = settlement;
        this.#table.update(row, { due, attempts, reason: readable(reason) });
        return false;
      }
      default: {
        const reason = readable(settlement.reason);
        this.#table.update(row, { state: STATE[settlement.kind], due: null, settled: now, reason });
        return false;
      }
    }
  }

  async forget(source: number, before: number, limit: number): Promise<number> {
    return this.#database.transaction(() => {
      let forgotten = 0;
      for (const state of [STATE.delivered, STATE.empty, STATE.gone, STATE.dead, STATE.parked]) {
        const rows = this.#database.all(
          `SELECT * FROM conversation
           WHERE source = ? AND state = ? AND settled < ? AND due IS NULL ORDER BY settled LIMIT ?`,
          ...[source, state, before, limit - forgotten],
        );
        for (const row of rows) {
          verifyRow(this.#database, row);
          const { id } = row;
          if (row.spans !== null) this.#series.remember(source, String(id));
          this.#summaries.forget(source, String(id));
          this.#inbox.forget(source, String(id));
          this.#database.run('DELETE FROM conversation WHERE source = ? AND id = ?', source, id ?? null);
        }
        forgotten += rows.length;
      }
      return forgotten;
    });
  }
}

/** It has ended, and was never fetched. */
function isUntouched({ state, attempts, reason }: Due): boolean {
  return state === 'due' && attempts === 0 && reason === undefined;
}
