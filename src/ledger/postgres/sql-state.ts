import { LedgerAwayError, LedgerError } from '../errors.ts';

/** What an error of the server, or of the way to it, asks for. */
type Remedy =
  /** Two transactions met: the whole of it again, at once. */
  | 'again'
  /** Somebody else holds what was wanted, or the server is slow: again after a pause. */
  | 'later'
  /** This process stood still in the middle of a transaction: again, if its lease is still its own. */
  | 'frozen'
  /** The server is not there, or not one that can be written: connect anew, with growing pauses. */
  | 'reconnect'
  /** Somebody has to do something, and then it goes on by itself. */
  | 'wait'
  /** A setting or a right: at the start a reason to stop; afterwards as `wait`, for passwords are changed. */
  | 'access'
  /** The tables are not this program's. */
  | 'schema'
  /** A text or number that the server refuses: one conversation's doing, never that of others. */
  | 'text'
  | 'unknown';

interface Judgement {
  readonly remedy: Remedy;
  /** Follows "The ledger at … ". */
  readonly advice: string;
  readonly isFull?: boolean;
}

const AWAY = 'cannot be reached; it is tried again until it can';
const NO_RIGHT =
  'refuses this user; it has to own the schema callspan, or be granted CREATE on the database (docs/postgresql.md)';

const BY_CODE: ReadonlyMap<string, Judgement> = new Map<string, Judgement>([
  ['40001', { remedy: 'again', advice: 'had two transactions in each other’s way' }],
  ['40P01', { remedy: 'again', advice: 'had two transactions in each other’s way' }],
  ['55P03', { remedy: 'later', advice: 'is locked by another transaction for longer than is waited' }],
  ['57014', { remedy: 'later', advice: 'takes longer for a statement than is waited' }],
  [
    '25P03',
    { remedy: 'frozen', advice: 'ended a transaction in the middle of which this process stood still' },
  ],
  ['25006', { remedy: 'reconnect', advice: 'is read-only: a standby, or a server that was failed over' }],
  [
    '53300',
    {
      remedy: 'wait',
      advice: 'has no connection left; raise max_connections, or lower pool= in CALLSPAN_STATE',
    },
  ],
  [
    '53100',
    { remedy: 'wait', advice: 'cannot grow because its disk is full; free some space', isFull: true },
  ],
  ['53200', { remedy: 'wait', advice: 'is out of memory' }],
  ['28P01', { remedy: 'access', advice: 'refuses the password; check CALLSPAN_STATE' }],
  ['28000', { remedy: 'access', advice: 'refuses this user; check CALLSPAN_STATE and pg_hba.conf' }],
  ['3D000', { remedy: 'access', advice: 'has no such database; create it, or correct CALLSPAN_STATE' }],
  ['42501', { remedy: 'access', advice: NO_RIGHT }],
  [
    '42P01',
    { remedy: 'schema', advice: 'lacks a table: it belongs to another version, or was changed by hand' },
  ],
  [
    '42703',
    { remedy: 'schema', advice: 'lacks a column: it belongs to another version, or was changed by hand' },
  ],
  ['22021', { remedy: 'text', advice: 'refuses a text' }],
  ['22P05', { remedy: 'text', advice: 'refuses a text' }],
  ['22P02', { remedy: 'text', advice: 'refuses a number' }],
]);

/** Codes of Node and OpenSSL by which a certificate is refused: nothing that passes by itself. */
const CERTIFICATE = /CERT|^ERR_TLS_|^ERR_SSL_|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_CA$/;

/** What to do about an error of the database. */
export function judge(error: unknown): Judgement {
  const code = codeOf(error);
  const known = code === undefined ? undefined : BY_CODE.get(code);
  if (known !== undefined) return known;
  // No code: "Connection terminated unexpectedly", or a time that has passed without an answer.
  if (code === undefined) return { remedy: 'reconnect', advice: AWAY };
  if (CERTIFICATE.test(code)) {
    return {
      remedy: 'access',
      advice: `has a certificate that is not trusted (${code}); name its authority with sslrootcert=`,
    };
  }
  if (/^(?:08|57P)/.test(code) || /^E[A-Z]/.test(code)) return { remedy: 'reconnect', advice: AWAY };
  if (code.startsWith('53')) return { remedy: 'wait', advice: `lacks resources (${code})` };
  if (code.startsWith('22')) return { remedy: 'text', advice: 'refuses a value' };
  return { remedy: 'unknown', advice: `failed (${code})` };
}

/** Whether it may be over by itself, so that waiting helps. */
function passes({ remedy }: Judgement): boolean {
  return remedy !== 'access' && remedy !== 'schema' && remedy !== 'text' && remedy !== 'unknown';
}

/**
 * `error` of the database as a {@link LedgerError}; anything else as it is. The server's own words stay in the cause:
 * they may hold values.
 * @param where host and database, and never anything else of the URL.
 * @param wasUsable it has been used before: what is refused now is somebody's change, and may be taken back.
 */
export function ledgerError(where: string, error: unknown, wasUsable = false): unknown {
  if (error instanceof LedgerError || error instanceof TypeError || !isOfDatabase(error)) return error;
  const judgement = judge(error);
  const { advice, isFull = false } = judgement;
  const code = codeOf(error);
  const detail = advice === AWAY ? ` (${code ?? 'no answer'})` : '';
  const message = `The ledger at ${where} ${advice}${detail}.`;
  return passes(judgement) || (wasUsable && judgement.remedy === 'access')
    ? new LedgerAwayError(message, { cause: error, isFull })
    : new LedgerError(message, { cause: error, isFull });
}

export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A programming error of our own is none. */
export function isOfDatabase(error: unknown): boolean {
  if (codeOf(error) !== undefined) return true;
  return error instanceof Error && /connection|timeout|terminated|client/i.test(error.message);
}
