import { damaged } from './conversation-row.ts';
import type { Database } from './database.ts';
import { TALLY_CHECKSUM } from './schema.ts';

/**
 * Up to this size everything is looked at before a bridge begins: a second or so. A larger file would take longer than
 * anybody wants to wait for a start (43 seconds with ten million conversations); of that the tables that everything
 * depends on are looked at, all of which are small, and the rest is inspected while the bridge runs. In bytes.
 */
const WHOLE_UP_TO = 64 * 1024 * 1024;
const SMALL = ['ledger', 'source', 'tally', 'lease', 'request', 'series', 'attempt', 'notice'] as const;

/**
 * Finds what a bit that has changed on the disk has done: entries that are not where they are looked for would have
 * conversations delivered again, and counted twice.
 * @param wholeUpTo so many bytes are looked through as a whole.
 * @returns whether everything was looked at.
 * @throws LedgerError
 */
export function verifyIntegrity(database: Database, wholeUpTo = WHOLE_UP_TO): boolean {
  verifyTallyChecksums(database);
  if (database.file.size > wholeUpTo) {
    for (const table of SMALL) expectOk(database, `PRAGMA integrity_check('${table}')`);
    return false;
  }
  expectOk(database, 'PRAGMA integrity_check(1)');
  expectOk(database, 'PRAGMA foreign_key_check');
  verifyTallies(database);
  return true;
}

function expectOk(database: Database, pragma: string): void {
  const row = database.get(pragma);
  if (row === undefined || row.integrity_check === 'ok') return;
  throw damaged(database, String(row.integrity_check ?? 'a conversation of no source'));
}

function verifyTallyChecksums(database: Database): void {
  const sum = TALLY_CHECKSUM('source', 'state', 'conversations');
  const wrong = database.get(`SELECT source, state FROM tally WHERE checksum <> ${sum} LIMIT 1`);
  if (wrong !== undefined) throw damaged(database, 'a count of its conversations');
}

function verifyTallies(database: Database): void {
  const wrong = database.get(
    `SELECT source, state FROM (
       SELECT source, state, conversations FROM tally WHERE conversations <> 0
       EXCEPT SELECT source, state, count(*) FROM conversation GROUP BY source, state
     ) UNION ALL SELECT source, state FROM (
       SELECT source, state, count(*) FROM conversation GROUP BY source, state
       EXCEPT SELECT source, state, conversations FROM tally
     ) LIMIT 1`,
  );
  if (wrong !== undefined) throw damaged(database, 'the counts of its conversations are wrong');
}
