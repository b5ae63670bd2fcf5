import { type HttpError, HttpStatusError, UnavailableError } from '../http/errors.ts';

/** Answers that no other request would get a better one than: the key, what it may do, the account. */
const REFUSALS: readonly number[] = [401, 402, 403];

/** The source itself cannot be used now: nothing of it is worth a try for a while. */
export class SourceDown extends Error {
  override readonly name = 'SourceDown';
  /** How long the vendor asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** A wrong key or a missing permission: only its owner can mend that. */
  readonly refused: boolean;

  private constructor(message: string, cause: HttpError, refused: boolean) {
    super(message, { cause });
    this.refused = refused;
    this.retryAfterMs = cause instanceof UnavailableError ? cause.retryAfterMs : undefined;
  }

  static from(cause: HttpError): SourceDown {
    const refused = cause instanceof HttpStatusError && REFUSALS.includes(cause.status);
    const advice = refused ? '; check its API key and that it may read conversations' : '';
    return new SourceDown(`${cause.message}${advice}`, cause, refused);
  }
}
