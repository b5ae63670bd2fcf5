import { type VendorTrouble, vendorTrouble } from '../blame.ts';
import { UnavailableError } from '../http/errors.ts';
import { LedgerError } from '../ledger/errors.ts';

/** The source itself cannot be used now: nothing of it is worth a try for a while. */
export class SourceDown extends Error {
  override readonly name = 'SourceDown';
  /** What it comes down to, without what differs from one request to the next: two that are equal are one trouble. */
  readonly trouble: VendorTrouble;
  /** How long the vendor asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** A wrong key or a missing permission: only its owner can mend that. */
  readonly refused: boolean;

  private constructor(message: string, cause: Error, trouble: VendorTrouble) {
    super(message, { cause });
    this.trouble = trouble;
    this.refused = trouble === 'refused';
    this.retryAfterMs = cause instanceof UnavailableError ? cause.retryAfterMs : undefined;
  }

  /** @param cause what the vendor did, or else an error of callspan's own, which must not stop other sources. */
  static from(cause: Error): SourceDown {
    const trouble = vendorTrouble(cause);
    const advice = trouble === 'refused' ? '; check its API key and that it may read conversations' : '';
    return new SourceDown(`${cause.message}${advice}`, cause, trouble);
  }
}

/**
 * A failure as what it means for the source: one that nobody foresaw must not stop the other sources either.
 * @throws LedgerError, which is no source's.
 */
export function asSourceDown(error: unknown): SourceDown {
  if (error instanceof SourceDown) return error;
  if (error instanceof LedgerError || !(error instanceof Error)) throw error;
  return SourceDown.from(error);
}
