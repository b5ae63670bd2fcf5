import type { CircuitBreaker } from '../delivery/circuit-breaker.ts';
import { HttpError } from '../http/errors.ts';
import type { RepairResult } from '../ledger/command.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Delivered } from '../ledger/records.ts';
import type { Log } from '../telemetry/log.ts';
import { selectSpans, shapeOf } from '../trace/shape.ts';
import { retraceAsSent } from '../vendors/retrace.ts';
import type { Source } from '../vendors/vendor.ts';
import { TooOldError } from './age.ts';
import type { Pipeline, Signals } from './pipeline.ts';

export interface RepairOptions {
  readonly source: Source;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly breaker: CircuitBreaker;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly pipeline: Pipeline;
}

/** A delivered conversation, and the ids of the spans that are still there. */
export interface RepairItem {
  readonly id: string;
  readonly have: readonly string[];
}

/** What came of sending spans again. */
interface Repaired {
  readonly spans: number;
  /** Why nothing could be sent. */
  readonly problem?: string;
}

/** Sends again what a store has lost of delivered conversations, and nothing that is there. */
export class Repair {
  readonly #options: RepairOptions;

  constructor(options: RepairOptions) {
    this.#options = options;
  }

  /**
   * One conversation after the other; one that cannot be repaired is told in `problems`.
   * @throws CollectorDown, LedgerError or the signal's reason.
   */
  async run(
    items: readonly RepairItem[],
    signals: Signals,
    tell: (result: RepairResult) => void,
  ): Promise<RepairResult> {
    const figures = { found: items.length, repaired: 0, spans: 0 };
    const problems: string[] = [];
    for (const item of items) {
      const { spans, problem } = await this.#one(item, signals);
      figures.spans += spans;
      if (problem === undefined) figures.repaired++;
      else problems.push(`${item.id}: ${problem}`);
      tell({ ...figures, problems: [...problems] });
    }
    return { ...figures, problems };
  }

  async #one(item: RepairItem, signals: Signals): Promise<Repaired> {
    const { ledger, id } = this.#options;
    const row = await ledger.conversations.get(id, item.id);
    if (row?.sent === undefined) return { spans: 0, problem: 'it was never delivered' };
    try {
      return await this.#resend({ sent: row.sent, seenAt: row.firstSeenAt }, item, signals);
    } catch (error) {
      if (error instanceof HttpError || error instanceof TooOldError)
        return { spans: 0, problem: error.message };
      throw error;
    }
  }

  /** Sends what is missing; nothing if the vendor's payload has changed since. */
  async #resend(
    { sent, seenAt }: { readonly sent: Delivered; readonly seenAt: number },
    { id, have }: RepairItem,
    signals: Signals,
  ): Promise<Repaired> {
    const { source, breaker, log, pipeline } = this.#options;
    const fetched = await source.fetch(id, signals.stop, undefined, seenAt);
    if (fetched.kind !== 'ready') return { spans: 0, problem: `the vendor shows it as ${fetched.kind}` };
    const { batch, lateIds, spanIds } = retraceAsSent(fetched.translated, source.name, sent.traceId);
    if (shapeOf(batch, lateIds) !== sent.shape) {
      return {
        spans: 0,
        problem: 'the vendor shows it otherwise than when it was delivered; export --force sends that',
      };
    }
    const known = new Set([...have, ...lateIds.filter((late) => !sent.late.includes(late))]);
    const missing = spanIds.filter((spanId) => !known.has(spanId));
    if (missing.length === 0) return { spans: 0 };
    const lost = selectSpans(batch, new Set(missing));
    const passage = await breaker.deliver(lost, pipeline.deliveryOptions(id, lost, signals));
    if (passage.kind !== 'accepted') return { spans: 0, problem: passage.reason };
    log.info({ conversation: id, traceId: sent.traceId, spans: missing.length }, 'repaired');
    return { spans: missing.length };
  }
}
