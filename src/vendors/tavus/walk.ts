import type { HttpClient } from '../../http/client.ts';
import { asObject } from '../json.ts';
import { getPage, PAGE_SIZE, type TavusRow } from './list.ts';

/** How the list was found to be ordered by creation: the vendor does not document it. */
type Order = 'newest' | 'oldest';

/** So many rows, none of them out of order, before an order is believed. */
const ENOUGH_ROWS = 20;
/** Pages that bring nothing new before the list is taken to turn in circles. */
const MOST_IDLE_PAGES = 2;
/** A list that never ends must not be walked for ever. */
const MOST_PAGES = 100_000;

/**
 * Walks the list, which has neither a date filter nor a documented order. Where an earlier walk saw the whole list
 * in order, only the new end of it is walked; the moment a row contradicts that order, everything is.
 */
export async function* walkList(
  client: HttpClient,
  walk: { readonly since: number; readonly memory: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<{ rows: readonly TavusRow[]; memory: string }> {
  const order = remembered(walk.memory);
  const observer = new OrderObserver();
  const seen = new Set<string>();
  let idlePages = 0;
  const pages = order === 'oldest' ? await lastPages(client, signal) : upwards();
  for (let next = pages.next(); !next.done; next = pages.next()) {
    const { rows, total } = await getPage(client, next.value, undefined, signal);
    // Rows that moved to this page since the one before was read say nothing of the order.
    const fresh = rows.filter((row) => !seen.has(row.id));
    for (const row of rows) seen.add(row.id);
    observer.see(order === 'oldest' ? fresh.reverse() : fresh);
    yield { rows, memory: memorize(order) };
    idlePages = fresh.length > 0 ? 0 : idlePages + 1;
    const complete = total !== undefined && seen.size >= total;
    if (complete || idlePages > MOST_IDLE_PAGES || (rows.length === 0 && order !== 'oldest')) break;
    if (order === undefined) continue;
    if (!observer.newestFirst) {
      // It is not in order (any more): all of it, and nothing is remembered.
      yield* walkList(client, { since: walk.since, memory: undefined }, signal);
      return;
    }
    if (isPast(rows, walk.since)) return;
  }
  yield { rows: [], memory: memorize(order ?? observer.order) };
}

function* upwards(): Generator<number, undefined> {
  for (let page = 1; page <= MOST_PAGES; page++) yield page;
  return undefined;
}

/** From the last page to the first: where the oldest come first, the new ones are at the end. */
async function lastPages(client: HttpClient, signal: AbortSignal): Promise<Generator<number, undefined>> {
  const { total = 0 } = await getPage(client, 1, undefined, signal);
  // One more than there should be: rows may have come since.
  const last = Math.ceil(total / PAGE_SIZE) + 1;
  return (function* () {
    for (let page = last; page >= 1; page--) yield page;
    return undefined;
  })();
}

/** Whether a page has rows and all of them began too early. A row without a time could be of any time. */
function isPast(rows: readonly TavusRow[], since: number): boolean {
  return rows.length > 0 && rows.every((row) => row.startedAt !== undefined && row.startedAt < since);
}

/** Whether rows came newest first, oldest first, or in neither order. */
class OrderObserver {
  newestFirst = true;
  #oldestFirst = true;
  #rows = 0;
  #distinct = 0;
  #last: number | undefined;

  see(rows: readonly TavusRow[]): void {
    for (const { startedAt } of rows) {
      if (startedAt === undefined) {
        this.newestFirst = false;
        this.#oldestFirst = false;
        continue;
      }
      if (this.#last !== undefined && startedAt > this.#last) this.newestFirst = false;
      if (this.#last !== undefined && startedAt < this.#last) this.#oldestFirst = false;
      if (startedAt !== this.#last) this.#distinct++;
      this.#last = startedAt;
      this.#rows++;
    }
  }

  /** The order of a whole list, if it was long enough to show one. */
  get order(): Order | undefined {
    if (this.#rows < ENOUGH_ROWS || this.#distinct < 2) return undefined;
    if (this.newestFirst) return 'newest';
    return this.#oldestFirst ? 'oldest' : undefined;
  }
}

function remembered(memory: string | undefined): Order | undefined {
  if (memory === undefined) return undefined;
  const { order } = asObject(JSON.parse(memory));
  return order === 'newest' || order === 'oldest' ? order : undefined;
}

function memorize(order: Order | undefined): string {
  return JSON.stringify({ order: order ?? null });
}

/** All conversations that the vendor says are active. */
export async function* walkActive(
  client: HttpClient,
  signal: AbortSignal,
): AsyncGenerator<readonly TavusRow[]> {
  const seen = new Set<string>();
  for (const page of upwards()) {
    const { rows, total } = await getPage(client, page, 'active', signal);
    const before = seen.size;
    for (const row of rows) seen.add(row.id);
    yield rows;
    if (seen.size === before || (total !== undefined && seen.size >= total)) return;
  }
}
