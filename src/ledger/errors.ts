/** The ledger cannot be used. The message says what to do. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
}

/** What to do about each of SQLite's result codes that a user can do something about. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^SQLITE_(?:CORRUPT|NOTADB)/,
    'is damaged or is no callspan ledger; restore a backup, or move it away and start anew: conversations inside the look-back are then delivered again, byte for byte the same',
  ],
  [
    /^SQLITE_(?:READONLY|PERM|AUTH)/,
    'cannot be written; check the permissions of the file and of its folder',
  ],
  [/^SQLITE_FULL/, 'cannot grow because the disk is full; free some space'],
  [/^SQLITE_IOERR/, 'cannot be read or written because of a disk error; check the disk'],
  [/^SQLITE_CANTOPEN/, 'cannot be opened; check that its folder exists and may be written'],
  [/^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/, 'is locked by another program; close what else has it open'],
];

/** `error` of the database as a {@link LedgerError}; anything else as it is. */
export function ledgerError(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('SQLITE_')) return error;
  const advice = ADVICE.find(([pattern]) => pattern.test(code))?.[1];
  const because = advice ?? `failed (${error instanceof Error ? error.message : code})`;
  return new LedgerError(`The ledger ${file} ${because}.`, { cause: error });
}
