import type { Holder } from './records.ts';

/** The ledger cannot be used. The message says what to do. */
export class LedgerError extends Error {
  override readonly name: string = 'LedgerError';
  /** There is no room left where the ledger is. */
  readonly isFull: boolean;
  /** It passes by itself: whoever waits and opens the ledger again can go on. */
  readonly isPassing: boolean;

  constructor(
    message: string,
    {
      cause,
      isFull = false,
      isPassing = false,
    }: { cause?: unknown; isFull?: boolean; isPassing?: boolean } = {},
  ) {
    super(message, { cause });
    this.isFull = isFull;
    this.isPassing = isPassing;
  }
}

/** The ledger cannot be used now, and may be later without anybody's doing: it is somewhere else. */
export class LedgerAwayError extends LedgerError {
  override readonly name = 'LedgerAwayError';

  constructor(message: string, options: { cause?: unknown; isFull?: boolean } = {}) {
    super(message, { ...options, isPassing: true });
  }
}

/** Another process has a source, or the whole ledger, that this one had. */
export class LeaseLostError extends LedgerError {
  override readonly name = 'LeaseLostError';

  constructor(message: string) {
    super(message, { isPassing: true });
  }
}

/** Another process is the bridge on this ledger. */
export class HeldError extends LedgerError {
  override readonly name = 'HeldError';

  /** @param where the ledger. */
  constructor(where: string, { pid, host, since }: Holder) {
    super(
      `Another callspan is the bridge on ${where}: process ${pid} on ${host}, since ${new Date(since).toISOString()}.`,
    );
  }
}
