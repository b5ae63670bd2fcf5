import type { Settlement } from '../ledger/records.ts';
import type { Log } from '../telemetry/log.ts';
import type { Translated } from '../vendors/vendor.ts';

/** What is left to do for a conversation that was accepted, and nothing of what was sent. */
export interface Settling {
  readonly settlement: Settlement;
  readonly line: {
    readonly conversation: string;
    readonly traceId: string;
    readonly spans: number;
    readonly outcome: string;
  };
  /** Sent once more, and its spans are not what was sent before. */
  readonly changed: boolean;
  /** Only what came late was sent. */
  readonly late: boolean;
}

/** What the log is told of a conversation that was delivered. */
export function lineOf(id: string, { conversation }: Translated, spans: number): Settling['line'] {
  const { traceId, outcome } = conversation;
  return { conversation: id, traceId, spans, outcome };
}

/** Tells that it was, and what the collector has said about it. */
export function tellSettled(
  log: Log,
  { line, changed, late }: Settling,
  { rejectedSpans, message }: { readonly rejectedSpans: number; readonly message?: string | undefined },
): void {
  if (rejectedSpans > 0 || message !== undefined) {
    log.warn(
      { ...line, rejectedSpans, collector: message },
      'delivered, and the collector has something to say',
    );
  } else if (changed) log.warn(line, 'delivered again, and not what was sent before');
  else log.info(line, late ? 'late events delivered' : 'delivered');
}
