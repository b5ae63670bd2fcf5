import { existsSync } from 'node:fs';
import Libsql from 'libsql';
import { crashPoint } from '../../crash-point.ts';
import { LedgerError, ledgerError } from '../errors.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

/** What a column can hold. */
export type Value = string | number | bigint | Uint8Array | ArrayBuffer | null;
export type Row = Record<string, Value>;

/** How long a statement waits for another process on the same file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

export interface OpenOptions {
  /** Looks only: never creates, never migrates, never writes. */
  readonly readOnly?: boolean;
}

/**
 * The ledger's file: SQLite in WAL mode with every commit flushed to the disk, so that what was recorded stays
 * recorded when the power goes. Every error becomes a {@link LedgerError} that says what to do.
 */
export class Database {
  readonly file: string;
  /** Called at the start of every transaction: throws where this process may not write any more. */
  fence: (() => void) | undefined;
  readonly #database: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();

  /** @throws LedgerError */
  constructor(file: string, { readOnly = false }: OpenOptions = {}) {
    this.file = file;
    if (readOnly && !existsSync(file)) {
      throw new LedgerError(
        `There is no ledger at ${file}; check CALLSPAN_STATE, or start the bridge first.`,
      );
    }
    this.#database = this.#guard(() => new Libsql(file));
    try {
      this.#prepare(readOnly);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #prepare(readOnly: boolean): void {
    this.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    this.#checkOwner();
    if (readOnly) {
      this.#checkVersion(this.#version());
      if (this.#version() < MIGRATIONS.length) {
        throw new LedgerError(
          `The ledger ${this.file} was written by an older callspan or was never finished; start the bridge on it once.`,
        );
      }
      this.exec('PRAGMA query_only = 1');
      return;
    }
    this.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    this.#migrate();
  }

  /** A file of another program must not be touched, however it got here. */
  #checkOwner(): void {
    const owner = this.get('PRAGMA application_id')?.application_id;
    const isNew = this.get('SELECT count(*) AS tables FROM sqlite_master')?.tables === 0;
    if (owner !== APPLICATION_ID && !isNew) {
      throw new LedgerError(
        `${this.file} is a database, but no callspan ledger; set CALLSPAN_STATE to another file.`,
      );
    }
  }

  #version(): number {
    return Number(this.get('PRAGMA user_version')?.user_version ?? 0);
  }

  #checkVersion(version: number): void {
    if (version > MIGRATIONS.length) {
      throw new LedgerError(
        `The ledger ${this.file} was written by a newer callspan (its version is ${version}, this program knows ${MIGRATIONS.length}); run that version, or use another file.`,
      );
    }
  }

  #migrate(): void {
    this.#checkVersion(this.#version());
    for (const [index, migrate] of MIGRATIONS.entries()) {
      if (this.#version() > index) continue;
      this.transaction(() => {
        // Another process may have been faster between the look and the lock.
        if (this.#version() > index) return;
        migrate(this);
        crashPoint('during-migration');
        this.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}`);
      });
    }
  }

  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  /** Changes rows, in the transaction that is open or in one of its own. @returns how many were changed. */
  run(sql: string, ...values: Value[]): number {
    const change = () => this.#guard(() => this.#statement(sql).run(values.map(whole)).changes);
    return this.#database.inTransaction ? change() : this.transaction(change);
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(values) as Row | undefined);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(values) as Row[]);
  }

  /** All of `work` or nothing of it. Takes the write lock at once, so that it cannot fail half way for want of it. */
  transaction<Result>(work: () => Result): Result {
    this.exec('BEGIN IMMEDIATE');
    let result: Result;
    try {
      this.fence?.();
      result = work();
      this.exec('COMMIT');
    } catch (error) {
      // A failed COMMIT may have rolled back already; then there is nothing left to undo.
      if (this.#database.inTransaction) this.exec('ROLLBACK');
      throw error;
    }
    return result;
  }

  close(): void {
    this.#statements.clear();
    this.#guard(() => this.#database.close());
  }

  // Values go in as a list always: a single one that is an object, a buffer or null, is taken for named parameters,
  // and libsql ends the whole process over it.
  #statement(sql: string): Libsql.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw ledgerError(this.file, error);
    }
  }
}

/** Times come out of divisions, and the columns take whole numbers only. */
function whole(value: Value): Value {
  return typeof value === 'number' ? Math.round(value) : value;
}
