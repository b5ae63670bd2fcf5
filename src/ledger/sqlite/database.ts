import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { crashPoint } from '../../crash-point.ts';
import { LedgerError } from '../errors.ts';
import { LedgerFile } from './ledger-file.ts';
import { ledgerError } from './result-code.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { bindable, type Row, type Value } from './value.ts';

export type { Row, Value } from './value.ts';

/** How long a statement waits for another process on the same file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

export interface OpenOptions {
  /** Looks only: never creates, never migrates, never writes. */
  readonly readOnly?: boolean;
  /**
   * A ledger of up to so many bytes is looked through as a whole when it is held, which takes a second or so; a larger
   * one is inspected while it is used. @default 64 MiB
   */
  readonly wholeUpTo?: number;
  /** Also where it is being moved, or was: only for whoever moves it. */
  readonly moving?: boolean;
}

/**
 * The ledger's file: SQLite in WAL mode with every commit flushed to the disk, so that what was recorded stays
 * recorded when the power goes. Every error becomes a {@link LedgerError} that says what to do.
 */
export class Database {
  readonly file: LedgerFile;
  /** Called at the start of every transaction: throws where this process may not write any more. */
  fence: (() => void) | undefined;
  readonly #readOnly: boolean;
  readonly #database: InstanceType<typeof DatabaseSync>;
  readonly #statements = new Map<string, StatementSyncInstance>();
  /** Whether the next commit waits for the disk. */
  #flushes = true;

  /** @throws LedgerError */
  constructor(name: string, { readOnly = false }: OpenOptions = {}) {
    this.file = new LedgerFile(name);
    this.#readOnly = readOnly;
    if (readOnly && !this.file.exists) {
      throw new LedgerError(
        `There is no ledger at ${name}; check CALLSPAN_STATE, or start the bridge first.`,
      );
    }
    this.file.expectFiles();
    if (!readOnly) this.file.make();
    this.file.expectOneName();
    this.#database = this.#guard(() => new DatabaseSync(this.file.path, { timeout: BUSY_TIMEOUT_MS }));
    try {
      this.#prepare(readOnly);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #prepare(readOnly: boolean): void {
    this.#checkOwner();
    if (readOnly) {
      this.#checkVersion(this.#version());
      if (this.#version() < MIGRATIONS.length) {
        throw new LedgerError(
          `The ledger ${this.file.name} was written by an older callspan or was never finished; start the bridge on it once.`,
        );
      }
      this.exec('PRAGMA query_only = 1');
      return;
    }
    this.file.hide();
    this.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    // Payloads that a webhook has brought must be gone when they are deleted.
    this.exec('PRAGMA secure_delete = ON');
    // Only a transaction makes its companions, where there are none yet.
    this.exec('BEGIN IMMEDIATE; ROLLBACK');
    this.file.remember();
    this.#migrate();
  }

  /** A file of another program must not be touched, however it got here. */
  #checkOwner(): void {
    const owner = this.get('PRAGMA application_id')?.application_id;
    const isNew = this.get('SELECT count(*) AS tables FROM sqlite_master')?.tables === 0;
    if (owner !== APPLICATION_ID && !isNew) {
      throw new LedgerError(
        `${this.file.name} is a database, but no callspan ledger; set CALLSPAN_STATE to another file.`,
      );
    }
  }

  #version(): number {
    return Number(this.get('PRAGMA user_version')?.user_version ?? 0);
  }

  #checkVersion(version: number): void {
    if (version > MIGRATIONS.length) {
      throw new LedgerError(
        `The ledger ${this.file.name} was written by a newer callspan (its version is ${version}, this program knows ${MIGRATIONS.length}); run that version, or use another file.`,
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
    const change = () => this.#guard(() => Number(this.#statement(sql).run(...values.map(bindable)).changes));
    return this.#database.isTransaction ? change() : this.transaction(change);
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values.map(bindable)) as Row | undefined);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values.map(bindable)) as Row[]);
  }

  /** All of `work` or nothing of it. Takes the write lock at once, so that it cannot fail half way for want of it. */
  transaction<Result>(work: () => Result): Result {
    return this.#transact(work, true);
  }

  /**
   * As `transaction`, without waiting for the disk: it outlives this process, and where the power goes it may be lost,
   * unless a later transaction has waited.
   */
  unflushed<Result>(work: () => Result): Result {
    return this.#transact(work, false);
  }

  #transact<Result>(work: () => Result, flushes: boolean): Result {
    this.file.check();
    // Said only where it changes: a statement that says it is compiled anew each time, and there are three that do not
    // wait for one that does.
    if (this.#flushes !== flushes) this.exec(`PRAGMA synchronous = ${flushes ? 'FULL' : 'NORMAL'}`);
    this.#flushes = flushes;
    this.#step('BEGIN IMMEDIATE');
    let result: Result;
    try {
      this.fence?.();
      result = work();
      this.#step('COMMIT');
    } catch (error) {
      // A failed COMMIT may have rolled back already; then there is nothing left to undo.
      if (this.#database.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
    return result;
  }

  #step(sql: 'BEGIN IMMEDIATE' | 'COMMIT'): void {
    this.#guard(() => this.#statement(sql).run());
  }

  /**
   * Statements cannot be finalized, and SQLite puts off what it does at the end until they are collected: so the log is
   * taken into the file here, which is then whole by itself.
   */
  close(): void {
    try {
      if (!this.#readOnly) this.get('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // Then the log stays beside the file, and whoever opens it next takes it in.
    }
    this.#statements.clear();
    this.#guard(() => this.#database.close());
  }

  #statement(sql: string): StatementSyncInstance {
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
      throw ledgerError(this.file.name, error);
    }
  }
}
