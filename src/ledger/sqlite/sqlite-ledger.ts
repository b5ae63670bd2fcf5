import type { Provider } from '../../conversation.ts';
import { crashPoint } from '../../crash-point.ts';
import type { Clock } from '../../time/clock.ts';
import { FULL, LedgerError } from '../errors.ts';
import { Commands } from './commands.ts';
import { Conversations, type Settlement } from './conversations.ts';
import { Database, type OpenOptions } from './database.ts';
import { type Holder, Lease } from './lease.ts';
import { Reserve } from './reserve.ts';
import { Numbers } from './series.ts';
import { Sources } from './sources.ts';

/**
 * What callspan remembers between two starts: of every conversation its id, its state and when to come back to
 * it; of every source how far its list was walked. Never a payload: the vendor is the durable queue.
 */
export class Ledger {
  /** An id made with the ledger: `service.instance.id` of the numbers that it holds. */
  readonly instance: string;
  readonly conversations: Conversations;
  readonly sources: Sources;
  readonly commands: Commands;
  readonly numbers: Numbers;
  readonly #database: Database;
  readonly #reserve: Reserve;
  #lease: Lease | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#reserve = new Reserve(database.file);
    this.numbers = new Numbers(database);
    this.conversations = new Conversations(database, this.numbers);
    this.sources = new Sources(database);
    this.commands = new Commands(database);
    this.instance = String(database.get(`SELECT value FROM ledger WHERE key = 'instance'`)?.value);
  }

  /** The number of a configured source, made at its first mention. */
  source(name: string, provider: Provider): number {
    return this.sources.register(name, provider);
  }

  /**
   * Records what became of conversations, and what they add to the numbers: all of it or nothing.
   * @throws LedgerError where it cannot be. A disk that is full is no reason as long as there is a reserve.
   */
  record(settlements: readonly Settlement[], now: number): void {
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
          if (settlement.kind === 'delivered') this.#count(settlement, now);
          this.conversations.record(settlement, now);
          crashPoint('during-record');
        }
        this.numbers.save();
      });
    } catch (error) {
      this.numbers.forget();
      throw error;
    }
  }

  /** A conversation counts at its first delivery, however often it is sent. */
  #count({ source, id, observations }: Extract<Settlement, { kind: 'delivered' }>, now: number): void {
    if (!this.conversations.wasSent(source, id) && !this.numbers.wasCounted(source, id))
      this.numbers.add(observations, now);
  }

  /**
   * Proves by a write that what is fetched next can be recorded.
   * @throws LedgerError where it could not be, or where somebody else has the right to this ledger now.
   */
  prove(now: number): void {
    if (this.#lease) this.#reserve.take();
    this.#database.run(
      `INSERT INTO ledger VALUES ('proved', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
      new Date(now).toISOString(),
    );
  }

  /** As `prove`, without a write: cheap enough to be asked before everything that is sent. @throws LedgerError */
  check(): void {
    this.#lease?.check();
    if (this.#lease && !this.#reserve.isThere) {
      throw new LedgerError(`The ledger ${this.#database.file} ${FULL}.`, { isFull: true });
    }
  }

  /** Who may change this ledger now, if anybody does. */
  holder(clock: Clock): Holder | undefined {
    return Lease.holder(this.#database, clock, this.#lease);
  }

  /**
   * Takes the right to change this ledger, until `release`.
   * @throws HeldError that says who has it; LedgerError where nothing could be recorded.
   */
  async hold(clock: Clock, signal: AbortSignal): Promise<Lease> {
    const lease = await Lease.acquire(this.#database, clock, signal);
    if (!(lease instanceof Lease)) throw new HeldError(this.#database.file, lease);
    this.#lease = lease;
    try {
      this.prove(clock.now());
    } catch (error) {
      this.release();
      throw error;
    }
    return lease;
  }

  /** Gives the right back, if it has not been lost. */
  release(): void {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined || lease.lost.aborted) return;
    this.#reserve.give();
    lease.release();
  }

  close(): void {
    this.#database.close();
  }
}

/** Another process is the bridge on this ledger. */
export class HeldError extends LedgerError {
  constructor(file: string, { pid, host, since }: Holder) {
    super(
      `Another callspan is the bridge on ${file}: process ${pid} on ${host}, since ${new Date(since).toISOString()}.`,
    );
  }
}

/**
 * Opens the ledger at `file`, or makes it.
 * @throws LedgerError where it is damaged, foreign, newer than this program, or cannot be written.
 */
export function openLedger(file: string, options: OpenOptions = {}): Ledger {
  return new Ledger(new Database(file, options));
}
