import { LedgerError } from '../ledger/errors.ts';
import { onAbort } from '../time/abort.ts';
import type { Signals } from './pipeline.ts';

/**
 * How long requests to the collector may still take when the bridge is to stop, in milliseconds. With the last export
 * of the numbers, which has one second, that leaves two of the five in which a stop has to be over.
 */
const GRACE = 2_000;

/** `abort` follows `stop` after the grace that requests under way have; at once where nothing can be recorded. */
export function signalsOf(stop: AbortSignal): Signals {
  const abort = new AbortController();
  onAbort(stop, () => {
    if (stop.reason instanceof LedgerError) abort.abort(stop.reason);
    else setTimeout(() => abort.abort(stop.reason), GRACE).unref();
  });
  return { stop, abort: abort.signal };
}
