import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../time/clock.ts';
import { HeldError, LeaseLostError, type LedgerError } from '../errors.ts';
import type { Holder } from '../records.ts';
import { acquit } from './attempts.ts';
import { type Client, literal, type Session } from './client.ts';
import type { Database, Right } from './database.ts';
import { expectReadable, readVersion } from './migrate.ts';
import { MIGRATIONS } from './schema.ts';
import { isOfDatabase, judge } from './sql-state.ts';
import { LIFETIME, takeOver, UNTIL } from './takeover.ts';

/** How often leases are renewed, in milliseconds. */
const RENEWAL = 3_000;
/** By so much earlier than the database lets others take over this process stops, in milliseconds. */
const MARGIN = 2_000;
/** After a renewal that failed the next is tried so soon, in milliseconds. */
const AGAIN = 500;
/** How often somebody looks who waits for a process that may be dead. */
const LOOK = 250;
/** Two that come, or one that comes and one that wants all, one after the other. `CSPN` + 1. */
const DOOR = 0x4353504f;

/** A lease of this process. */
interface Held {
  readonly epoch: number;
  /** Aborted when it could not be kept. */
  readonly lost: AbortController;
}

export const METRICS = 'metrics';
export const leaseOf = (source: number) => `source:${source}`;

/**
 * The leases of this process: of sources, and of telling the metrics. All are renewed together, over a connection of
 * their own, and judged by the database's clock. Its own deadline is counted from when a renewal was sent, by a clock that
 * nobody sets: past it nothing is sent or written any more, whatever the database says.
 */
export class Leases {
  /** This start of this process: a restarted container must not inherit. */
  readonly holder = `${hostname()} ${process.pid} ${randomUUID()}`;
  readonly #database: Database;
  readonly #client: Client;
  readonly #held = new Map<string, Held>();
  readonly #lostNames = new Set<string>();
  #renewing = new AbortController();
  #joined: AbortController | undefined;
  #deadline = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  isWhole = false;

  /** @param client for renewals alone: a pool that is full must not cost the leases. */
  constructor(database: Database, client: Client) {
    this.#database = database;
    this.#client = client;
  }

  /** Aborted, with the reason, when this process is no replica any more. */
  get lost(): AbortSignal {
    if (this.#joined === undefined) throw new Error('This process has not joined.');
    return this.#joined.signal;
  }

  get hasJoined(): boolean {
    return this.#joined !== undefined && !this.#joined.signal.aborted;
  }

  /** Milliseconds until this process has to stop, unless a renewal succeeds. */
  get left(): number {
    return this.#deadline - performance.now();
  }

  epochOf(name: string): number | undefined {
    return this.#held.get(name)?.epoch;
  }

  /** By which right this process writes a source. @throws LeaseLostError */
  right(source: number): Right {
    const name = leaseOf(source);
    const held = this.#held.get(name);
    if (held !== undefined) {
      if (this.left <= 0) this.#loseAll(this.#tooLate());
      else return { kind: 'held', epoch: held.epoch };
    }
    if (this.#lostNames.has(name)) throw this.#tooLate();
    return { kind: 'free' };
  }

  /** @throws LeaseLostError where nothing may be sent any more: of a source, or at all. */
  check(source?: number): void {
    if (this.#joined === undefined) return;
    if (this.left <= 0) this.#loseAll(this.#tooLate());
    this.#joined.signal.throwIfAborted();
    if (source !== undefined) this.right(source);
  }

  /**
   * Becomes a replica, or with `whole` the only one.
   * @throws HeldError where another has the whole, or there are others; LedgerError
   */
  async join(whole: boolean, clock: Clock, signal: AbortSignal): Promise<void> {
    for (;;) {
      const sent = performance.now();
      const rival = await this.#enter(whole);
      if (rival === undefined) {
        this.isWhole = whole;
        this.#joined = new AbortController();
        this.#renewing = new AbortController();
        this.#lostNames.clear();
        this.#extend(sent);
        this.#keep(this.#joined.signal);
        return;
      }
      if (rival.lives) throw new HeldError(this.#database.where, rival);
      await clock.sleep(LOOK, signal);
    }
  }

  /** @returns who is in the way; one whose time is not over may be dead all the same. */
  async #enter(whole: boolean): Promise<(Holder & { lives: boolean }) | undefined> {
    const watched = await this.#rivals(whole);
    if (watched.length > 0) {
      // Only what is renewed lives. Two looks that far apart see a renewal, unless it is late.
      const before = new Map(watched.map(({ holder, until }) => [holder, until]));
      const began = performance.now();
      while (performance.now() - began < RENEWAL + AGAIN) {
        await sleep(LOOK);
        const now = await this.#rivals(whole);
        const moved = now.find(({ holder, until }) => until !== before.get(holder));
        if (moved !== undefined) return { ...moved, lives: true };
        if (now.length === 0) break;
      }
    }
    return await this.#database.persist(() =>
      this.#database.transaction(`SELECT pg_advisory_xact_lock(${DOOR})`, async (session) => {
        const [rival] = await rivals(session, whole, this.holder);
        if (rival !== undefined) return { ...rival, lives: false };
        await acquit(session, this.holder);
        await session.query(
          `INSERT INTO callspan.replica (holder, pid, host, since, until, whole)
             VALUES ($1, $2, $3, clock_timestamp(), ${UNTIL}, $4)
           ON CONFLICT (holder) DO UPDATE SET until = excluded.until, since = excluded.since, whole = excluded.whole,
             leaving = false, judged = false`,
          ...[this.holder, process.pid, hostname(), whole],
        );
        await session.query(
          `DELETE FROM callspan.replica AS r WHERE until < clock_timestamp() - interval '1 hour'
             AND NOT EXISTS (SELECT 1 FROM callspan.attempt AS a WHERE a.holder = r.holder)
             AND NOT EXISTS (SELECT 1 FROM callspan.lease AS l WHERE l.holder = r.holder)`,
        );
        return undefined;
      }),
    );
  }

  async #rivals(whole: boolean): Promise<Rival[]> {
    return await this.#database.persist(() =>
      this.#database.client.session((session) => rivals(session, whole, this.holder)),
    );
  }

  /**
   * Takes a lease that nobody has, or whose holder is gone. Waits for what that one has under way in the database.
   * @returns whether it is this process's now.
   */
  async acquire(name: string, source: number | undefined): Promise<boolean> {
    if (this.#held.has(name)) return true;
    const seen = await this.#database.query(
      'SELECT 1 FROM callspan.lease WHERE name = $1 AND holder <> $2 AND until >= clock_timestamp()',
      ...[name, this.holder],
    );
    if (seen.count > 0) return false;
    const generation = this.#joined;
    const epoch = await takeOver(this.#database, this.holder, name, source);
    if (epoch === undefined || generation === undefined || generation.signal.aborted) return false;
    this.#lostNames.delete(name);
    this.#held.set(name, { epoch, lost: new AbortController() });
    return true;
  }

  /** Aborted, with the reason, when a lease that this process has could not be kept. */
  lossOf(name: string): AbortSignal {
    const held = this.#held.get(name);
    if (held === undefined) throw new Error(`This process does not have the lease ${name}.`);
    return held.lost.signal;
  }

  /** Gives a lease back. The row stays: its epoch must never begin again. */
  async release(name: string): Promise<void> {
    const held = this.#held.get(name);
    if (held === undefined) return;
    this.#held.delete(name);
    await this.#database.query(
      'UPDATE callspan.lease SET holder = NULL WHERE name = $1 AND holder = $2 AND epoch = $3',
      ...[name, this.holder, held.epoch],
    );
  }

  /** From now on others count this process out, although it still has to end what it has begun. */
  async leave(): Promise<void> {
    await this.#database.query('UPDATE callspan.replica SET leaving = true WHERE holder = $1', this.holder);
  }

  /** Ends being a replica, and gives back what it has. */
  async part(): Promise<void> {
    const hadJoined = this.hasJoined;
    this.stop();
    if (!hadJoined) return;
    const own = literal(this.holder);
    await this.#database.script(
      `BEGIN; UPDATE callspan.lease SET holder = NULL WHERE holder = ${own};
       DELETE FROM callspan.replica WHERE holder = ${own}; COMMIT`,
    );
  }

  /** Renews nothing any more, whatever becomes of the rows. */
  stop(): void {
    this.#renewing.abort();
    clearTimeout(this.#timer);
    this.#joined = undefined;
    this.#held.clear();
  }

  #keep(over: AbortSignal): void {
    const end = AbortSignal.any([over, this.#renewing.signal]);
    const renew = async () => {
      let pause = RENEWAL;
      while (!end.aborted) {
        await sleep(pause, undefined, { signal: end }).catch(() => undefined);
        if (end.aborted) return;
        const sent = performance.now();
        try {
          await this.#renew(end);
          this.#extend(sent);
          pause = RENEWAL;
        } catch (error) {
          if (end.aborted) return;
          if (!isOfDatabase(error) || judge(error).remedy === 'schema') throw error;
          pause = AGAIN;
        }
      }
    };
    renew().catch((error: unknown) => this.#loseAll(error));
  }

  async #renew(end: AbortSignal): Promise<void> {
    const mine = [...this.#held.keys()];
    const { rows, version } = await this.#client.session(async (session) => ({
      ...(await session.query(
        `WITH r AS (UPDATE callspan.replica SET until = ${UNTIL} WHERE holder = $1 AND until > clock_timestamp() RETURNING 1),
           l AS (UPDATE callspan.lease SET until = ${UNTIL} WHERE holder = $1 AND EXISTS (SELECT 1 FROM r) RETURNING name)
         SELECT (SELECT count(*) FROM r) AS alive, (SELECT array_agg(name) FROM l) AS names`,
        this.holder,
      )),
      version: await readVersion(session),
    }));
    if (end.aborted) return;
    if (version !== undefined) expectReadable(this.#database.where, version, MIGRATIONS.length);
    if (Number(rows[0]?.alive) !== 1) throw this.#tooLate();
    const kept = new Set((rows[0]?.names as string[] | null) ?? []);
    for (const name of mine) if (!kept.has(name) && this.#held.has(name)) this.#lose(name, this.#tooLate());
  }

  #extend(sent: number): void {
    this.#deadline = sent + LIFETIME - MARGIN;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#loseAll(this.#tooLate()), Math.max(0, this.left));
    this.#timer.unref();
  }

  #lose(name: string, reason: unknown): void {
    const held = this.#held.get(name);
    this.#held.delete(name);
    this.#lostNames.add(name);
    held?.lost.abort(reason);
  }

  #loseAll(reason: unknown): void {
    clearTimeout(this.#timer);
    for (const name of [...this.#held.keys()]) this.#lose(name, reason);
    this.#joined?.abort(reason);
  }

  #tooLate(): LedgerError {
    return new LeaseLostError(
      `The leases on the ledger at ${this.#database.where} could not be renewed in time: this callspan stood still for too long, or the ledger was away. Nothing more is sent or recorded.`,
    );
  }
}

interface Rival extends Holder {
  readonly holder: string;
  readonly until: string;
}

/** Others that are in the way: with `whole` all, else whoever has the whole. */
async function rivals(session: Session, whole: boolean, self: string): Promise<Rival[]> {
  const { rows } = await session.query(
    `SELECT holder, pid, host, until::text, floor(extract(epoch FROM since) * 1000)::bigint AS since
     FROM callspan.replica WHERE until > clock_timestamp() AND holder <> $1 AND (whole OR $2) ORDER BY since`,
    ...[self, whole],
  );
  return rows.map((row) => ({
    holder: String(row.holder),
    until: String(row.until),
    pid: Number(row.pid),
    host: String(row.host),
    since: Number(row.since),
  }));
}
