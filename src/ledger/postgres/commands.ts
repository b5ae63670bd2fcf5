import type { Command, CommandResult, CommandRow, CommandState } from '../command.ts';
import type { CommandLedger } from '../contract.ts';
import { LedgerError } from '../errors.ts';
import type { Database, Row } from './database.ts';

/** Ended commands are kept for a day: long enough for whoever waits for one. */
const KEPT = 86_400_000;

/** Commands to the running bridge, and what came of them. Anybody may add one: no fence stands before that. */
export class CommandRows implements CommandLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(command: Command, now: number): Promise<number> {
    return await this.#database.transaction(async (query) => {
      const [row] = await query(
        `INSERT INTO request (body, state, progress, changed) VALUES ($1, 'waiting', '{}', $2) RETURNING id`,
        [JSON.stringify(command), Math.round(now)],
      );
      return Number(row?.id);
    });
  }

  async get(id: number): Promise<CommandRow | undefined> {
    const row = await this.#database.get('SELECT * FROM request WHERE id = $1', id);
    return row && this.#toCommand(row);
  }

  async open(): Promise<readonly CommandRow[]> {
    const rows = await this.#database.all(
      `SELECT * FROM request WHERE state IN ('waiting', 'running') ORDER BY id`,
    );
    return rows.map((row) => this.#toCommand(row));
  }

  async running(id: number, result: CommandResult, now: number): Promise<void> {
    await this.#update(id, 'running', result, now);
  }

  async done(id: number, result: CommandResult, now: number): Promise<void> {
    await this.#update(id, 'done', result, now);
  }

  async failed(id: number, error: string, now: number): Promise<void> {
    await this.#update(id, 'failed', { error }, now);
  }

  async #update(id: number, state: CommandRow['state'], result: object, now: number): Promise<void> {
    await this.#database.transaction(async (query) => {
      await query('UPDATE request SET state = $1, progress = $2, changed = $3 WHERE id = $4', [
        ...[state, JSON.stringify(result), Math.round(now), id],
      ]);
      if (state !== 'running') {
        await query(`DELETE FROM request WHERE state IN ('done', 'failed') AND changed < $1`, [
          Math.round(now) - KEPT,
        ]);
      }
    });
  }

  #toCommand(row: Row): CommandRow {
    try {
      const command = JSON.parse(String(row.body)) as Command;
      return { id: Number(row.id), command, ...toState(String(row.state), String(row.progress)) };
    } catch (error) {
      throw new LedgerError(`The ledger ${this.#database.where} has a command that cannot be read.`, {
        cause: error,
      });
    }
  }
}

function toState(state: string, written: string): CommandState {
  const result = JSON.parse(written) as CommandResult & { readonly error?: unknown };
  if (state === 'waiting') return { state };
  if (state === 'running' || state === 'done') return { state, result };
  if (state === 'failed') return { state, error: String(result.error) };
  throw new Error(`A command is in the unknown state ${state}.`);
}
