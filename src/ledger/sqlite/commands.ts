import type { Database, Row } from './database.ts';

/** What a command asks of the bridge that is running on the ledger. */
export type Command =
  | {
      readonly kind: 'backfill';
      readonly since: number;
      readonly until: number;
      readonly source?: string;
      readonly forced?: Forced;
    }
  | { readonly kind: 'export'; readonly source: string; readonly id: string; readonly forced?: Forced }
  | { readonly kind: 'retry'; readonly dead: boolean; readonly source?: string; readonly id?: string }
  | {
      readonly kind: 'repair';
      readonly source: string;
      /** Conversations with the spans that are still there. */
      readonly items: readonly { readonly id: string; readonly have: readonly string[] }[];
    };

/**
 * Also what is settled, to be sent once more: what was settled before this moment (unix milliseconds). A command that
 * is taken up again in the middle does not send again what it has sent already.
 */
type Forced = number;

/** How far a command has come, and what came of it. */
export interface Progress {
  readonly [figure: string]: number | string | boolean;
}

export interface CommandRow {
  readonly id: number;
  readonly command: Command;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly progress: Progress;
}

/** Ended commands are kept for a day: long enough for whoever waits for one. */
const KEPT = 86_400_000;

/** Commands from commands to the running bridge, by way of the ledger. */
export class Commands {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the command's number. */
  add(command: Command, now: number): number {
    return this.#database.transaction(() => {
      const row = this.#database.get(
        `INSERT INTO request (body, state, progress, changed) VALUES (?, 'waiting', '{}', ?) RETURNING id`,
        JSON.stringify(command),
        now,
      );
      return Number(row?.id);
    });
  }

  get(id: number): CommandRow | undefined {
    const row = this.#database.get('SELECT * FROM request WHERE id = ?', id);
    return row && toRequest(row);
  }

  /** Commands to be carried out: new ones, and those in the middle of which a bridge was stopped. */
  open(): CommandRow[] {
    return this.#database
      .all(`SELECT * FROM request WHERE state IN ('waiting', 'running') ORDER BY id`)
      .map(toRequest);
  }

  update(id: number, state: CommandRow['state'], progress: Progress, now: number): void {
    this.#database.run(
      'UPDATE request SET state = ?, progress = ?, changed = ? WHERE id = ?',
      state,
      JSON.stringify(progress),
      now,
      id,
    );
    if (state === 'running') return;
    this.#database.run(`DELETE FROM request WHERE state IN ('done', 'failed') AND changed < ?`, now - KEPT);
  }
}

function toRequest(row: Row): CommandRow {
  return {
    id: Number(row.id),
    command: JSON.parse(String(row.body)) as Command,
    state: String(row.state) as CommandRow['state'],
    progress: JSON.parse(String(row.progress)) as Progress,
  };
}
