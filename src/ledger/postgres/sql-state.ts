import { LedgerError } from '../errors.ts';

/** What is to be done about an error of the server or of the way to it. See the manual's "PostgreSQL Error Codes". */
export type Remedy =
  /** The whole transaction again: two of them were in each other's way. */
  | 'again'
  /** Later: the server is starting, going or away, or busy with something that ends. */
  | 'later'
  /** A new connection, then later: this one leads to a server that takes no writes, or is broken. */
  | 'reconnect'
  /** A bug, or a text that nobody can keep: never again as it is. */
  | 'never'
  /** Somebody has to change something first. */
  | 'stop';

interface Known {
  readonly remedy: Remedy;
  /** What to do, after "The ledger … ". */
  readonly advice: string;
  readonly isFull?: true;
}

/** What Node says about certificates: none of it passes by itself. */
const CERTIFICATE = /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_CA$/;
const UNTRUSTED: Known = {
  remedy: 'stop',
  advice: 'shows a certificate that is not to be trusted; check sslmode and sslrootcert in CALLSPAN_STATE',
};

const AWAY: Known = { remedy: 'reconnect', advice: 'cannot be reached; it is tried again' };

const CODES: Readonly<Record<string, Known>> = {
  '40001': { remedy: 'again', advice: 'is written to by others at the same time' },
  '40P01': { remedy: 'again', advice: 'is written to by others at the same time' },
  '55P03': {
    remedy: 'later',
    advice: 'is locked by somebody; look for long transactions in pg_stat_activity',
  },
  '57014': { remedy: 'later', advice: 'took longer for a statement than is waited for' },
  '25P03': { remedy: 'reconnect', advice: 'has ended a transaction in which this process stood still' },
  '25006': {
    remedy: 'reconnect',
    advice: 'takes no writes: it is a standby, or default_transaction_read_only is on',
  },
  '53300': {
    remedy: 'later',
    advice:
      'has no connection left; raise max_connections, or run fewer of what connects to it (callspan takes five)',
  },
  '53100': { remedy: 'later', advice: 'has no room left on its disk', isFull: true },
  '53200': { remedy: 'later', advice: 'has no memory left' },
  '28P01': { remedy: 'stop', advice: 'refuses the password; check CALLSPAN_STATE' },
  '28000': { remedy: 'stop', advice: 'refuses the user; check CALLSPAN_STATE and pg_hba.conf' },
  '3D000': { remedy: 'stop', advice: 'has no such database; create it, or check CALLSPAN_STATE' },
  '42501': { remedy: 'stop', advice: 'does not let this user do that; grant it CREATE on the database' },
  '42P01': { remedy: 'stop', advice: 'lacks a table: its schema is older or newer than this program' },
  '42703': { remedy: 'stop', advice: 'lacks a column: its schema is older or newer than this program' },
};

/** What the driver meets before it reaches the server. */
const FILES: Readonly<Record<string, Known>> = {
  ENOENT: { remedy: 'stop', advice: 'is to be reached with a file that is not there; check CALLSPAN_STATE' },
  EACCES: {
    remedy: 'stop',
    advice: 'is to be reached with a file that may not be read; check CALLSPAN_STATE',
  },
};

/** Classes of codes: the first two characters. */
const CLASSES: Readonly<Record<string, Known>> = {
  '08': AWAY,
  '57': AWAY,
  '53': { remedy: 'later', advice: 'lacks resources' },
  '22': { remedy: 'never', advice: 'cannot keep a value' },
  '23': { remedy: 'never', advice: 'refuses a value' },
};

/** @returns what is to be done about an error that a query was answered with. */
export function remedyOf(error: unknown): Remedy {
  return known(error).remedy;
}

/** An error as the ledger's, which says what to do. @param where the server and database, without user and password. */
export function ledgerError(where: string, error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  const { advice, remedy, isFull = false } = known(error);
  const message = error instanceof Error ? error.message : String(error);
  // The server's message may quote what was to be written; for a value the code alone says enough.
  const said = remedy === 'never' ? codeOf(error) : message;
  const isPassing = remedy !== 'never' && remedy !== 'stop';
  return new LedgerError(`The ledger ${where} ${advice} (${said}).`, { cause: error, isFull, isPassing });
}

function known(error: unknown): Known {
  const code = codeOf(error);
  const found = CODES[code] ?? FILES[code] ?? CLASSES[code.slice(0, 2)];
  if (found !== undefined) return found;
  if (CERTIFICATE.test(code)) return UNTRUSTED;
  // Node's own codes (ECONNREFUSED …), and a connection that ends without any, are the way and not the server.
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
    ? { remedy: 'never', advice: 'answered with an error' }
    : AWAY;
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
