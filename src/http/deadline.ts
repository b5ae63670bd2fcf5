import { onAbort } from '../time/abort.ts';

/** The work took longer than it was given. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly deadlineMs: number;

  constructor(deadlineMs: number) {
    super(`no complete answer within ${deadlineMs} ms`);
    this.deadlineMs = deadlineMs;
  }
}

/**
 * Runs `work` for at most `ms` milliseconds and no longer than `signal` allows. Rejects at that very moment,
 * with a `DeadlineError` or the signal's reason, even when the work does not listen: undici, for one, looks at a
 * request's signal only once a connection stands, and a half-open TLS handshake or a silent proxy never gets there.
 *
 * The composed signal is made by hand: `AbortSignal.any` keeps every short-lived signal reachable from the
 * long-lived one on Node 20.
 *
 * @param work gets a signal that is aborted when the time is up or the caller's signal is; it should clean up on it.
 */
export function withDeadline<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const stop = (reason: unknown) => {
      release();
      reject(reason);
      controller.abort(reason);
    };
    const timer = setTimeout(() => stop(new DeadlineError(ms)), Math.min(ms, 2 ** 31 - 1));
    const release = () => {
      clearTimeout(timer);
      stopListening();
    };
    const stopListening = onAbort(signal, () => stop(signal?.reason));
    work(controller.signal).then(
      (result) => {
        release();
        resolve(result);
      },
      (error) => {
        release();
        reject(error);
      },
    );
  });
}
