import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from '../../time/abort.ts';
import { backOff } from '../../time/back-off.ts';
import type { Clock } from '../../time/clock.ts';
import type { Share, ShareTold } from '../contract.ts';
import { LeaseLostError, LedgerAwayError, LedgerError } from '../errors.ts';
import type { Attempts } from './attempts.ts';
import { balance, type Peer } from './balance.ts';
import type { Database } from './database.ts';
import { type Leases, leaseOf, METRICS } from './leases.ts';
import { ledgerError } from './sql-state.ts';

/** How often it is looked what is to be taken or given, in milliseconds, and by how much more or less. */
const LOOK = 1_000;
const JITTER = 0.3;
/** How long a source is left to another replica that should take it, in milliseconds. */
const LEFT_TO_OTHERS = 4_000;
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
  /** Since when nobody has had what this replica could carry, by a clock that nobody sets. */
  readonly #freeSince = new Map<number, number>();
  /** The joining after which it was told what this replica could carry. */
  #announced: AbortSignal | undefined;
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
    await this.#announce(sources);
    const { taken, peers } = await this.#othersOf();
    if (!taken.has(METRICS)) await this.#leases.acquire(METRICS, undefined);
    const free = sources.filter((source) => !taken.has(leaseOf(source)) && !this.#tenures.has(source));
    const carried = [...this.#tenures].filter(([, { end }]) => !end.signal.aborted);
    carried.sort(([, one], [, other]) => other.since - one.since);
    const { give, take } = balance({
      // The youngest first: what has been here for long has settled down.
      carried: carried.map(([source]) => source),
      ending: this.#tenures.size - carried.length,
      free: shuffled(free),
      abandoned: this.#abandoned(free),
      peers,
    });
    for (const source of give) {
      this.#tenures.get(source)?.end.abort(new Error('Another replica takes this source over'));
    }
    for (const source of take) {
      if (stop.aborted) return;
      if (await this.#leases.acquire(leaseOf(source), source)) this.#begin(source, work);
    }
  }

  /** Says once after each joining what this replica could carry: others may be configured otherwise. */
  async #announce(sources: readonly number[]): Promise<void> {
    if (this.#announced === this.#leases.lost) return;
    this.#freeSince.clear();
    await this.#database.query(
      'UPDATE callspan.replica SET sources = $2 WHERE holder = $1',
      ...[this.#leases.holder, [...sources]],
    );
    this.#announced = this.#leases.lost;
  }

  /** What is somebody else's, and who else there is. */
  async #othersOf(): Promise<{ taken: ReadonlySet<string>; peers: readonly Peer[] }> {
    const { rows } = await this.#database.query(
      `SELECT l.name, NULL AS sources, NULL AS held FROM callspan.lease AS l
         WHERE l.holder IS NOT NULL AND l.holder <> $1 AND l.until > clock_timestamp()
       UNION ALL
       SELECT NULL, r.sources, (SELECT count(*) FROM callspan.lease AS l
           WHERE l.holder = r.holder AND l.name <> '${METRICS}' AND l.until > clock_timestamp())
         FROM callspan.replica AS r WHERE r.holder <> $1 AND r.until > clock_timestamp() AND NOT r.leaving`,
      this.#leases.holder,
    );
    return {
      taken: new Set(rows.flatMap(({ name }) => (name === null ? [] : [String(name)]))),
      peers: rows
        .filter(({ name }) => name === null)
        .map(({ sources, held }) => ({ sources: new Set(sources as number[]), held: Number(held) })),
    };
  }

  /** Of what is free now, what has been so for longer than somebody needs who should take it. */
  #abandoned(free: readonly number[]): Set<number> {
    const now = performance.now();
    for (const source of this.#freeSince.keys()) if (!free.includes(source)) this.#freeSince.delete(source);
    for (const source of free) if (!this.#freeSince.has(source)) this.#freeSince.set(source, now);
    return new Set(free.filter((source) => now - (this.#freeSince.get(source) ?? now) > LEFT_TO_OTHERS));
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
