import type { Provider } from '../../conversation.ts';
import { crashPoint } from '../../crash-point.ts';
import type { Series } from '../../metrics/series.ts';
import type { Clock } from '../../time/clock.ts';
import type { Hold, Ledger, Numbers } from '../contract.ts';
import { HeldError, LedgerError } from '../errors.ts';
import { expectSettled } from '../portable.ts';
import type { Holder, Settlement } from '../records.ts';
import { Attempts } from './attempts.ts';
import { verify } from './checksum.ts';
import { CommandRows } from './commands.ts';
import { ConversationRows } from './conversations.ts';
import type { Database, OpenOptions } from './database.ts';
import { InboxRows } from './inbox.ts';
import { Inspection } from './inspection.ts';
import { verifyIntegrity } from './integrity.ts';
import { Lease } from './lease.ts';
import { PortableRows } from './portable-rows.ts';
import { Reserve } from './reserve.ts';
import { DAMAGED, FULL } from './result-code.ts';
import { SeriesRows } from './series.ts';
import { SourceRows } from './sources.ts';
import { SummaryRows } from './summaries.ts';

/**
 * Rows of a ledger that is too large to be looked through that are inspected at every start: whoever runs it again and
 * again, and never for long, comes around as well. Less than a tenth of a second.
 */
const AT_A_START = 1_000;

/** A ledger in one file. One process holds all of it; every operation is done before the call returns. */
export class SqliteLedger implements Ledger {
  readonly instance: string;
  readonly conversations: ConversationRows;
  readonly sources: SourceRows;
  readonly commands: CommandRows;
  readonly summaries: SummaryRows;
  readonly inbox: InboxRows;
  readonly portable: PortableRows;
  readonly #database: Database;
  readonly #reserve: Reserve;
  readonly #series: SeriesRows;
  readonly #attempts: Attempts;
  readonly #inspection: Inspection;
  readonly #wholeUpTo: number | undefined;
  #lease: Lease | undefined;

  /** @throws LedgerError where it is damaged. */
  constructor(database: Database, { wholeUpTo, moving = false }: OpenOptions = {}) {
    this.#database = database;
    this.#wholeUpTo = wholeUpTo;
    this.#reserve = new Reserve(database.file);
    this.#series = new SeriesRows(database);
    this.#attempts = new Attempts(database);
    this.#inspection = new Inspection(database);
    this.summaries = new SummaryRows(database);
    this.inbox = new InboxRows(database, this.#series);
    this.conversations = new ConversationRows(database, {
      ...{ series: this.#series, attempts: this.#attempts, summaries: this.summaries, inbox: this.inbox },
    });
    this.sources = new SourceRows(database, this.#series);
    this.commands = new CommandRows(database);
    this.portable = new PortableRows(database);
    try {
      this.instance = readInstance(database);
      if (!moving) expectSettled(readMarks(database), database.file.name);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async source(name: string, provider: Provider): Promise<number> {
    return await this.sources.register(name, provider);
  }

  /** A disk that is full is no reason not to record as long as there is a reserve. */
  async record(settlements: readonly Settlement[], now: number): Promise<void> {
    try {
      this.#record(settlements, now);
    } catch (error) {
      if (!(error instanceof LedgerError) || !error.isFull || !this.#reserve.give()) throw error;
      this.#record(settlements, now);
    }
  }

  #record(settlements: readonly Settlement[], now: number): void {
    try {
      this.#database.transaction(() => {
        for (const settlement of settlements) {
          const counts = this.conversations.settle(settlement, now);
          if (settlement.kind === 'delivered') this.#count(settlement, now, counts);
          this.inbox.settled(settlement, now);
          crashPoint('during-record');
        }
        this.#series.save();
      });
    } catch (error) {
      this.#series.forget();
      throw error;
    }
  }

  #count(settlement: Extract<Settlement, { kind: 'delivered' }>, now: number, counts: boolean): void {
    const { source, id, observations, summary } = settlement;
    if (counts) this.#series.add(observations, now);
    if (summary !== undefined) this.summaries.keep(source, id, summary);
  }

  async series(): Promise<readonly Series[]> {
    return Array.from(this.#series.all, (series) => ({
      ...series,
      buckets: [...series.buckets],
      exemplars: [...series.exemplars],
    }));
  }

  /** One process has the whole ledger, and nobody else tells anything of it. */
  get teller(): string {
    return this.instance;
  }

  async numbers(now: number): Promise<Numbers> {
    return { series: await this.series(), at: now };
  }

  async prove(now: number): Promise<void> {
    if (this.#lease) this.#reserve.take();
    this.#database.run(
      `INSERT INTO ledger (key, value) VALUES ('proved', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
      new Date(now).toISOString(),
    );
  }

  async check(): Promise<void> {
    this.#database.file.check();
    this.#lease?.check();
    if (this.#lease && !this.#reserve.isThere) {
      throw new LedgerError(`The ledger ${this.#database.file.name} ${FULL}.`, { isFull: true });
    }
  }

  async holder(clock: Clock): Promise<Holder | undefined> {
    return Lease.holder(this.#database, clock, this.#lease);
  }

  async hold(clock: Clock, signal: AbortSignal): Promise<Hold> {
    const lease = await Lease.acquire(this.#database, clock, signal);
    if (!(lease instanceof Lease)) throw new HeldError(this.#database.file.name, lease);
    this.#lease = lease;
    try {
      if (!verifyIntegrity(this.#database, this.#wholeUpTo)) this.#inspection.next(AT_A_START);
      await this.series();
      await this.sources.all();
      await this.prove(clock.now());
      this.#attempts.judge();
    } catch (error) {
      await this.release();
      throw error;
    }
    return lease;
  }

  async release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined || lease.lost.aborted) return;
    this.#reserve.give();
    this.#inspection.note();
    this.#attempts.endAll();
    lease.release();
  }

  async inspect(limit: number): Promise<{ readonly rows: number; readonly isEnd: boolean }> {
    return this.#inspection.next(limit);
  }

  async size(): Promise<number> {
    return this.#database.file.size;
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}

function readMarks(database: Database): ReadonlyMap<string, string> {
  const rows = database.all(`SELECT key, value FROM ledger WHERE key IN ('moving', 'moved')`);
  return new Map(rows.map(({ key, value }) => [String(key), String(value)]));
}

function readInstance(database: Database): string {
  const row = database.get(`SELECT value, checksum FROM ledger WHERE key = 'instance'`);
  if (row === undefined) throw new LedgerError(`The ledger ${database.file.name} ${DAMAGED}.`);
  verify(database.file.name, 'ledger', row);
  return String(row.value);
}
