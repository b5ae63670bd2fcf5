import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from 'pg';
import type { Clock } from '../../time/clock.ts';
import type { Hold } from '../contract.ts';
import { LedgerError } from '../errors.ts';
import type { Holder } from '../records.ts';
import { type Database, hangUp, type Query, type Row, SCHEMA } from './database.ts';

/** A lease that is not renewed for so long is over, by the server's clock, in milliseconds. */
const LIFETIME = 10_000;
const RENEWAL = 3_000;
/** So long before that whoever holds it stops sending: the collector knows nothing of leases. In milliseconds. */
const MARGIN = 2_000;
/** A renewal that is not answered for so long is tried again on another connection, in milliseconds. */
const ANSWER = 2_000;

/**
 * The right to change a ledger that several replicas share: one process at a time has it, for as long as it renews it.
 * Its time is the server's, because the clocks of two machines differ; only how long ago the latest renewal was sent is
 * told by this process' own monotonic clock. The row is never deleted: its epoch must not begin anew, or the fence of
 * one that had it long ago would fit.
 */
export class Lease implements Hold {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #name: string;
  /** Of this start of this process: one that is started again under the same name does not inherit. */
  readonly #holder = randomUUID();
  readonly #renewing = new AbortController();
  readonly #lost = new AbortController();
  /** Unix milliseconds, for people. */
  readonly #since: number;
  #epoch = 0;
  /** Until no renewal is under way any more, and its connection is closed. */
  #keeping: Promise<void> | undefined;
  #deadline = 0;
  /** A connection of its own: one that waits for its turn in a pool loses the lease. */
  #connection: Client | undefined;

  private constructor(database: Database, clock: Clock, name: string) {
    this.#database = database;
    this.#clock = clock;
    this.#name = name;
    this.#since = Math.round(clock.now());
  }

  /** Takes the lease, if nobody has it. @returns who has it. */
  static async acquire(database: Database, clock: Clock, name: string): Promise<Lease | Holder> {
    const lease = new Lease(database, clock, name);
    // A look first: an INSERT that does nothing locks the row all the same, and its holder has to wait.
    const held = await Lease.holder(database, name);
    if (held !== undefined) return held;
    const sent = performance.now();
    const epoch = await lease.#take();
    if (epoch === undefined) {
      const faster = await Lease.holder(database, name);
      if (faster !== undefined) return faster;
      return await Lease.acquire(database, clock, name);
    }
    lease.#epoch = epoch;
    lease.#deadline = sent + LIFETIME - MARGIN;
    database.fence = (query) => lease.#check(query);
    lease.#keep();
    return lease;
  }

  /** Who holds it now, by the server's clock. */
  static async holder(database: Database, name: string): Promise<Holder | undefined> {
    const row = await database.get(
      'SELECT pid, host, since FROM lease WHERE name = $1 AND holder IS NOT NULL AND until >= clock_timestamp()',
      name,
    );
    return row && toHolder(row);
  }

  /** Aborted, with the reason, when the lease could not be kept: nothing may be sent that cannot be recorded. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws LedgerError past the time up to which it is certain that nobody else has it. */
  expectCurrent(): void {
    if (this.#lost.signal.aborted) throw this.#lost.signal.reason;
    if (performance.now() > this.#deadline) throw this.#taken('this one could not renew its lease in time');
  }

  /** Gives it back. */
  async release(): Promise<void> {
    this.#renewing.abort();
    this.#database.fence = undefined;
    if (this.#connection) await hangUp(this.#connection);
    await this.#keeping;
    if (this.#lost.signal.aborted) return;
    await this.#database.transaction((query) =>
      query('UPDATE lease SET holder = NULL WHERE name = $1 AND holder = $2 AND epoch = $3', [
        ...[this.#name, this.#holder, this.#epoch],
      ]),
    );
  }

  async #take(): Promise<number | undefined> {
    return await this.#database.transaction(async (query) => {
      const [row] = await query(
        `INSERT INTO lease AS l (name, holder, epoch, until, pid, host, since)
         VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 ms', $4, $5, $6)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, until = excluded.until,
           pid = excluded.pid, host = excluded.host, since = excluded.since
         WHERE l.holder IS NULL OR l.until < clock_timestamp() RETURNING epoch`,
        [this.#name, this.#holder, LIFETIME, process.pid, hostname(), this.#since],
      );
      if (row === undefined) return undefined;
      // Waits for a transaction of the old holder that is open still.
      await query(
        'INSERT INTO fence VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch',
        [this.#name, row.epoch],
      );
      return Number(row.epoch);
    });
  }

  /**
   * The first statement of every transaction that writes. It locks the row against whoever takes over: a look alone
   * would let an old holder commit after a new one.
   */
  async #check(query: Query): Promise<void> {
    const rows = await query('SELECT 1 FROM fence WHERE name = $1 AND epoch = $2 FOR SHARE', [
      this.#name,
      this.#epoch,
    ]);
    if (rows.length === 0)
      throw this.#taken('this one stood still, or could not reach the server, for too long');
  }

  #keep(): void {
    const renew = async () => {
      for (;;) {
        await this.#clock.sleep(RENEWAL, this.#renewing.signal);
        await this.#renew();
      }
    };
    this.#keeping = renew()
      .catch((error: unknown) => {
        if (!this.#renewing.signal.aborted) this.#lost.abort(error);
      })
      // A renewal that was under way may have connected anew.
      .then(() => this.#connection && hangUp(this.#connection));
  }

  /** Tries until it is certain that somebody else may have it. */
  async #renew(): Promise<void> {
    for (;;) {
      const sent = performance.now();
      try {
        this.#connection ??= await this.#database.connect({
          query_timeout: ANSWER,
          connectionTimeoutMillis: ANSWER,
        });
        const { rowCount } = await this.#connection.query(
          `UPDATE ${SCHEMA}.lease SET until = clock_timestamp() + $1 * interval '1 ms'
           WHERE name = $2 AND holder = $3 AND epoch = $4`,
          [LIFETIME, this.#name, this.#holder, this.#epoch],
        );
        if (rowCount !== 1) throw this.#taken('this one stood still for too long');
        this.#deadline = sent + LIFETIME - MARGIN;
        return;
      } catch (error) {
        if (this.#connection) await hangUp(this.#connection);
        this.#connection = undefined;
        if (error instanceof LedgerError && error.message.startsWith('Another')) throw error;
        if (this.#renewing.signal.aborted || performance.now() > this.#deadline) throw error;
        await this.#clock.sleep(RENEWAL / 6, this.#renewing.signal);
      }
    }
  }

  #taken(why: string): LedgerError {
    return new LedgerError(
      `Another callspan has taken over the ledger ${this.#database.where}, or may have: ${why}. Nothing more was recorded.`,
      { isPassing: true },
    );
  }
}

function toHolder({ pid, host, since }: Row): Holder {
  return { pid: Number(pid), host: String(host), since: Number(since) };
}
