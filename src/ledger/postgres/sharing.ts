import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from '../../time/abort.ts';
import { backOff } from '../../time/back-off.ts';
import type { Clock } from '../../time/clock.ts';
import type { Share, ShareTold } from '../contract.ts';
import { LeaseLostError, LedgerAwayError, LedgerError } from '../errors.ts';
import type { Attempts } from './attempts.ts';
import type { Database } from './database.ts';
import { type Leases, leaseOf, METRICS } from './leases.ts';
import { ledgerError } from './sqlstate.ts';

/** How often it is looked what is to be taken or given, in milliseconds, and by how much more or less. */
const LOOK = 1_000;
const JITTER = 0.3;
/** The longest pause while the ledger is away. */
const LONGEST_PAUSE = 5_000;

/** A source's time with this process. */
interface Tenure {
  readonly end: AbortController;
  readonly since: number;
  readonly over: Promise<void>;
}

/** This process as one of several: it takes its share of the sources, and gives away what is more than that. */
export class Sharing implements Share {
  readonly #database: Database;
  readonly #leases: Leases;
  readonly #attempts: Attempts;
  readonly #clock: Clock;
  readonly #tenures = new Map<number, Tenure>();
  #failure: unknown;

  private constructor(database: Database, leases: Leases, attempts: Attempts, clock: Clock) {
    this.#database = database;
    this.#leases = leases;
    this.#attempts = attempts;
    this.#clock = clock;
  }

  /** @throws HeldError where another process has the whole ledger; LedgerError */
  static async begin(
    database: Database,
    leases: Leases,
    attempts: Attempts,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<Sharing> {
    await leases.join(false, clock, signal);
    return new Sharing(database, leases, attempts, clock);
  }

  async run(
    sources: readonly number[],
    work: (source: number, tenure: AbortSignal) => Promise<void>,
    stop: AbortSignal,
    told: ShareTold = {},
  ): Promise<void> {
    let failures = 0;
    while (!stop.aborted && this.#failure === undefined) {
      try {
        if (!this.#leases.hasJoined) {
          await this.#ended();
          await this.#leases.join(false, this.#clock, stop);
        }
        await this.#look(sources, work, stop);
        if (failures > 0) told.onBack?.();
        failures = 0;
      } catch (error) {
        const trouble = ledgerError(this.#database.where, error, true);
        if (stop.aborted) break;
        if (!isWaitedFor(trouble)) {
          this.#failure = trouble;
          break;
        }
        if (trouble instanceof LedgerAwayError && failures++ === 0) told.onAway?.(trouble.message);
      }
      const pause = failures === 0 ? LOOK : backOff(failures, { first: LOOK, longest: LONGEST_PAUSE });
      await pauseFor(pause * (1 - JITTER + 2 * JITTER * Math.random()), stop);
    }
    await this.#end();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #look(
    sources: readonly number[],
    work: (source: number, tenure: AbortSignal) => Promise<void>,
    stop: AbortSignal,
  ): Promise<void> {
    const { rows } = await this.#database.query(
      `SELECT (SELECT count(*) FROM callspan.replica WHERE until > clock_timestamp() AND NOT leaving) AS replicas,
         (SELECT array_agg(name) FROM callspan.lease
          WHERE holder IS NOT NULL AND holder <> $1 AND until > clock_timestamp()) AS taken`,
      this.#leases.holder,
    );
    const replicas = Math.max(1, Number(rows[0]?.replicas));
    const taken = new Set((rows[0]?.taken as string[] | null) ?? []);
    if (!taken.has(METRICS)) await this.#leases.acquire(METRICS, undefined);
    const fair = Math.ceil(sources.length / replicas);
    this.#giveUp(this.#tenures.size - fair);
    for (const source of shuffled(sources)) {
      if (stop.aborted || this.#tenures.size >= fair) return;
      if (taken.has(leaseOf(source)) || this.#tenures.has(source)) continue;
      if (await this.#leases.acquire(leaseOf(source), source)) this.#begin(source, work);
    }
  }

  /** The youngest first: what has been here for long has settled down. */
  #giveUp(count: number): void {
    if (count <= 0) return;
    const own = [...this.#tenures.values()].filter(({ end }) => !end.signal.aborted);
    own.sort((one, other) => other.since - one.since);
    // Those that are ending already count.
    const ending = this.#tenures.size - own.length;
    for (const tenure of own.slice(0, Math.max(0, count - ending))) {
      tenure.end.abort(new Error('Another replica takes this source over'));
    }
  }

  #begin(source: number, work: (source: number, tenure: AbortSignal) => Promise<void>): void {
    const end = new AbortController();
    const loss = this.#leases.lossOf(leaseOf(source));
    const stopListening = onAbort(loss, () => end.abort(loss.reason));
    const over = (async () => {
      try {
        await work(source, end.signal);
      } catch (error) {
        const trouble = ledgerError(this.#database.where, error, true);
        if (!isWaitedFor(trouble) && !end.signal.aborted) this.#failure ??= trouble;
      } finally {
        stopListening();
        await this.#giveBack(source);
        this.#tenures.delete(source);
      }
    })();
    this.#tenures.set(source, { end, since: performance.now(), over });
  }

  /** Where the ledger is away the lease expires by itself. */
  async #giveBack(source: number): Promise<void> {
    if (this.#leases.epochOf(leaseOf(source)) === undefined) return;
    try {
      await this.#attempts.endAll(source);
      await this.#leases.release(leaseOf(source));
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
  }

  /** All tenures to their end. */
  async #ended(): Promise<void> {
    await Promise.all([...this.#tenures.values()].map(({ over }) => over));
  }

  async #end(): Promise<void> {
    if (this.#leases.hasJoined) await this.#leases.leave().catch(whereAway);
    for (const { end } of this.#tenures.values()) end.abort(new Error('The bridge is ending'));
    await this.#ended();
  }
}

/** The ledger is away, or a source is somebody else's: both pass. */
function isWaitedFor(error: unknown): boolean {
  return error instanceof LedgerAwayError || error instanceof LeaseLostError;
}

function whereAway(error: unknown): void {
  if (!(error instanceof LedgerError)) throw error;
}

async function pauseFor(millis: number, stop: AbortSignal): Promise<void> {
  await sleep(millis, undefined, { signal: stop }).catch(() => undefined);
}

/** So that replicas that start together do not all want the same. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
