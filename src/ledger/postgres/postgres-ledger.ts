import type { Provider } from '../../conversation.ts';
import { crashPoint } from '../../crash-point.ts';
import type { Series } from '../../metrics/series.ts';
import type { Clock } from '../../time/clock.ts';
import type { Hold, Ledger } from '../contract.ts';
import { HeldError, LedgerError } from '../errors.ts';
import type { Holder, Settlement } from '../records.ts';
import { Attempts } from './attempts.ts';
import { CommandRows } from './commands.ts';
import { ConversationRows } from './conversations.ts';
import type { Database, Query } from './database.ts';
import { InboxRows } from './inbox.ts';
import { Lease } from './lease.ts';
import { migrate, VERSION, versionOf } from './schema.ts';
import { SeriesRows } from './series.ts';
import { settle } from './settlements.ts';
import { SourceRows } from './sources.ts';
import { SummaryRows } from './summaries.ts';

/** The lease of everything: one process at a time is the bridge, the others stand by. */
const WHOLE = 'ledger';

/** A ledger on a PostgreSQL server: several replicas share it, and none of them has anything on its own disk. */
export class PostgresLedger implements Ledger {
  readonly instance: string;
  readonly conversations: ConversationRows;
  readonly sources: SourceRows;
  readonly commands: CommandRows;
  readonly summaries: SummaryRows;
  readonly inbox: InboxRows;
  readonly #database: Database;
  readonly #series: SeriesRows;
  readonly #attempts: Attempts;
  #lease: Lease | undefined;

  private constructor(database: Database, instance: string) {
    this.#database = database;
    this.instance = instance;
    this.#series = new SeriesRows(database);
    this.#attempts = new Attempts(database);
    this.summaries = new SummaryRows(database);
    this.inbox = new InboxRows(database, this.#series);
    this.conversations = new ConversationRows(database, this.#series, this.#attempts);
    this.sources = new SourceRows(database, this.#series);
    this.commands = new CommandRows(database);
  }

  /**
   * Opens it, and brings its schema up to date where it may.
   * @throws LedgerError where the server cannot be reached or used, or its schema is newer than this program.
   */
  static async open(
    database: Database,
    { readOnly = false }: { readOnly?: boolean },
  ): Promise<PostgresLedger> {
    try {
      if (!readOnly) await database.transaction(migrate);
      await database.transaction((query) => expectVersion(query, database.where));
      const row = await database.get(`SELECT value FROM ledger WHERE key = 'instance'`);
      if (row === undefined) throw new LedgerError(`The ledger ${database.where} has no identity.`);
      return new PostgresLedger(database, String(row.value));
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async source(name: string, provider: Provider): Promise<number> {
    return await this.sources.register(name, provider);
  }

  /**
   * In the order in which every transaction locks: conversations in that of their ids, series last. Where the answer to
   * the COMMIT is lost, what is in memory is forgotten: done again, it counts only what is not in already.
   */
  async record(settlements: readonly Settlement[], now: number): Promise<void> {
    const waves = wavesOf(settlements);
    let isFirstTry = true;
    try {
      await this.#database.transaction(async (query) => {
        // What is in memory is what is on the server only where nobody else may write, and nothing was undone.
        if (!isFirstTry || this.#lease === undefined) this.#series.forget();
        isFirstTry = false;
        for (const wave of waves) await this.#recordWave(query, wave, now);
        await this.#series.save(query);
        crashPoint('during-record');
      });
    } catch (error) {
      this.#series.forget();
      throw error;
    }
  }

  async #recordWave(query: Query, wave: readonly Settlement[], now: number): Promise<void> {
    const firsts = await this.#firstsOf(query, wave);
    for (const settlement of wave) {
      if (settlement.kind !== 'delivered' || !firsts.has(keyOf(settlement))) continue;
      await this.#series.add(query, settlement.observations, now);
    }
    await this.summaries.keep(query, wave);
    await this.#attempts.over(query, wave);
    await settle(query, wave, now);
    await this.inbox.settled(query, wave, now);
  }

  /** Locks the rows, and finds those of which nothing was delivered or counted before. */
  async #firstsOf(query: Query, wave: readonly Settlement[]): Promise<Set<string>> {
    const firsts = new Set<string>();
    const sources = [...new Set(wave.map(({ source }) => source))].sort((one, other) => one - other);
    for (const source of sources) {
      const ids = wave.filter((one) => one.source === source).map(({ id }) => id);
      const rows = await query(
        `SELECT id, spans IS NOT NULL AS sent FROM conversation WHERE source = $1 AND id = ANY($2::text[])
         ORDER BY id FOR NO KEY UPDATE`,
        [source, ids],
      );
      const known = new Map(rows.map(({ id, sent }) => [String(id), sent]));
      const missing = ids.find((id) => !known.has(id));
      if (missing !== undefined) {
        throw new Error(`The ledger has no conversation ${missing} to record an outcome of.`);
      }
      const unsent = ids.filter((id) => known.get(id) === false);
      const counted =
        unsent.length === 0 ? new Set() : await this.#series.countedAmong(query, source, unsent);
      for (const id of unsent) if (!counted.has(id)) firsts.add(keyOf({ source, id }));
    }
    return firsts;
  }

  async series(): Promise<readonly Series[]> {
    return await this.#series.all();
  }

  async prove(now: number): Promise<void> {
    await this.#database.transaction((query) =>
      query(
        `INSERT INTO ledger (key, value) VALUES ('proved', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [new Date(now).toISOString()],
      ),
    );
  }

  async check(): Promise<void> {
    this.#lease?.expectCurrent();
  }

  async holder(): Promise<Holder | undefined> {
    return await Lease.holder(this.#database, WHOLE);
  }

  async hold(clock: Clock, signal: AbortSignal): Promise<Hold> {
    signal.throwIfAborted();
    const lease = await Lease.acquire(this.#database, clock, WHOLE);
    if (!(lease instanceof Lease)) throw new HeldError(this.#database.where, lease);
    // Somebody else may have counted meanwhile.
    this.#series.forget();
    this.#lease = lease;
    try {
      await this.prove(clock.now());
      await this.#attempts.judge();
    } catch (error) {
      await this.release();
      throw error;
    }
    return lease;
  }

  async release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    try {
      if (!lease.lost.aborted) await this.#attempts.endAll();
    } finally {
      // Also where the server is away: a lease that went on being renewed would keep out its own process.
      await lease.release();
    }
  }

  /** The server finds damage by checksums of its own, where it was set up with them. */
  async inspect(): Promise<{ readonly rows: number; readonly isEnd: boolean }> {
    return { rows: 0, isEnd: true };
  }

  async size(): Promise<number> {
    const row = await this.#database.get(
      `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint AS size FROM pg_class
       WHERE relnamespace = 'callspan'::regnamespace AND relkind = 'r'`,
    );
    return Number(row?.size);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

async function expectVersion(query: Query, where: string): Promise<void> {
  const version = await versionOf(query);
  if (version > VERSION) {
    throw new LedgerError(
      `The ledger ${where} was written by a newer callspan (its version is ${version}, this program knows ${VERSION}); run that version.`,
    );
  }
  if (version < VERSION) {
    throw new LedgerError(
      `The ledger ${where} was written by an older callspan or was never finished; start the bridge on it once.`,
    );
  }
}

/** Settlements in groups, in their order, so that no group has two of one conversation. */
function wavesOf(settlements: readonly Settlement[]): Settlement[][] {
  const waves: { readonly keys: Set<string>; readonly members: Settlement[] }[] = [];
  for (const settlement of settlements) {
    const key = keyOf(settlement);
    // Behind the last group that has one of it already.
    const place = waves.findLastIndex(({ keys }) => keys.has(key)) + 1;
    const wave = waves[place] ?? { keys: new Set(), members: [] };
    waves[place] = wave;
    wave.keys.add(key);
    wave.members.push(settlement);
  }
  return waves.map(({ members }) => members);
}

function keyOf({ source, id }: { readonly source: number; readonly id: string }): string {
  return `${source} ${id}`;
}
