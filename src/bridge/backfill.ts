import type { BackfillFigures } from '../ledger/command.ts';
import type { Granted } from '../ledger/records.ts';
import { onAbort } from '../time/abort.ts';
import type { Processed } from './settle.ts';

/** How often progress is told, in milliseconds: it is written to the ledger. */
const TELL_EVERY = 500;

/** A stretch of the past, by start. Unix milliseconds. */
export interface Stretch {
  readonly since: number;
  readonly until: number;
  /** Also what was settled before this moment. */
  readonly forced: number | undefined;
}

/** One stretch of the past of one source on its way: what was found, and what has become of it. */
export class Backfill {
  readonly #listed = new Set<string>();
  readonly #open = new Set<string>();
  readonly #tell: (figures: BackfillFigures) => void;
  readonly #now: () => number;
  readonly #counts = {
    listed: 0,
    found: 0,
    delivered: 0,
    pending: 0,
    empty: 0,
    dead: 0,
    parked: 0,
    postponed: 0,
  };
  #toldAt = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(tell: (figures: BackfillFigures) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  /** A conversation of the stretch, and whether it is still to be delivered. */
  found(id: string, granted: Granted): void {
    // A list that changes while it is walked shows some twice.
    if (this.#listed.has(id)) return;
    this.#listed.add(id);
    this.#counts.listed++;
    if (granted !== 'settled') this.#counts.found++;
    if (granted === 'later') this.#counts.pending++;
    if (granted === 'now') this.#open.add(id);
    this.#tellNow(false);
  }

  /** Something has become of a conversation, whether it belongs here or not. */
  processed(id: string, { kind }: Processed): void {
    // While nothing passes, nothing has become of it.
    if (kind === 'waiting' || !this.#open.delete(id)) return;
    this.#counts[kind === 'gone' ? 'empty' : kind === 'looked' ? 'delivered' : kind]++;
    this.#tellNow(false);
    if (this.#open.size === 0) this.#whenEmpty?.();
  }

  /** Until something has become of every conversation that was found. @throws the signal's reason. */
  async finished(stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    if (this.#open.size > 0) {
      await new Promise<void>((resolve, reject) => {
        const stopListening = onAbort(stop, () => reject(stop.reason));
        this.#whenEmpty = () => {
          stopListening();
          resolve();
        };
      });
    }
    this.#tellNow(true);
  }

  #tellNow(force: boolean): void {
    const now = this.#now();
    if (!force && Math.abs(now - this.#toldAt) < TELL_EVERY) return;
    this.#toldAt = now;
    this.#tell({ ...this.#counts });
  }
}
