/**
 * All calls that the simulated vendors know. Of a call that can be simulated again only an index entry is
 * kept, so that a book of a hundred thousand calls fits in little memory.
 */
import { callId, startOf } from './account.ts';
import type { Call, CallSpec, Provider } from './call.ts';
import type { PublishedCall } from './published.ts';
import { type BookItem, type Entry, Shelf } from './shelf.ts';
import { simulateCall } from './simulate.ts';
import { millis } from './time.ts';

export interface AddOptions {
  /** When the vendor's list begins to show it, in milliseconds since the epoch; at its start where left out. */
  readonly visibleAt?: number;
}

/** A series of calls, spread evenly over a time. */
export interface Series {
  readonly provider: Provider;
  readonly seed: number;
  readonly count: number;
  /** Milliseconds since the epoch: the start of the first call, and a moment after that of the last. */
  readonly from: number;
  readonly to: number;
  /** Index of the first call; 0 where it is left out. */
  readonly firstIndex?: number;
  readonly scenario?: string;
  readonly agents?: number;
}

const RECENT_CALLS = 1000;

export class CallBook {
  readonly #shelves: Record<Provider, Shelf> = {
    elevenlabs: new Shelf(),
    tavus: new Shelf(),
    retell: new Shelf(),
    vapi: new Shelf(),
  };
  readonly #entries: Map<string, Entry> = new Map();
  readonly #recent: Map<string, Call> = new Map();
  #serial = 0;

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Adds a call, or what it is simulated from; returns its id.
   * @throws RangeError where the id is in the book already.
   */
  add(what: Call | CallSpec | PublishedCall, { visibleAt }: AddOptions = {}): string {
    const { id, startAt, source } = sourceOf(what);
    if (this.#entries.has(id)) throw new RangeError(`The book has a conversation ${id} already`);
    this.#serial += 1;
    const entry = { id, startAt, serial: this.#serial, visibleAt: visibleAt ?? startAt, source };
    this.#entries.set(id, entry);
    this.#shelves[what.provider].put(entry);
    return id;
  }

  /** Adds a series of calls; returns their ids in order of start. */
  fill(series: Series): string[] {
    const { provider, seed, count, from, to, firstIndex = 0 } = series;
    const more = {
      ...(series.scenario === undefined ? {} : { scenario: series.scenario }),
      ...(series.agents === undefined ? {} : { agents: series.agents }),
    };
    return Array.from({ length: count }, (_, place) => {
      const startAt = from + Math.floor(((to - from) * place) / count);
      return this.add({ provider, seed, index: firstIndex + place, startAt, ...more });
    });
  }

  /** The customer deletes a conversation: it is gone from the list, and asking for it finds nothing. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new RangeError(`The book has no conversation ${id}`);
    this.#entries.delete(id);
    for (const shelf of Object.values(this.#shelves)) shelf.take(entry);
  }

  /** What is kept under an id; undefined where nothing is, or nothing any more. */
  get(id: string): BookItem | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : this.open(entry);
  }

  /** The simulated call of an id. Undefined for an id that is unknown or that of a published example. */
  call(id: string): Call | undefined {
    const item = this.get(id);
    return item?.kind === 'call' ? item.call : undefined;
  }

  /** Every simulated call of a provider in order of start, each simulated when its turn comes. */
  *calls(provider: Provider): Generator<Call> {
    for (const entry of this.#shelves[provider].entries) {
      const item = this.open(entry);
      if (item.kind === 'call') yield item.call;
    }
  }

  shelf(provider: Provider): Shelf {
    return this.#shelves[provider];
  }

  open(entry: Entry): BookItem {
    const { source } = entry;
    if ('kind' in source) return source;
    const known = this.#recent.get(entry.id);
    const call = known ?? simulateCall(source);
    // A map keeps the order of insertion: what was asked for last goes to its end, the oldest leaves.
    this.#recent.delete(entry.id);
    this.#recent.set(entry.id, call);
    if (this.#recent.size > RECENT_CALLS) {
      for (const oldest of this.#recent.keys()) {
        this.#recent.delete(oldest);
        break;
      }
    }
    return { kind: 'call', call };
  }
}

function sourceOf(what: Call | CallSpec | PublishedCall): Pick<Entry, 'id' | 'startAt' | 'source'> {
  if ('turns' in what)
    return { id: what.id, startAt: millis(what.start), source: { kind: 'call', call: what } };
  if ('row' in what) return { id: what.id, startAt: what.startAt, source: { kind: 'published', call: what } };
  return { id: callId(what.provider, what.seed, what.index), startAt: millis(startOf(what)), source: what };
}
