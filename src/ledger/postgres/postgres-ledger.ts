import { hostname } from 'node:os';
import type { Provider } from '../../conversation.ts';
import type { Series } from '../../metrics/series.ts';
import type { Clock } from '../../time/clock.ts';
import type { Hold, Ledger, Numbers, Share } from '../contract.ts';
import { LedgerError } from '../errors.ts';
import { expectSettled } from '../portable.ts';
import type { Holder, Settlement } from '../records.ts';
import { Attempts } from './attempts.ts';
import { Client } from './client.ts';
import { CommandRows } from './commands.ts';
import { ConversationRows } from './conversations.ts';
import { Database, PATIENCE } from './database.ts';
import { InboxRows } from './inbox.ts';
import { Leases, leaseOf, METRICS } from './leases.ts';
import { expectVersion, migrate } from './migrate.ts';
import { PortableRows } from './portable-rows.ts';
import { Recording } from './recording.ts';
import { SeriesRows } from './series.ts';
import { Sharing } from './sharing.ts';
import { SourceRows } from './sources.ts';
import { SummaryRows } from './summaries.ts';
import { tellNumbers } from './telling.ts';

/** A renewal that is not answered for so long is tried again on another connection, in milliseconds. */
const RENEWAL_PATIENCE = 2_000;
/** How long the server is tried again by whoever ends, in milliseconds. */
const GOODBYE = 1_000;
/** How long somebody who wants the whole ledger waits for one lease after the other, in milliseconds. */
const LOOK = 250;

/** A ledger in a PostgreSQL database, which several processes may share: each has sources of its own. */
export class PostgresLedger implements Ledger {
  readonly instance: string;
  /** This process, among those that share the ledger. */
  readonly teller: string;
  readonly conversations: ConversationRows;
  readonly sources: SourceRows;
  readonly commands: CommandRows;
  readonly summaries: SummaryRows;
  readonly inbox: InboxRows;
  readonly portable: PortableRows;
  readonly #database: Database;
  readonly #renewals: Client;
  readonly #leases: Leases;
  readonly #series: SeriesRows;
  readonly #attempts: Attempts;
  readonly #recording: Recording;

  private constructor(database: Database, renewals: Client, instance: string) {
    this.instance = instance;
    this.teller = `${instance} ${hostname()} ${process.pid}`;
    this.#database = database;
    this.#renewals = renewals;
    this.#leases = new Leases(database, renewals);
    database.right = (source) => this.#leases.right(source);
    this.#series = new SeriesRows(database);
    this.#attempts = new Attempts(database, this.#leases.holder);
    this.summaries = new SummaryRows(database);
    this.inbox = new InboxRows(database);
    this.portable = new PortableRows(database);
    this.#recording = new Recording(database, this.#series, this.summaries, this.inbox);
    this.conversations = new ConversationRows(database, this.#attempts);
    this.sources = new SourceRows(database, this.#series);
    this.commands = new CommandRows(
      database,
      () => !this.#leases.hasJoined || this.#leases.isWhole,
      () => this.#leases.epochOf(METRICS) !== undefined,
    );
  }

  /** @throws ConfigError where the URL cannot be used; LedgerError where the ledger cannot. */
  static async open(
    url: string,
    { readOnly = false, moving = false }: { readOnly?: boolean; moving?: boolean } = {},
  ): Promise<PostgresLedger> {
    const database = new Database(new Client(url));
    const renewals = new Client(url, { connections: 1, patience: RENEWAL_PATIENCE });
    try {
      await database.persist(() => (readOnly ? expectVersion(database.client) : migrate(database.client)));
      const { rows } = await database.query('SELECT key, value FROM callspan.ledger');
      const kept = new Map(rows.map(({ key, value }) => [String(key), String(value)]));
      const instance = kept.get('instance');
      if (instance === undefined) throw new LedgerError(`The ledger at ${database.where} has no instance.`);
      if (!moving) expectSettled(kept, `at ${database.where}`);
      database.wasUsable = true;
      return new PostgresLedger(database, renewals, instance);
    } catch (error) {
      await Promise.all([database.close(), renewals.close()]);
      throw error;
    }
  }

  async source(name: string, provider: Provider): Promise<number> {
    const source = await this.sources.register(name, provider);
    if (this.#leases.isWhole && this.#leases.hasJoined) await this.#leases.acquire(leaseOf(source), source);
    return source;
  }

  async record(settlements: readonly Settlement[], now: number): Promise<void> {
    await this.#recording.record(settlements, now);
  }

  async series(): Promise<readonly Series[]> {
    return await this.#series.all();
  }

  async numbers(): Promise<Numbers | undefined> {
    const epoch = this.#leases.epochOf(METRICS);
    if (epoch === undefined && this.#leases.hasJoined) return undefined;
    const until = epoch === undefined ? undefined : this.#leases.lossOf(METRICS);
    const numbers = await tellNumbers(this.#database, epoch);
    return numbers === undefined || until === undefined ? numbers : { ...numbers, until };
  }

  async prove(now: number): Promise<void> {
    this.#leases.check();
    const { holder } = this.#leases;
    const sql = this.#leases.hasJoined
      ? 'UPDATE callspan.replica SET leaving = leaving WHERE holder = $1'
      : `INSERT INTO callspan.ledger VALUES ('proved', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
    const value = this.#leases.hasJoined ? holder : new Date(now).toISOString();
    await this.#database.persist(() =>
      this.#database.transaction('SET LOCAL synchronous_commit = on', (session) => session.query(sql, value)),
    );
  }

  async check(source?: number): Promise<void> {
    this.#leases.check(source);
  }

  async holder(): Promise<Holder | undefined> {
    const { rows } = await this.#database.query(
      `SELECT pid, host, floor(extract(epoch FROM since) * 1000)::bigint AS since FROM callspan.replica
       WHERE until > clock_timestamp() ORDER BY since LIMIT 1`,
    );
    const [row] = rows;
    return row && { pid: Number(row.pid), host: String(row.host), since: Number(row.since) };
  }

  async hold(clock: Clock, signal: AbortSignal): Promise<Hold> {
    await this.#leases.join(true, clock, signal);
    try {
      const sources = (await this.sources.all()).map(({ id }) => id);
      for (const source of sources) {
        // What is left of somebody who died expires by itself.
        while (!(await this.#leases.acquire(leaseOf(source), source))) await clock.sleep(LOOK, signal);
      }
      while (!(await this.#leases.acquire(METRICS, undefined))) await clock.sleep(LOOK, signal);
      await this.prove(clock.now());
    } catch (error) {
      await this.#leases.part();
      throw error;
    }
    return { lost: this.#leases.lost };
  }

  async share(clock: Clock, signal: AbortSignal): Promise<Share> {
    return await Sharing.begin(this.#database, this.#leases, this.#attempts, clock, signal);
  }

  async release(): Promise<void> {
    if (!this.#leases.hasJoined) return;
    // Not for long: where the server is away the leases are over by themselves, and who stops is waited for.
    this.#database.patience = GOODBYE;
    try {
      await this.#attempts.endAll();
      await this.#leases.part();
    } catch (error) {
      if (!(error instanceof LedgerError && error.isPassing)) throw error;
    } finally {
      this.#leases.stop();
      this.#database.patience = PATIENCE;
    }
  }

  /** The server looks after its own pages: `data_checksums` finds what a disk has changed. */
  async inspect(): Promise<{ readonly rows: number; readonly isEnd: boolean }> {
    return { rows: 0, isEnd: true };
  }

  async size(): Promise<number> {
    const { rows } = await this.#database.query(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS size FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'callspan' AND c.relkind = 'r'`,
    );
    return Number(rows[0]?.size);
  }

  async close(): Promise<void> {
    await Promise.all([this.#database.close(), this.#renewals.close()]);
  }
}
