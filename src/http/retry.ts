import { backOff } from '../time/back-off.ts';
import type { Clock } from '../time/clock.ts';
import { type Failure, UnavailableError } from './errors.ts';

/** The longest wait between two tries, in milliseconds: who asks for more is asked again another day. */
export const longestWaitMs = 3_600_000;

/** One retry, told before its wait begins. */
export interface Retry {
  /** E.g. `GET /v1/convai/conversations`. */
  readonly request: string;
  /** The try that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly delayMs: number;
  readonly reason: string;
  /** What the vendor asked for, in milliseconds. */
  readonly retryAfterMs?: number;
}

export interface RetryPolicy {
  /** For the error and the hook. */
  readonly request: string;
  readonly tries: number;
  /** The back-off before the second try is up to this many milliseconds, and doubles from there. */
  readonly baseMs: number;
  /** The longest back-off in milliseconds; `Retry-After` may be longer. */
  readonly capMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onRetry?: (retry: Retry) => void;
}

/** Thrown inside `retrying` by a try that failed for now. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/**
 * Tries until it works, with full jitter: a random part of a growing back-off, so that callers who failed
 * together do not come back together. Never earlier than `Retry-After`.
 *
 * @throws UnavailableError when the tries are used up or the wait asked for is longer than an hour; the
 * signal's reason as soon as it is aborted, also in the middle of a wait; whatever else the task throws, at once.
 */
export async function retrying<T>(task: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { request, tries, clock, signal } = policy;
  for (let attempt = 1; ; attempt++) {
    let failure: Failure;
    try {
      return await task();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      failure = error.failure;
    }
    const { reason, retryAfterMs } = failure;
    if (attempt >= tries || (retryAfterMs ?? 0) > longestWaitMs) {
      throw new UnavailableError(request, attempt, failure);
    }
    const backOffMs = clock.random() * backOff(attempt, { first: policy.baseMs, longest: policy.capMs });
    const delayMs = Math.ceil(Math.max(backOffMs, retryAfterMs ?? 0));
    policy.onRetry?.({
      request,
      attempt,
      delayMs,
      reason,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    await clock.sleep(delayMs, signal);
  }
}
