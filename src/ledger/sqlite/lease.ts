import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Clock } from '../../time/clock.ts';
import type { Hold } from '../contract.ts';
import { LedgerError } from '../errors.ts';
import type { Holder } from '../records.ts';
import type { Database } from './database.ts';

/** A holder that has not renewed its lease for so long is gone, in milliseconds. */
const LIFETIME = 10_000;
const RENEWAL = 3_000;
/** A living holder renews its lease at least once in this time, in milliseconds. */
const SIGN_OF_LIFE = RENEWAL + 2_000;
/** How often somebody who wants the lease looks whether it is still renewed. */
const LOOK = 250;

interface LeaseRow extends Holder {
  readonly holder: string;
  readonly renewed: number;
}

/**
 * The right to change a ledger: one process at a time has it. It lives in the ledger, and a killed process does not
 * keep it for long. Whoever has lost it finds that out before it writes anything.
 */
export class Lease implements Hold {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #id = `${processSpace()} ${randomUUID()}`;
  readonly #renewing = new AbortController();
  readonly #lost = new AbortController();

  private constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Takes the lease. Where somebody has it, watches whether that one lives: only what is seen to stand still counts,
   * for two machines' clocks may differ, and ours may have been set.
   * @returns who holds it, where that one lives.
   */
  static async acquire(database: Database, clock: Clock, signal: AbortSignal): Promise<Lease | Holder> {
    const lease = new Lease(database, clock);
    let watched: LeaseRow | undefined;
    let waited = 0;
    for (;;) {
      const isStill = (row: LeaseRow) => row.holder === watched?.holder && row.renewed === watched.renewed;
      const holder = lease.#take(
        (row) => isDead(row) || (isStill(row) && waited >= patience(row, clock.now())),
      );
      if (holder === undefined) {
        database.fence = () => lease.check();
        lease.#keep();
        return lease;
      }
      if (watched?.holder === holder.holder) {
        if (watched.renewed !== holder.renewed) return holder;
      } else {
        waited = 0;
      }
      watched = holder;
      await clock.sleep(LOOK, signal);
      waited += LOOK;
    }
  }

  /**
   * Who holds the lease now, as far as a look at it tells.
   * @param own the lease of whoever asks, if that one has it.
   */
  static holder(database: Database, clock: Clock, own: Lease | undefined): Holder | undefined {
    const row = readLease(database);
    if (row === undefined || (own !== undefined && row.holder === own.#id)) return row;
    return isDead(row) || isOld(row, clock.now()) ? undefined : row;
  }

  /** Aborted, with the reason, when the lease could not be kept: nothing may be sent that cannot be recorded. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws LedgerError where somebody else has taken it meanwhile. */
  check(): void {
    const row = this.#database.get('SELECT holder FROM lease WHERE one = 1');
    if (row?.holder === this.#id) return;
    throw new LedgerError(
      `Another callspan has taken over the ledger ${this.#database.file.name}: this one slept too long or its clock jumped. Nothing more was recorded.`,
    );
  }

  /** Gives it back. */
  release(): void {
    this.#renewing.abort();
    this.#database.fence = undefined;
    this.#database.run('DELETE FROM lease WHERE holder = ?', this.#id);
  }

  /** @returns the holder, where there is one that is not `over`. */
  #take(over: (row: LeaseRow) => boolean): LeaseRow | undefined {
    return this.#database.transaction(() => {
      const now = this.#clock.now();
      const row = readLease(this.#database);
      if (row !== undefined && !over(row)) return row;
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
        this.#database.run('UPDATE lease SET renewed = ? WHERE holder = ?', this.#clock.now(), this.#id);
      }
    };
    renew().catch((error: unknown) => {
      if (!this.#renewing.signal.aborted) this.#lost.abort(error);
    });
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

/** How long a lease has to stand still before it is over: not so long where it looks old already. */
function patience(row: LeaseRow, now: number): number {
  return isOld(row, now) ? SIGN_OF_LIFE : LIFETIME;
}

/** Not renewed for long, or after a jump of the clock from the future. */
function isOld({ renewed }: LeaseRow, now: number): boolean {
  return Math.abs(now - renewed) > LIFETIME;
}

/** Held by a process that is surely not there any more, where we can see the same processes as it. */
function isDead({ holder, host, pid }: LeaseRow): boolean {
  if (host !== hostname() || !holder.startsWith(`${processSpace()} `)) return false;
  return pid === process.pid || !isAlive(pid);
}

/**
 * Which processes this one can see: containers of one host name number theirs each for itself, and there our own
 * number, or one that is not there, says nothing of another container's process.
 */
function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has such spaces; elsewhere all processes of a host see each other.
    return 'host';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
