import { LedgerError } from '../errors.ts';

/** What is said where the disk is full, whoever finds it out. */
export const FULL = 'cannot grow because the disk is full; free some space';

/** What is said where something is not as callspan has written it, whoever finds it out. */
export const DAMAGED =
  'is damaged or is no callspan ledger; restore a backup, or move it away and start anew: conversations inside the look-back are then delivered again, byte for byte the same';

/** Primary result codes of SQLite, and what to do about each that a user can do something about. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [3, 'cannot be written; check the permissions of the file and of its folder'],
  [5, 'is locked by another program; close what else has it open'],
  [6, 'is locked by another program; close what else has it open'],
  [8, 'cannot be written; check the permissions of the file and of its folder'],
  [10, 'cannot be read or written because of a disk error; check the disk'],
  [11, DAMAGED],
  [13, FULL],
  [14, 'cannot be opened; check that its folder exists and may be written'],
  [15, 'is locked by another program; close what else has it open'],
  [23, 'cannot be written; check the permissions of the file and of its folder'],
  [26, DAMAGED],
]);

const CORRUPT = 11;
const SQLITE_FULL = 13;

/** `error` of the database as a {@link LedgerError}; anything else as it is. */
export function ledgerError(file: string, error: unknown): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  const because = ADVICE.get(code) ?? `failed (${error instanceof Error ? error.message : code})`;
  return new LedgerError(`The ledger ${file} ${because}.`, { cause: error, isFull: code === SQLITE_FULL });
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  // A number that is too large to be one is not what callspan has written.
  if (error.code === 'ERR_OUT_OF_RANGE') return CORRUPT;
  if (error.code !== 'ERR_SQLITE_ERROR') return undefined;
  // Extended codes have the primary one in their lowest byte. Not every error of a row that is read has one.
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return /malformed|corrupt|too large to be represented/.test(error.message) ? CORRUPT : 0;
}
