import { setTimeout as sleep } from 'node:timers/promises';
import { backOff } from '../../time/back-off.ts';
import { LeaseLostError } from '../errors.ts';
import type { Answer, Client, Session } from './client.ts';
import { isOfDatabase, judge, ledgerError } from './sql-state.ts';
import type { Value } from './values.ts';

/** So often is a transaction begun again that met another one. */
const MOST_TRIES = 5;
/** How long a server that is away is waited for by whoever has asked something, in milliseconds. */
export const PATIENCE = 6_000;
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1_000;

/**
 * What every transaction begins with. A process that stands still in the middle of one must not keep others from taking
 * over, and nobody waits for a lock for long. In the transaction: a pool in front of the server has sessions of its own.
 */
const LIMITS = `SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL lock_timeout = '2s';
  SET LOCAL statement_timeout = '12s';`;

/** By which right a source is written. */
export type Right =
  | { readonly kind: 'held'; readonly epoch: number }
  /** Nobody holds it, so anybody may. */
  | { readonly kind: 'free' };

export interface WriteOptions {
  /** False: it may be lost where the server crashes, and is not waited for. @default true */
  readonly flush?: boolean;
}

/** The ledger's tables, and how they are written: fenced, one transaction of a source at a time, again where it helps. */
export class Database {
  readonly where: string;
  readonly client: Client;
  /** It has been opened: a password that is refused from now on was changed, and may be again. */
  wasUsable = false;
  /** In milliseconds; less while this process ends. */
  patience = PATIENCE;
  /** Says by which right this process writes a source. @throws LeaseLostError where it has lost it. */
  right: (source: number) => Right = () => ({ kind: 'free' });
  /** Two transactions of a source would share the lock on its epoch, and together never let it go. */
  readonly #turns = new Map<number, Promise<unknown>>();

  constructor(client: Client) {
    this.client = client;
    this.where = client.where;
  }

  /** Reads, or writes in one statement what needs no fence and may be written twice. @throws LedgerError */
  async query(sql: string, ...values: Value[]): Promise<Answer> {
    return await this.persist(() => this.client.session((session) => session.query(sql, ...values)));
  }

  async script(sql: string): Promise<Answer[]> {
    return await this.persist(() => this.client.session((session) => session.script(sql)));
  }

  /**
   * Writes rows of a source: all of `work` or nothing. Where it is not known whether the commit was done `work` is done
   * again, so it must find out by what is there what is still to do.
   * @throws LeaseLostError where somebody else has taken the source; LedgerError
   */
  async write<Result>(
    source: number,
    work: (session: Session) => Promise<Result>,
    { flush = true }: WriteOptions = {},
  ): Promise<Result> {
    return await this.inTurn(source, () =>
      this.persist(() => {
        const right = this.right(source);
        return this.transaction(`${flushing(flush)}${fence(source, right)}`, async (session, answers) => {
          this.#expectRight(source, right, answers);
          return await work(session);
        });
      }),
    );
  }

  /** One after the other, for each source. */
  async inTurn<Result>(source: number, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(source) ?? Promise.resolve();
    const turn = before.then(work);
    this.#turns.set(
      source,
      turn.catch(() => undefined),
    );
    return await turn;
  }

  /** @throws LeaseLostError */
  #expectRight(source: number, right: Right, answers: readonly Answer[]): void {
    if (right.kind === 'held') {
      if (answers.at(-1)?.count === 1) return;
      throw new LeaseLostError(
        `Another callspan has taken over source ${source} of the ledger at ${this.where}: this one stood still for too long. Nothing more was recorded.`,
      );
    }
    if (answers.at(-1)?.count === 0) return;
    throw new LeaseLostError(
      `Source ${source} of the ledger at ${this.where} is another callspan's; nothing was recorded.`,
    );
  }

  /** @param begin statements right after the beginning; `work` gets their answers, with those of the limits. */
  async transaction<Result>(
    begin: string,
    work: (session: Session, answers: readonly Answer[]) => Promise<Result>,
  ): Promise<Result> {
    const outcome = await this.client.session(async (session) => {
      const answers = await session.script(`BEGIN; ${LIMITS} ${begin}`);
      try {
        const result = await work(session, answers);
        await session.query('COMMIT');
        return { result };
      } catch (error) {
        // Of the database's own errors the connection is thrown away.
        if (isOfDatabase(error)) throw error;
        await session.query('ROLLBACK');
        return { error };
      }
    });
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  /** Does `work` again where that helps. @throws LedgerError */
  async persist<Result>(work: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    for (let failures = 1; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (
          !isOfDatabase(error) ||
          !isWorthAnother(error, failures, performance.now() - began, this.patience)
        ) {
          throw ledgerError(this.where, error, this.wasUsable);
        }
        const pause = backOff(failures, { first: FIRST_PAUSE, longest: LONGEST_PAUSE });
        await sleep(pause * (0.5 + Math.random()));
      }
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

function isWorthAnother(error: unknown, failures: number, waited: number, patience: number): boolean {
  switch (judge(error).remedy) {
    case 'again':
    case 'later':
    case 'frozen':
      return failures < MOST_TRIES && waited < patience;
    case 'reconnect':
    case 'wait':
      return waited < patience;
    default:
      return false;
  }
}

function flushing(flush: boolean): string {
  // Whatever the server's default is: what was recorded stays recorded.
  return `SET LOCAL synchronous_commit = ${flush ? 'on' : 'off'};`;
}

/**
 * A plain look at the epoch is no fence: whoever takes over a moment later would not wait for us. This one it waits for,
 * and where we have waited for it the epoch is another. Where nobody holds the source that is looked at after the lock.
 */
function fence(source: number, right: Right): string {
  if (right.kind === 'held') {
    return `SELECT 1 FROM callspan.fence WHERE source = ${source} AND epoch = ${right.epoch} FOR SHARE`;
  }
  return `SELECT 1 FROM callspan.fence WHERE source = ${source} FOR SHARE;
    SELECT 1 FROM callspan.lease WHERE name = 'source:${source}' AND holder IS NOT NULL AND until > clock_timestamp()`;
}
