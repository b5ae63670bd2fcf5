import type { Command, CommandResult, CommandRow, CommandState } from '../command.ts';
import type { CommandLedger } from '../contract.ts';
import { LedgerError } from '../errors.ts';
import type { Database, Row } from './database.ts';
import { DAMAGED } from './result-code.ts';

/** Ended commands are kept for a day: long enough for whoever waits for one. */
const KEPT = 86_400_000;

/** Commands to the running bridge, and what came of them. */
export class CommandRows implements CommandLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(command: Command, now: number): Promise<number> {
    return this.#database.transaction(() => {
      const row = this.#database.get(
        `INSERT INTO request (body, state, progress, changed) VALUES (?, 'waiting', '{}', ?) RETURNING id`,
        JSON.stringify(command),
        now,
      );
      return Number(row?.id);
    });
  }

  async get(id: number): Promise<CommandRow | undefined> {
    const row = this.#database.get('SELECT * FROM request WHERE id = ?', id);
    return row && this.#toCommand(row);
  }

  async open(): Promise<readonly CommandRow[]> {
    return this.#database
      .all(`SELECT * FROM request WHERE state IN ('waiting', 'running') ORDER BY id`)
      .map((row) => this.#toCommand(row));
  }

  async running(id: number, result: CommandResult, now: number): Promise<void> {
    this.#update(id, 'running', result, now);
  }

  async done(id: number, result: CommandResult, now: number): Promise<void> {
    this.#end(id, 'done', result, now);
  }

  async failed(id: number, error: string, now: number): Promise<void> {
    this.#end(id, 'failed', { error }, now);
  }

  #end(id: number, state: 'done' | 'failed', result: object, now: number): void {
    this.#database.transaction(() => {
      this.#update(id, state, result, now);
      this.#database.run(`DELETE FROM request WHERE state IN ('done', 'failed') AND changed < ?`, now - KEPT);
    });
  }

  #update(id: number, state: CommandRow['state'], result: object, now: number): void {
    this.#database.run(
      'UPDATE request SET state = ?, progress = ?, changed = ? WHERE id = ?',
      state,
      JSON.stringify(result),
      now,
      id,
    );
  }

  #toCommand(row: Row): CommandRow {
    try {
      const command = JSON.parse(String(row.body)) as Command;
      return { id: Number(row.id), command, ...toState(String(row.state), String(row.progress)) };
    } catch (error) {
      throw new LedgerError(`The ledger ${this.#database.file.name} ${DAMAGED}.`, { cause: error });
    }
  }
}

function toState(state: string, written: string): CommandState {
  const result = JSON.parse(written) as CommandResult & { readonly error?: unknown };
  switch (state) {
    case 'waiting':
      return { state };
    case 'running':
      return { state, result };
    case 'done':
      return { state, result };
    case 'failed':
      return { state, error: String(result.error) };
    default:
      throw new Error(`A command is in the unknown state ${state}.`);
  }
}
