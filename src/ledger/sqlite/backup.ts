import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { LedgerError } from '../errors.ts';
import { Database } from './database.ts';
import { ledgerError } from './result-code.ts';

/** Never an existing file, and never through a link that somebody has put there. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Copies a ledger, as it is at one moment, into a new file that only its owner can read; beside a running bridge or
 * without one. The copy is checked whole before it is called one.
 * @throws LedgerError where there is no ledger, where the file exists already or cannot be written, or where the copy
 * is not sound, which is then removed.
 */
export function backUp(state: string, file: string): void {
  // Refuses what is no ledger, or one of another version.
  new Database(state, { readOnly: true }).close();
  reserve(file);
  try {
    const source = new DatabaseSync(state, { readOnly: true });
    try {
      source.prepare('VACUUM INTO ?').run(file);
    } finally {
      source.close();
    }
    const copy = new DatabaseSync(file, { readOnly: true });
    try {
      const [found] = copy.prepare('PRAGMA integrity_check').all() as { integrity_check?: string }[];
      if (found?.integrity_check !== 'ok')
        throw new LedgerError(
          `The copy of ${state} is damaged (${found?.integrity_check}), as the ledger is; nothing was kept.`,
        );
    } finally {
      copy.close();
    }
  } catch (error) {
    rmSync(file, { force: true });
    throw ledgerError(state, error);
  }
}

/** SQLite writes into an empty file, so that it is private from the first byte on. */
function reserve(file: string): void {
  try {
    closeSync(openSync(file, NEW_FILE, 0o600));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new LedgerError(
      code === 'EEXIST'
        ? `${file} is there already, and no backup is written over; name a new file.`
        : `${file} cannot be written (${code}).`,
    );
  }
}
