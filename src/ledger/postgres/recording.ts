import { crashPoint } from '../../crash-point.ts';
import { LedgerError } from '../errors.ts';
import type { Settlement } from '../records.ts';
import { readable } from '../text.ts';
import { over } from './attempts.ts';
import { literal, type Session } from './client.ts';
import type { Database } from './database.ts';
import type { InboxRows } from './inbox.ts';
import { STATE } from './schema.ts';
import { countedHashes, type SeriesRows, wasCounted } from './series.ts';
import { codeOf, judge } from './sql-state.ts';
import type { SummaryRows } from './summaries.ts';
import { bytes } from './values.ts';

type Delivery = Extract<Settlement, { kind: 'delivered' }>;
type Postponement = Extract<Settlement, { kind: 'postponed' }>;
type Nothing = Exclude<Settlement, Delivery | Postponement>;

/**
 * Records what became of conversations of a source, and what they add to the metrics. In this order, always: the fence,
 * the conversations by id, what was counted, what they have become, and the counters last, by key. It may be done again
 * where nobody knows whether it was done: a conversation that has been recorded is not first any more.
 */
export class Recording {
  readonly #database: Database;
  readonly #series: SeriesRows;
  readonly #summaries: SummaryRows;
  readonly #inbox: InboxRows;

  constructor(database: Database, series: SeriesRows, summaries: SummaryRows, inbox: InboxRows) {
    this.#inbox = inbox;
    this.#database = database;
    this.#series = series;
    this.#summaries = summaries;
  }

  /** All of it or nothing, of each source. @throws LedgerError */
  async record(settlements: readonly Settlement[], now: number): Promise<void> {
    const sources = [...new Set(settlements.map(({ source }) => source))].sort((one, other) => one - other);
    for (const source of sources) {
      const own = settlements.filter((settlement) => settlement.source === source);
      for (const round of rounds(own)) await this.#recordAll(source, round, now);
    }
  }

  /** One text that the server refuses would take the others with it: so then each is recorded alone. */
  async #recordAll(source: number, settlements: readonly Settlement[], now: number): Promise<void> {
    try {
      await this.#once(source, settlements, now);
    } catch (error) {
      const cause = error instanceof LedgerError ? error.cause : error;
      const isRefused =
        cause instanceof TypeError || (error instanceof LedgerError && judge(cause).remedy === 'text');
      if (!isRefused) throw error;
      const [only] = settlements;
      if (settlements.length > 1) {
        for (const settlement of settlements) await this.#recordAll(source, [settlement], now);
      } else if (only !== undefined && only.kind !== 'dead') {
        const reason = `what became of it cannot be recorded (${codeOf(cause) ?? 'an unfit text'})`;
        await this.#once(source, [{ source, id: only.id, kind: 'dead', reason }], now);
      } else throw error;
    }
  }

  async #once(source: number, settlements: readonly Settlement[], now: number): Promise<void> {
    try {
      await this.#database.write(source, (session) => this.#write(session, source, settlements, now));
    } catch (error) {
      this.#series.forget();
      throw error;
    }
  }

  async #write(
    session: Session,
    source: number,
    settlements: readonly Settlement[],
    now: number,
  ): Promise<void> {
    const ids = settlements.map(({ id }) => id);
    const isIn = `IN (${ids.map(literal).join(',')})`;
    const [locked, counted] = await session.script(
      `SELECT id, spans IS NULL AS is_first FROM callspan.conversation WHERE source = ${source} AND id ${isIn}
         ORDER BY id FOR NO KEY UPDATE;
       SELECT hash FROM callspan.counted WHERE source = ${source}
         AND hash IN (${ids.flatMap(countedHashes).map(literal).join(',')})`,
    );
    const firsts = new Map((locked?.rows ?? []).map(({ id, is_first }) => [id, is_first === true]));
    for (const id of ids) {
      if (!firsts.has(id)) throw new Error(`The ledger has no conversation ${id} to record an outcome of.`);
    }
    const known = new Set((counted?.rows ?? []).map(({ hash }) => (hash as Buffer).toString('hex')));
    const deliveries = settlements.filter((one): one is Delivery => one.kind === 'delivered');
    const counting = deliveries.filter(({ id }) => firsts.get(id) && !wasCounted(known, id));
    const lists = counting.map(({ observations }) => observations);
    const script = [
      ...this.#outcomes(source, settlements, now),
      await this.#summaries.keeping(source, deliveries, session),
      await this.#series.adding(source, lists, now, session),
    ];
    await session.script(script.filter((part) => part !== '').join('\n'));
    for (const settlement of settlements) {
      if (settlement.kind !== 'delivered') await this.#inbox.settled(session, settlement, now);
    }
    crashPoint('during-record');
  }

  #outcomes(source: number, settlements: readonly Settlement[], now: number): string[] {
    const postponed = settlements.filter((one): one is Postponement => one.kind === 'postponed');
    const settled = settlements.filter((one) => one.kind !== 'postponed');
    const nothing = settled.filter((one): one is Nothing => one.kind !== 'delivered');
    const deliveries = settled.filter((one): one is Delivery => one.kind === 'delivered');
    const idsOf = (some: readonly Settlement[]) => some.map(({ id }) => id);
    const accepted = idsOf(deliveries).map(literal).join(',');
    return [
      accepted === '' ? '' : `DELETE FROM callspan.payload WHERE source = ${source} AND id IN (${accepted});`,
      over(source, idsOf(settled), { settled: true }),
      over(source, idsOf(postponed), { settled: false }),
      update(
        source,
        'id text, due bigint, ended bigint, trace_id bytea, spans integer, shape bytea, late bytea',
        deliveries.map(({ id, due, endedAt, traceId, spans, shape, late }) => [
          ...[id, due, endedAt, bytes(traceId), spans, bytes(shape), bytes(late.join(''))],
        ]),
        `state = ${STATE.delivered}, due = n.due, ended = n.ended, attempts = 0, reason = NULL, trace_id = n.trace_id,
         spans = n.spans, shape = n.shape, late = n.late,
         settled = CASE c.state WHEN ${STATE.delivered} THEN c.settled ELSE ${literal(now)} END`,
      ),
      update(
        source,
        'id text, due bigint, attempts integer, reason text',
        postponed.map(({ id, due, attempts, reason }) => [id, due, attempts, readable(reason)]),
        'due = n.due, attempts = n.attempts, reason = n.reason',
      ),
      update(
        source,
        'id text, state integer, reason text',
        nothing.map(({ id, kind, reason }) => [id, STATE[kind], readable(reason)]),
        `state = n.state, due = NULL, settled = ${literal(now)}, reason = n.reason`,
      ),
    ];
  }
}

/** One UPDATE of many rows; nothing where there are none. */
function update(
  source: number,
  columns: string,
  rows: readonly (readonly (string | number | Buffer | undefined)[])[],
  assignments: string,
): string {
  if (rows.length === 0) return '';
  const types = columns.split(', ').map((column) => column.split(' '));
  const values = rows.map(
    (row) => `(${row.map((value, place) => `${literal(value)}::${types[place]?.[1]}`).join(',')})`,
  );
  return `UPDATE callspan.conversation AS c SET ${assignments} FROM (VALUES ${values.join(',')})
    AS n(${types.map(([name]) => name).join(', ')}) WHERE c.source = ${source} AND c.id = n.id;`;
}

/** So that nobody is in one round twice: what is recorded later of a conversation comes after what was before. */
function rounds(settlements: readonly Settlement[]): Settlement[][] {
  const found: Settlement[][] = [];
  const times = new Map<string, number>();
  for (const settlement of settlements) {
    const nth = times.get(settlement.id) ?? 0;
    times.set(settlement.id, nth + 1);
    found[nth] ??= [];
    found[nth].push(settlement);
  }
  return found;
}
