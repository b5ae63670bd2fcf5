import type { Provider } from '../conversation.ts';
import type { Clock } from '../http/clock.ts';
import { Conversations, type Settlement } from './conversations.ts';
import { Database, type OpenOptions } from './database.ts';
import { LedgerError } from './errors.ts';
import { type Holder, Lease } from './lease.ts';
import { Numbers } from './numbers.ts';
import { Requests } from './requests.ts';
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
  readonly requests: Requests;
  readonly numbers: Numbers;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.conversations = new Conversations(database);
    this.sources = new Sources(database);
    this.requests = new Requests(database);
    this.numbers = new Numbers(database);
    this.instance = String(database.get(`SELECT value FROM ledger WHERE key = 'instance'`)?.value);
  }

  /** The number of a configured source, made at its first mention. */
  source(name: string, provider: Provider): number {
    return this.sources.register(name, provider);
  }

  /** Records what became of conversations, and what they add to the numbers: all of it or nothing. */
  record(settlements: readonly Settlement[], now: number): void {
    try {
      this.#database.transaction(() => {
        for (const settlement of settlements) {
          if (settlement.kind === 'delivered') this.#count(settlement, now);
          this.conversations.record(settlement, now);
        }
      });
    } catch (error) {
      this.numbers.forget();
      throw error;
    }
  }

  /** A conversation counts at its first delivery, however often it is sent. */
  #count({ source, id, observations }: Extract<Settlement, { kind: 'delivered' }>, now: number): void {
    const before = this.conversations.get(source, id);
    if (before?.sent === undefined && !this.numbers.wasCounted(source, id))
      this.numbers.add(observations, now);
  }

  /** Who may change this ledger now, if anybody does. */
  holder(clock: Clock): Holder | undefined {
    return Lease.holder(this.#database, clock);
  }

  /** Takes the right to change this ledger. @throws LedgerError that says who has it. */
  async hold(clock: Clock, signal: AbortSignal): Promise<Lease> {
    const lease = await Lease.acquire(this.#database, clock, signal);
    if (lease instanceof Lease) return lease;
    throw new LedgerError(
      `Another callspan is the bridge on ${this.#database.file}: process ${lease.pid} on ${lease.host}, since ${new Date(lease.since).toISOString()}.`,
    );
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Opens the ledger at `file`, or makes it.
 * @throws LedgerError where it is damaged, foreign, newer than this program, or cannot be written.
 */
export function openLedger(file: string, options: OpenOptions = {}): Ledger {
  return new Ledger(new Database(file, options));
}
