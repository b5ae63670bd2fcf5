import type { Progress } from '../ledger/requests.ts';
import type { Carried } from './carrier.ts';

/** How often progress is told, in milliseconds: it is written to the ledger. */
const TELL_EVERY = 500;

/** One stretch of the past of one source on its way: what was found, and what has become of it. */
export class Backfill {
  readonly #open = new Set<string>();
  readonly #tell: (progress: Progress) => void;
  readonly #now: () => number;
  readonly #counts: Record<
    'listed' | 'found' | 'delivered' | 'pending' | 'empty' | 'dead' | 'postponed',
    number
  > = {
    listed: 0,
    found: 0,
    delivered: 0,
    pending: 0,
    empty: 0,
    dead: 0,
    postponed: 0,
  };
  #toldAt = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(tell: (progress: Progress) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  /** A conversation of the stretch; `wanted` where it is still to be delivered. */
  found(id: string, wanted: boolean): void {
    this.#counts.listed++;
    if (wanted && !this.#open.has(id)) {
      this.#open.add(id);
      this.#counts.found++;
    }
    this.#tellNow(false);
  }

  /** Something has become of a conversation, whether it belongs here or not. */
  carried(id: string, { kind }: Carried): void {
    if (!this.#open.delete(id)) return;
    this.#counts[kind === 'gone' ? 'empty' : kind === 'looked' ? 'delivered' : kind]++;
    this.#tellNow(false);
    if (this.#open.size === 0) this.#whenEmpty?.();
  }

  /** Until something has become of every conversation that was found. */
  async finished(stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    if (this.#open.size > 0) {
      await new Promise<void>((resolve, reject) => {
        this.#whenEmpty = resolve;
        stop.addEventListener('abort', () => reject(stop.reason), { once: true });
      });
    }
    this.#tellNow(true);
  }

  #tellNow(force: boolean): void {
    const now = this.#now();
    if (!force && now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    this.#tell({ ...this.#counts });
  }
}
