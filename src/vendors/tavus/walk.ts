import type { HttpClient } from '../../http/client.ts';
import { asObject } from '../../json/reading.ts';
import { getPage, PAGE_SIZE, type TavusPage, type TavusRow } from './list.ts';

/** How the list was found to be ordered by creation: the vendor does not document it. */
type Order = 'newest' | 'oldest';

/** So many rows, none of them out of order, before an order is believed. */
const ENOUGH_ROWS = 20;
/** Pages that bring nothing new before the list is taken to turn in circles. */
const MOST_IDLE_PAGES = 2;
/** Passes over a list that keeps back what it says it has, and passes that bring nothing new, before it is left at that. */
const MOST_PASSES = 20;
const MOST_IDLE_PASSES = 2;
/** Two million conversations, whose ids fit into memory: a list that never ends must not be walked for ever. */
const MOST_PAGES = 20_000;

/** Pages with rows beyond the one that should be the last; where there are as many, everything is walked now and then. */
const MOST_BEYOND = 50;

/** What a page of the walk brings. */
export interface WalkedPage {
  readonly rows: readonly TavusRow[];
  /** To be handed to the next walk. */
  readonly memory: string;
  readonly drift: readonly string[];
  /** The last page only: rows may have slipped through. */
  readonly partial?: true;
}

/**
 * Walks the list, which has neither a date filter nor a documented order. Where an earlier walk saw the whole list
 * in order, only the new end of it is walked; the moment a row contradicts that order, everything is. Pages are
 * numbers: what is deleted while they are turned lets others slip to pages that were read already, and a list that
 * is in no order at all shows the same twice and keeps others back. Both can be told by its own count.
 */
export async function* walkList(
  client: HttpClient,
  walk: { readonly since: number; readonly memory: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<WalkedPage> {
  const order = remembered(walk.memory);
  if (order === undefined) {
    yield* walkAll(client, signal);
    return;
  }
  const last = order === 'oldest' ? await lastPage(client, signal) : undefined;
  if (order === 'oldest' && last === undefined) {
    yield* walkAll(client, signal);
    return;
  }
  const pass = new Pass();
  const pages = last === undefined ? upwards() : downwards(await endFrom(last, client, signal));
  let hasRows = false;
  for (let next = pages.next(); !next.done; next = pages.next()) {
    const { rows, drift, isOver } = pass.take(await getPage(client, next.value, undefined, signal), {
      isBackwards: order === 'oldest',
      byCount: true,
    });
    yield { rows, memory: memorize(order), drift };
    hasRows ||= rows.length > 0;
    if (isOver) break;
    if (!pass.observer.newestFirst) {
      // It is not in order (any more): all of it, and nothing is remembered.
      yield* walkAll(client, signal);
      return;
    }
    if (isPast(rows, walk.since)) break;
  }
  if (last !== undefined && !hasRows) {
    // Its count is wrong: where it should end there is nothing.
    yield* walkAll(client, signal);
    return;
  }
  yield { rows: [], memory: memorize(order), drift: [], ...(pass.hasShrunk ? { partial: true } : {}) };
}

/** Walks everything, and again what the list has kept back. Remembers its order, if it has one. */
async function* walkAll(client: HttpClient, signal: AbortSignal): AsyncGenerator<WalkedPage> {
  const seen = new Set<string>();
  let order: Order | undefined;
  let isPartial = false;
  let isEndless = false;
  for (let passes = 1, idle = 0; passes <= MOST_PASSES && idle < MOST_IDLE_PASSES; passes++) {
    const pass = new Pass();
    const before = seen.size;
    isEndless = true;
    for (const page of upwards()) {
      const { rows, drift, isOver } = pass.take(await getPage(client, page, undefined, signal), {
        isBackwards: false,
        byCount: false,
      });
      for (const { id } of rows) seen.add(id);
      yield { rows, memory: memorize(undefined), drift };
      if (!isOver) continue;
      isEndless = false;
      break;
    }
    if (isEndless) break;
    order = pass.observer.order;
    isPartial = pass.hasShrunk || seen.size < (pass.total ?? 0);
    if (order !== undefined || !isPartial) break;
    idle = seen.size > before ? 0 : idle + 1;
  }
  yield {
    rows: [],
    memory: memorize(isEndless ? undefined : order),
    drift: isEndless ? ['list without an end'] : [],
    ...(isPartial || isEndless ? { partial: true } : {}),
  };
}

/** One pass over the pages: which rows it has shown, and how many there should be. */
class Pass {
  readonly observer = new OrderObserver();
  /** As the vendor counts them. */
  total: number | undefined;
  /** Rows have gone meanwhile, so others may have slipped to pages that were read already. */
  hasShrunk = false;
  readonly #seen = new Set<string>();
  #idlePages = 0;
  /** Rows of the longest page so far. */
  #longest = 0;

  /**
   * @param byCount whether it is over once as many were shown as are counted. A count that is too low by what the last
   * page has would keep that back for ever, so what sees everything goes on to where there is nothing.
   */
  take(
    page: TavusPage,
    { isBackwards, byCount }: { readonly isBackwards: boolean; readonly byCount: boolean },
  ): TavusPage & { readonly isOver: boolean } {
    const { rows, total } = page;
    this.hasShrunk ||= (total ?? 0) < (this.total ?? 0);
    this.total = total ?? this.total;
    // Rows that moved to this page since the one before was read say nothing of the order.
    const fresh = rows.filter((row) => !this.#seen.has(row.id));
    for (const row of rows) this.#seen.add(row.id);
    this.observer.see(isBackwards ? fresh.reverse() : fresh);
    this.#idlePages = fresh.length > 0 ? 0 : this.#idlePages + 1;
    // Where more are shown than are counted, the count is wrong; and it may be so where a whole page ends at it.
    const isLast = this.#longest === 0 || rows.length < this.#longest;
    const isComplete = byCount && this.#seen.size === this.total && isLast;
    this.#longest = Math.max(this.#longest, rows.length);
    const isEnd = rows.length === 0 && !isBackwards;
    return { ...page, isOver: isComplete || isEnd || this.#idlePages > MOST_IDLE_PAGES };
  }
}

function* upwards(): Generator<number, undefined> {
  for (let page = 1; page <= MOST_PAGES; page++) yield page;
  return undefined;
}

/** Where the oldest come first, the new ones are at the end. */
function* downwards(from: number): Generator<number, undefined> {
  for (let page = from; page >= 1; page--) yield page;
  return undefined;
}

/** The number of the last page, or one more: rows may have come since. Undefined where it cannot be known. */
async function lastPage(client: HttpClient, signal: AbortSignal): Promise<number | undefined> {
  const { rows, total } = await getPage(client, 1, undefined, signal);
  if (total === undefined) return undefined;
  // The vendor may give fewer rows than it is asked for.
  const size = rows.length < total ? rows.length : PAGE_SIZE;
  return size === 0 ? undefined : Math.ceil(total / size) + 1;
}

/**
 * The last page that has rows, looked for upwards from where it should be: a page that is longer than the others, or a
 * count that is too low, misleads. Where there is nothing, the one before.
 */
async function endFrom(page: number, client: HttpClient, signal: AbortSignal): Promise<number> {
  let before = '';
  for (let next = page; next < page + MOST_BEYOND; next++) {
    const { rows } = await getPage(client, next, undefined, signal);
    const shown = rows.map(({ id }) => id).join('\n');
    // The same page again: it has no more than that.
    if (rows.length === 0 || shown === before) return Math.max(1, next - 1);
    before = shown;
  }
  return page + MOST_BEYOND;
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
  const { order } = asObject(parsed(memory));
  return order === 'newest' || order === 'oldest' ? order : undefined;
}

/** It comes from a file that may be damaged: then the list is walked as if for the first time. */
function parsed(memory: string): unknown {
  try {
    return JSON.parse(memory);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
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
