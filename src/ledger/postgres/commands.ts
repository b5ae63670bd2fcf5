import type { Command, CommandResult, CommandRow, CommandState } from '../command.ts';
import type { CommandLedger } from '../contract.ts';
import { LedgerError } from '../errors.ts';
import { CHANNEL } from './client.ts';
import type { Database } from './database.ts';
import type { Row } from './values.ts';

/** Ended commands are kept for a day: long enough for whoever waits for one. */
const KEPT = 86_400_000;
/** A source that nobody has held for so long is none that anybody works off. */
const UNHELD = '10 minutes';

/**
 * Commands to whoever holds a source, and what came of them. One that is for all sources becomes one for each: they may
 * be held by different processes.
 */
export class CommandRows implements CommandLedger {
  readonly #database: Database;
  /** Whether this process carries out commands for all sources: it holds the whole ledger, or nobody holds any of it. */
  readonly #isAlone: () => boolean;
  /** Whether it also sees to commands for sources that nobody knows. */
  readonly #isLeader: () => boolean;

  constructor(database: Database, isAlone: () => boolean, isLeader: () => boolean) {
    this.#database = database;
    this.#isAlone = isAlone;
    this.#isLeader = isLeader;
  }

  async add(command: Command, now: number): Promise<number> {
    return await this.#database.persist(() =>
      this.#database.transaction('', async (session) => {
        const insert = async (body: Command, parent: number | undefined) => {
          const { rows } = await session.query(
            `INSERT INTO callspan.request (parent, source, body, state, progress, changed)
               VALUES ($1, $2, $3, 'waiting', '{}', $4) RETURNING id`,
            ...[parent, body.source, JSON.stringify(body), now],
          );
          return Number(rows[0]?.id);
        };
        const id = await insert(command, undefined);
        if (command.source === undefined) {
          const all = await session.query('SELECT name FROM callspan.source ORDER BY name');
          const held = await session.query(
            `SELECT s.name FROM callspan.source AS s JOIN callspan.lease AS l ON l.name = 'source:' || s.id
             WHERE l.until > clock_timestamp() - interval '${UNHELD}' ORDER BY s.name`,
          );
          for (const { name } of held.count > 0 ? held.rows : all.rows)
            await insert({ ...command, source: String(name) } as Command, id);
        }
        // A hint only: who misses it finds the row at the next look.
        await session.query(`NOTIFY ${CHANNEL}`);
        return id;
      }),
    );
  }

  async get(id: number): Promise<CommandRow | undefined> {
    const { rows } = await this.#database.query(
      'SELECT * FROM callspan.request WHERE id = $1 OR parent = $1 ORDER BY id',
      id,
    );
    const [row, ...parts] = rows;
    if (row === undefined || Number(row.id) !== id) return undefined;
    const own = this.#toCommand(row);
    // Whoever has the whole ledger carries it out as one.
    if (parts.length === 0 || own.state !== 'waiting') return own;
    return {
      id,
      command: own.command,
      ...together(
        own.command,
        parts.map((part) => this.#toCommand(part)),
      ),
    };
  }

  async open(source?: number): Promise<readonly CommandRow[]> {
    const { rows } = await this.#database.query(
      `SELECT r.* FROM callspan.request AS r LEFT JOIN callspan.source AS s ON s.name = r.source
       WHERE r.state IN ('waiting', 'running') AND ($1 AND r.parent IS NULL
         OR NOT $1 AND (s.id = $2 OR $3 AND r.source IS NOT NULL AND s.id IS NULL)) ORDER BY r.id`,
      ...[this.#isAlone() || source === undefined, source, this.#isLeader()],
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

  async #update(id: number, state: CommandState['state'], result: object, now: number): Promise<void> {
    await this.#database.query(
      'UPDATE callspan.request SET state = $2, progress = $3, changed = $4 WHERE id = $1',
      ...[id, state, JSON.stringify(result), now],
    );
    if (state === 'running') return;
    // Who carries out a command for all sources alone has done the parts, too.
    await this.#database.query(
      `UPDATE callspan.request SET state = $2, progress = $3, changed = $4 WHERE parent = $1
         AND state IN ('waiting', 'running')`,
      ...[id, state, JSON.stringify(result), now],
    );
    const sql =
      'DELETE FROM callspan.request WHERE changed < $1 AND (state = ANY ($2) OR parent IS NULL AND source IS NULL)';
    await this.#database.query(sql, now - KEPT, ['done', 'failed']);
  }

  #toCommand(row: Row): CommandRow {
    try {
      const command = JSON.parse(String(row.body)) as Command;
      return { id: Number(row.id), command, ...toState(String(row.state), String(row.progress)) };
    } catch (error) {
      throw new LedgerError(`A command in the ledger at ${this.#database.where} cannot be read.`, {
        cause: error,
      });
    }
  }
}

function toState(state: string, written: string): CommandState {
  const result = JSON.parse(written) as CommandResult & { readonly error?: unknown };
  switch (state) {
    case 'waiting':
      return { state };
    case 'running':
    case 'done':
      return { state, result };
    case 'failed':
      return { state, error: String(result.error) };
    default:
      throw new Error(`A command is in the unknown state ${state}.`);
  }
}

/** What has become of a command of which each source's part is carried out by whoever holds that. */
function together(command: Command, parts: readonly CommandRow[]): CommandState {
  if (parts.every(({ state }) => state === 'waiting')) return { state: 'waiting' };
  const isDone = parts.every(({ state }) => state === 'done' || state === 'failed');
  const results = parts.flatMap((part) => ('result' in part ? [part.result as Partial<Sums>] : []));
  const failures = parts.flatMap((part) =>
    part.state === 'failed'
      ? [`${part.command.source}: ${part.error}`]
      : 'result' in part && 'failures' in part.result
        ? part.result.failures
        : [],
  );
  const sum = (figure: keyof Sums) => results.reduce((total, result) => total + (result[figure] ?? 0), 0);
  const result = (
    command.kind === 'retry'
      ? { revived: sum('revived'), failures }
      : { ...Object.fromEntries(FIGURES.map((figure) => [figure, sum(figure)])), failures }
  ) as CommandResult;
  return { state: isDone ? 'done' : 'running', result };
}

const FIGURES = ['listed', 'found', 'delivered', 'pending', 'empty', 'dead', 'postponed'] as const;
type Sums = Record<(typeof FIGURES)[number] | 'revived', number>;
