import type { Call, CallSpec } from './call.ts';
import type { PublishedCall } from './published.ts';

/** What a book holds under an id. */
export type BookItem =
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'published'; readonly call: PublishedCall };

export interface Entry {
  readonly id: string;
  /** Milliseconds since the epoch, as the vendor publishes it. */
  readonly startAt: number;
  /** Orders calls that start at the same moment. */
  readonly serial: number;
  readonly visibleAt: number;
  readonly source: CallSpec | BookItem;
}

/** The calls of one provider in order of start. */
export class Shelf {
  readonly #entries: Entry[] = [];
  /** Calls that the list shows later than they start; there are few. */
  readonly #late: Entry[] = [];

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  put(entry: Entry): void {
    this.#entries.splice(this.firstAfter(entry.startAt, entry.serial), 0, entry);
    if (entry.visibleAt > entry.startAt) this.#late.push(entry);
  }

  take(entry: Entry): void {
    const at = this.firstAfter(entry.startAt, entry.serial - 1);
    if (this.#entries[at] === entry) this.#entries.splice(at, 1);
    const late = this.#late.indexOf(entry);
    if (late >= 0) this.#late.splice(late, 1);
  }

  /** Place of the first call after a moment, and after a serial number where it starts at that moment. */
  firstAfter(startAt: number, serial = Number.POSITIVE_INFINITY): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry === undefined) break;
      const isAfter = entry.startAt > startAt || (entry.startAt === startAt && entry.serial > serial);
      if (isAfter) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Places of the calls that have started but are not shown yet, in order. */
  hidden(now: number): number[] {
    return this.#late
      .filter((entry) => entry.startAt <= now && entry.visibleAt > now)
      .map((entry) => this.firstAfter(entry.startAt, entry.serial) - 1)
      .sort((left, right) => left - right);
  }
}
