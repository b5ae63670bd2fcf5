import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../http/clock.ts';
import type { Database } from './database.ts';
import { LedgerError } from './errors.ts';

/** A holder that has not renewed its lease for so long is gone, in milliseconds. */
const LIFETIME = 10_000;
const RENEWAL = 3_000;
/** How often somebody who wants the lease looks whether it is still renewed. */
const LOOK = 250;

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Unix milliseconds. */
  readonly since: number;
}

interface LeaseRow extends Holder {
  readonly holder: string;
  readonly renewed: number;
}

/**
 * The right to change a ledger: one process at a time has it. It lives in the ledger, and a killed process does not
 * keep it for long. Whoever has lost it finds that out before it writes anything.
 */
export class Lease {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #id = randomUUID();
  readonly #renewing = new AbortController();
  readonly #lost = new AbortController();

  private constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Takes the lease, waiting for one whose holder may have died: a living one renews it within seconds.
   * @returns who holds it, where that one lives.
   */
  static async acquire(database: Database, clock: Clock, signal: AbortSignal): Promise<Lease | Holder> {
    const lease = new Lease(database, clock);
    let last: LeaseRow | undefined;
    for (;;) {
      const holder = lease.#take();
      if (holder === undefined) {
        database.fence = () => lease.#check();
        lease.#keep();
        return lease;
      }
      if (last?.holder === holder.holder && last.renewed !== holder.renewed) return holder;
      last = holder;
      await clock.sleep(LOOK, signal);
    }
  }

  /** Who holds the lease now, if anybody does. */
  static holder(database: Database, clock: Clock): Holder | undefined {
    const row = readLease(database);
    return row === undefined || isOver(row, clock.now()) ? undefined : row;
  }

  /** Aborted, with the reason, when the lease could not be kept: nothing may be sent that cannot be recorded. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Gives it back. */
  release(): void {
    this.#renewing.abort();
    this.#database.fence = undefined;
    this.#database.run('DELETE FROM lease WHERE holder = ?', this.#id);
  }

  /** @returns the holder, where there is one. */
  #take(): LeaseRow | undefined {
    return this.#database.transaction(() => {
      const now = this.#clock.now();
      const row = readLease(this.#database);
      if (row !== undefined && !isOver(row, now)) return row;
      this.#database.run(
        `INSERT INTO lease (one, holder, pid, host, since, renewed) VALUES (1, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET holder = excluded.holder, pid = excluded.pid, host = excluded.host,
           since = excluded.since, renewed = excluded.renewed`,
        ...[this.#id, process.pid, hostname(), now, now],
      );
      return undefined;
    });
  }

  #keep(): void {
    const renew = async () => {
      for (;;) {
        await this.#clock.sleep(RENEWAL, this.#renewing.signal);
        this.#database.transaction(() =>
          this.#database.run('UPDATE lease SET renewed = ? WHERE holder = ?', this.#clock.now(), this.#id),
        );
      }
    };
    renew().catch((error: unknown) => {
      if (!this.#renewing.signal.aborted) this.#lost.abort(error);
    });
  }

  #check(): void {
    const row = this.#database.get('SELECT holder FROM lease WHERE one = 1');
    if (row?.holder === this.#id) return;
    throw new LedgerError(
      `Another callspan has taken over the ledger ${this.#database.file}: this one slept too long or its clock jumped. Nothing was recorded.`,
    );
  }
}

function readLease(database: Database): LeaseRow | undefined {
  const row = database.get('SELECT * FROM lease WHERE one = 1');
  if (row === undefined) return undefined;
  const { holder, pid, host, since, renewed } = row;
  return {
    holder: String(holder),
    pid: Number(pid),
    host: String(host),
    since: Number(since),
    renewed: Number(renewed),
  };
}

/** Not renewed for long (or, after a jump of the clock, from the future), or held by a process that is not there. */
function isOver({ renewed, pid, host }: LeaseRow, now: number): boolean {
  if (Math.abs(now - renewed) > LIFETIME) return true;
  // In a container that was started anew the dead holder has our own number.
  return host === hostname() && (pid === process.pid || !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
