/** The ledger cannot be used. The message says what to do. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  /** There is no room left where the ledger is. */
  readonly isFull: boolean;

  constructor(message: string, { cause, isFull = false }: { cause?: unknown; isFull?: boolean } = {}) {
    super(message, { cause });
    this.isFull = isFull;
  }
}

/** What is said where the disk is full, whoever finds it out. */
export const FULL = 'cannot grow because the disk is full; free some space';

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
  [/^SQLITE_FULL/, FULL],
  [/^SQLITE_IOERR/, 'cannot be read or written because of a disk error; check the disk'],
  [/^SQLITE_CANTOPEN/, 'cannot be opened; check that its folder exists and may be written'],
  [/^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/, 'is locked by another program; close what else has it open'],
];

/** `error` of the database as a {@link LedgerError}; anything else as it is. */
export function ledgerError(file: string, error: unknown): unknown {
  const code = codeOf(error);
  if (!code.startsWith('SQLITE_')) return error;
  const advice = ADVICE.find(([pattern]) => pattern.test(code))?.[1];
  const because = advice ?? `failed (${error instanceof Error ? error.message : code})`;
  return new LedgerError(`The ledger ${file} ${because}.`, {
    cause: error,
    isFull: code.startsWith('SQLITE_FULL'),
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // libsql has no code for a file that it cannot even open.
  if (/^ConnectionFailed\(/.test(error.message)) return 'SQLITE_CANTOPEN';
  return 'code' in error ? String(error.code) : '';
}
