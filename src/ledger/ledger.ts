import type { Provider } from '../conversation.ts';
import { Conversations } from './conversations.ts';
import { Database, type OpenOptions } from './database.ts';
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
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.conversations = new Conversations(database);
    this.sources = new Sources(database);
    this.instance = String(database.get(`SELECT value FROM ledger WHERE key = 'instance'`)?.value);
  }

  /** The number of a configured source, made at its first mention. */
  source(name: string, provider: Provider): number {
    return this.sources.register(name, provider);
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
