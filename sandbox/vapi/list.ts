/** `GET /call`: whole records in a window of time, in an order that nobody promises, and no word of whether that is all. */
import type { CallBook } from '../book.ts';
import type { VapiCall } from '../call.ts';
import { mix, Random } from '../random.ts';
import { updatedAt } from './record.ts';

/** `shuffled` is always the same one; `unstable` is another one at every request. */
export type ListOrder = 'newest' | 'oldest' | 'shuffled' | 'unstable';

/** No simulated call is changed longer after its creation, in milliseconds. */
const LONGEST_CALL_MS = 3 * 3_600_000;

/** Milliseconds since the epoch; both bounds inclusive, exclusive or absent. */
export interface Window {
  readonly ge?: number;
  readonly gt?: number;
  readonly le?: number;
  readonly lt?: number;
}

export interface Filter {
  readonly created: Window;
  readonly updated: Window;
  readonly assistantId?: string;
  readonly id?: string;
}

export class CallList {
  readonly #book: CallBook;
  readonly #order: ListOrder;
  #requests = 0;

  constructor(book: CallBook, order: ListOrder) {
    this.#book = book;
    this.#order = order;
  }

  /** @param now milliseconds since the epoch. */
  page(filter: Filter, limit: number, now: number): VapiCall[] {
    this.#requests += 1;
    return this.#arranged(this.#found(filter, now), now).slice(0, limit);
  }

  #found({ created, updated, assistantId, id }: Filter, now: number): VapiCall[] {
    const shelf = this.#book.shelf('vapi');
    const earliest = Math.max(floorOf(created), floorOf(updated) - LONGEST_CALL_MS);
    const latest = Math.min(now, ceilingOf(created), ceilingOf(updated));
    const from = shelf.firstAfter(earliest - 1);
    const calls: VapiCall[] = [];
    for (const entry of shelf.entries.slice(from, shelf.firstAfter(latest))) {
      if (entry.visibleAt > now || (id !== undefined && entry.id !== id)) continue;
      if (!isWithin(entry.startAt, created)) continue;
      const item = this.#book.open(entry);
      if (item.kind !== 'call' || item.call.provider !== 'vapi') continue;
      const { call } = item;
      // Deleted as soon as it was over.
      if (call.fate === 'gone' && now * 1000 >= call.end) continue;
      if (!isWithin(Math.floor(updatedAt(call, now * 1000) / 1000), updated)) continue;
      if (assistantId === undefined || call.agents[0]?.id === assistantId) calls.push(call);
    }
    return calls;
  }

  #arranged(calls: VapiCall[], now: number): VapiCall[] {
    switch (this.#order) {
      case 'newest':
        return calls.reverse();
      case 'oldest': {
        const changed = (call: VapiCall) => updatedAt(call, now * 1000);
        return calls.sort((one, other) => changed(one) - changed(other));
      }
      case 'shuffled':
        return calls.sort((one, other) => mix(one.id) - mix(other.id));
      case 'unstable':
        return new Random('unstable', this.#requests).shuffled(calls);
    }
  }
}

function floorOf({ ge, gt }: Window): number {
  return Math.max(ge ?? 0, gt ?? 0);
}

function ceilingOf({ le, lt }: Window): number {
  return Math.min(le ?? Number.POSITIVE_INFINITY, lt ?? Number.POSITIVE_INFINITY);
}

function isWithin(at: number, { ge, gt, le, lt }: Window): boolean {
  return (
    (ge === undefined || at >= ge) &&
    (gt === undefined || at > gt) &&
    (le === undefined || at <= le) &&
    (lt === undefined || at < lt)
  );
}
