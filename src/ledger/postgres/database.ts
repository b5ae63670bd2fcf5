import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig, Pool, types } from 'pg';
import { LedgerError } from '../errors.ts';
import { ledgerError, remedyOf } from './sql-state.ts';

/** A row as the driver hands it over, `bigint` as a number. */
export type Row = Readonly<Record<string, unknown>>;
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** How long the server may take for a statement, and a lock may be waited for, in milliseconds. */
const STATEMENT_TIMEOUT = 30_000;
const LOCK_TIMEOUT = 5_000;
/** Whoever stands still for so long within a transaction loses it: others wait for its locks. */
const IDLE_IN_TRANSACTION_TIMEOUT = 5_000;
/** Somewhat longer than the server takes to give up by itself: for one that has stopped answering. */
const QUERY_TIMEOUT = 35_000;
const CONNECT_TIMEOUT = 10_000;
/** How long the end of a connection is waited for. */
const GOODBYE = 1_000;
/** Connections that only read. */
const READERS = 2;
/** How often a transaction is begun anew that others were in the way of, and the pause before, in milliseconds. */
const TRIES = 5;
const PAUSE = 20;

export const SCHEMA = 'callspan';

/**
 * What every transaction begins with. Never of a session: between here and the server there may be a pooler, which
 * would hand it on to whoever comes next.
 */
const LOCAL = `SET LOCAL search_path TO ${SCHEMA}; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT};
  SET LOCAL lock_timeout = ${LOCK_TIMEOUT};
  SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT}`;

export interface DatabaseOptions {
  /** Looks only: every transaction is one that cannot write. */
  readonly readOnly?: boolean;
}

/**
 * The way to a PostgreSQL server, and the only file that knows the driver: a few connections for reading, one for
 * writing, on which one transaction follows the other. Every error becomes a LedgerError that says what to do.
 */
export class Database {
  /** Host and database, for people: no user, no password. */
  readonly where: string;
  /** Called at the start of every transaction that writes: throws where this process may not write any more. */
  fence: ((query: Query) => Promise<void>) | undefined;
  readonly #config: ClientConfig;
  readonly #readOnly: boolean;
  readonly #readers: Pool;
  #writer: Client | undefined;
  /** Until the transaction before has ended. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @throws LedgerError where `url` is none. */
  constructor(url: string, { readOnly = false }: DatabaseOptions = {}) {
    this.where = placeOf(url);
    this.#readOnly = readOnly;
    this.#config = {
      connectionString: url,
      application_name: 'callspan',
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: QUERY_TIMEOUT,
      keepAlive: true,
      types: { getTypeParser: parserOf },
    };
    this.#readers = new Pool({ ...this.#config, max: READERS, idleTimeoutMillis: 30_000 });
    // Without a listener the end of an idle connection would end the process; the next query finds out anyway.
    this.#readers.on('error', () => undefined);
    this.#readers.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Rows as they are now. @throws LedgerError */
  async all(sql: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    // Each connection of the pool may have been cut since it was used last; a look may be done again.
    for (let tries = 1; ; tries++) {
      try {
        return await this.#read(sql, values);
      } catch (error) {
        if (remedy(error) !== 'reconnect' || tries > READERS) throw this.#told(error);
      }
    }
  }

  async #read(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const client = await asked(() => this.#readers.connect());
    let isBroken = false;
    try {
      // In a transaction: a pooler between here and the server may give each another connection.
      return await asked(async () => {
        await client.query(`BEGIN READ ONLY; ${LOCAL}`);
        const { rows } = await client.query<Row>(sql, [...values]);
        await client.query('END');
        return rows;
      });
    } catch (error) {
      isBroken = true;
      throw error;
    } finally {
      client.release(isBroken);
    }
  }

  async get(sql: string, ...values: readonly unknown[]): Promise<Row | undefined> {
    return (await this.all(sql, ...values))[0];
  }

  /**
   * All of `work` or nothing of it, on the disk when this resolves; one transaction at a time. It may be done again from
   * its start, where another one was in its way.
   * @param how.unflushed what it writes may be lost when the server dies: nobody waits for a disk.
   * @throws LedgerError; where the answer to the COMMIT was lost, nobody knows whether it was done.
   */
  async transaction<Result>(
    work: (query: Query) => Promise<Result>,
    how: { readonly unflushed?: boolean } = {},
  ): Promise<Result> {
    const before = this.#turn;
    const own = before.then(() => this.#tryAgain(work, how));
    this.#turn = own.catch(() => undefined);
    return await own;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
    await Promise.all([inTime(this.#readers.end()), this.#writer && hangUp(this.#writer)]);
    this.#writer = undefined;
  }

  /**
   * A connection of its own, for what must not wait behind anything else. The caller ends it; tables have to be named
   * with their schema. @throws LedgerError
   */
  async connect(timeouts: Pick<ClientConfig, 'query_timeout' | 'connectionTimeoutMillis'>): Promise<Client> {
    try {
      return await this.#connect(timeouts);
    } catch (error) {
      throw this.#told(error);
    }
  }

  async #connect(timeouts: ClientConfig = {}): Promise<Client> {
    // It reads the files that the URL names.
    const client = await asked(async () => {
      const socket = new Socket();
      const made = new Client({ ...this.#config, ...timeouts, stream: () => socket });
      SOCKETS.set(made, socket);
      return made;
    });
    // Without a listener the end of a connection would end the process; the next query finds out anyway.
    client.on('error', () => undefined);
    try {
      await asked(() => client.connect());
      return client;
    } catch (error) {
      await hangUp(client);
      throw error;
    }
  }

  async #tryAgain<Result>(
    work: (query: Query) => Promise<Result>,
    how: { readonly unflushed?: boolean },
  ): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(work, how);
      } catch (error) {
        if (remedy(error) !== 'again' || tries === TRIES) throw this.#told(error);
        await sleep(PAUSE * tries * (1 + Math.random()));
      }
    }
  }

  async #once<Result>(
    work: (query: Query) => Promise<Result>,
    { unflushed = false }: { readonly unflushed?: boolean },
  ): Promise<Result> {
    if (this.#isClosed) throw new LedgerError(`The ledger ${this.where} is closed.`);
    const client = await this.#connectedWriter();
    const query: Query = async (sql, values = []) =>
      (await asked(() => client.query<Row>(sql, [...values]))).rows;
    let isCommitting = false;
    try {
      await query(
        `BEGIN${this.#readOnly ? ' READ ONLY' : ''}; ${LOCAL}; SET LOCAL synchronous_commit = ${unflushed ? 'off' : 'on'}`,
      );
      await this.fence?.(query);
      const result = await work(query);
      isCommitting = true;
      await query('COMMIT');
      return result;
    } catch (error) {
      await this.#abandon(client, isCommitting || ['reconnect', 'later'].includes(remedy(error)));
      throw error;
    }
  }

  /** After an error: back to where no transaction is open, or to no connection at all. */
  async #abandon(client: Client, isBroken: boolean): Promise<void> {
    const isBack =
      !isBroken &&
      (await client.query('ROLLBACK').then(
        () => true,
        () => false,
      ));
    if (isBack) return;
    if (this.#writer === client) this.#writer = undefined;
    await hangUp(client);
  }

  async #connectedWriter(): Promise<Client> {
    if (this.#writer !== undefined) return this.#writer;
    const client = await this.#connect();
    client.on('end', () => {
      if (this.#writer === client) this.#writer = undefined;
    });
    this.#writer = client;
    return client;
  }

  /** What this program has done wrong stays what it is: only what the server or the way to it did is the ledger's. */
  #told(error: unknown): unknown {
    return error instanceof ServerError ? ledgerError(this.where, error.cause) : error;
  }
}

/** Ends a connection, also one on which nobody answers any more. */
export async function hangUp(client: Client): Promise<void> {
  await inTime(client.end());
  SOCKETS.get(client)?.destroy();
}

/** What connections stand on: one that is still open keeps the process alive. */
const SOCKETS = new WeakMap<Client, Socket>();

/** Waits for an end no longer than for a goodbye: where the way to the server is cut, none comes. */
async function inTime(end: Promise<void>): Promise<void> {
  const answered = new AbortController();
  const late = sleep(GOODBYE, undefined, { signal: answered.signal });
  await Promise.race([end, late].map((one) => one.catch(() => undefined)));
  answered.abort();
}

/** What the driver threw, so that it is told from what this program throws within a transaction. */
class ServerError extends Error {
  override readonly name = 'ServerError';
}

async function asked<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (cause) {
    throw new ServerError('The server did not do it.', { cause });
  }
}

function remedy(error: unknown) {
  return error instanceof ServerError ? remedyOf(error.cause) : 'never';
}

/** `bigint` as a number, which all of ours are exact as; what may be larger is kept as `numeric`, which is a text. */
const INT8 = 20;
function parserOf(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8) return Number;
  return types.getTypeParser(oid, format ?? 'text');
}

function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `postgres://${host}${pathname}`;
  } catch {
    // The URL itself has a password in it.
    throw new LedgerError('CALLSPAN_STATE begins like the URL of a PostgreSQL server and is none.');
  }
}
