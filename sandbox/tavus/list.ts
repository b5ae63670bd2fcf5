/** `GET /v2/conversations`: pages by number, which shift whenever a conversation is added. */
import type { CallBook } from '../book.ts';
import { statusAt } from '../call.ts';
import { mix, Random } from '../random.ts';
import type { BookItem, Entry, Shelf } from '../shelf.ts';

/** `shuffled` is always the same one; `unstable` is another one at every request. */
export type ListOrder = 'newest' | 'oldest' | 'shuffled' | 'unstable';

type Status = 'active' | 'ended';

/** No simulated conversation lasts longer, in milliseconds: what started before is surely over. */
const LONGEST_CALL_MS = 3 * 3_600_000;

export class ConversationList {
  readonly #book: CallBook;
  readonly #shelf: Shelf;
  readonly #order: ListOrder;
  #requests = 0;

  constructor(book: CallBook, order: ListOrder) {
    this.#book = book;
    this.#shelf = book.shelf('tavus');
    this.#order = order;
  }

  /** The rows from an offset on, and how many there are in all under the filter. */
  page(
    offset: number,
    size: number,
    status: Status | null,
    now: number,
  ): { items: BookItem[]; total: number } {
    this.#requests += 1;
    const listed: Listed =
      status === 'active' ? this.#active(now) : new Left(this.#shelf, now, this.#leftOut(status, now));
    const ranked: { at(rank: number): Entry | undefined } =
      this.#order === 'shuffled' || this.#order === 'unstable' ? this.#shuffled(listed) : listed;
    const items: BookItem[] = [];
    const end = Math.min(listed.count, offset + size);
    for (let rank = offset; rank < end; rank++) {
      const entry = ranked.at(this.#order === 'newest' ? listed.count - 1 - rank : rank);
      if (entry !== undefined) items.push(this.#book.open(entry));
    }
    return { items, total: listed.count };
  }

  /** Places of what has begun but must not be shown: not listed yet, or still active where that is not wanted. */
  #leftOut(status: 'ended' | null, now: number): number[] {
    const hidden = this.#shelf.hidden(now);
    if (status === null) return hidden;
    return [...new Set([...hidden, ...this.#activePlaces(now)])].sort((one, other) => one - other);
  }

  #active(now: number): Listed {
    const entries = this.#activePlaces(now).flatMap((place) => this.#shelf.entries[place] ?? []);
    const shown = entries.filter((entry) => entry.visibleAt <= now);
    return { count: shown.length, at: (rank) => shown[rank] };
  }

  /** Only the latest can still be active, so the rest need not be simulated to know. */
  #activePlaces(now: number): number[] {
    const from = this.#shelf.firstAfter(now - LONGEST_CALL_MS);
    const count = this.#shelf.firstAfter(now) - from;
    return Array.from({ length: count }, (_, step) => from + step).filter(
      (place) => this.#statusOf(place, now) === 'active',
    );
  }

  #statusOf(place: number, now: number): string | undefined {
    const entry = this.#shelf.entries[place];
    if (entry === undefined) return undefined;
    const item = this.#book.open(entry);
    return item.kind === 'published' ? 'ended' : statusAt(item.call, now * 1000);
  }

  #shuffled(listed: Listed): readonly Entry[] {
    const ranks = Array.from({ length: listed.count }, (_, rank) => rank);
    const all = ranks.map((rank) => listed.at(rank)).filter((entry) => entry !== undefined);
    if (this.#order === 'unstable') return new Random('unstable', this.#requests).shuffled(all);
    return all.sort((one, other) => mix(one.id) - mix(other.id));
  }
}

/** Some calls in order of time, the oldest first. */
interface Listed {
  readonly count: number;
  at(rank: number): Entry | undefined;
}

/** The entries of a shelf without those at some places, counted without looking at each of them. */
class Left implements Listed {
  readonly count: number;
  readonly #shelf: Shelf;
  readonly #out: readonly number[];

  /** @param out places that are left out, in order. */
  constructor(shelf: Shelf, now: number, out: readonly number[]) {
    this.#shelf = shelf;
    this.#out = out;
    this.count = shelf.firstAfter(now) - out.length;
  }

  at(rank: number): Entry | undefined {
    // Behind how many left-out places the rank lies: the k-th of them is passed once its place minus k is reached.
    let low = 0;
    let high = this.#out.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#out[middle] ?? 0) - middle <= rank) low = middle + 1;
      else high = middle;
    }
    return this.#shelf.entries[rank + low];
  }
}
