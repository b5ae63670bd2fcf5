import type { HttpClient } from '../../http/client.ts';
import { BadAnswerError } from '../../http/errors.ts';
import { isObject, type Json, text } from '../../json/reading.ts';
import { checkedId } from '../conversation-id.ts';
import { checkedMoment } from '../conversation-ref.ts';
import { isoMoment } from './moments.ts';

const PATH = '/call';
/** Rows are whole records, of which twenty may be some megabytes. */
const PAGE_SIZE = 50;
/** The largest page that the vendor gives. */
const LARGEST_PAGE = 1_000;
/** How much smaller a page is asked for where one is too large to be read. */
const SMALLER = 4;

/** Full pages in a row without a call that was not seen before, after which no smaller window would show more. */
const MOST_IDLE_PAGES = 100;

/** By which of a call's moments it is asked for. */
export type Moment = 'createdAt' | 'updatedAt';

/** A stretch of time, from its first millisecond to before its last one; unix milliseconds. */
export interface Window {
  readonly from: number;
  /** Open where it is left out. */
  readonly to?: number;
}

export interface ListedPage {
  /** Whole records, each with an id, and none that an earlier page of this walk had. */
  readonly rows: readonly Json[];
  readonly drift: readonly string[];
  /** The list has shown less than there is. */
  readonly partial?: true;
}

/**
 * Walks the list of calls, which has no cursor, no count and no documented order: a window of time that fills a page
 * is halved until it does not. The latest calls come first. What is changed meanwhile moves on to a window of later.
 * @param now the vendor's clock, unix milliseconds: where the future begins.
 */
export async function* walkCalls(
  client: HttpClient,
  by: Moment,
  stretch: Window,
  now: number,
  signal: AbortSignal,
): AsyncGenerator<ListedPage> {
  const seen = new Set<string>();
  const windows: Window[] = [stretch];
  let size = PAGE_SIZE;
  let idlePages = 0;
  for (let window = windows.pop(); window !== undefined; window = windows.pop()) {
    let rows: Json[];
    try {
      rows = await getWindow(client, by, window, size, signal);
    } catch (error) {
      if (!(error instanceof BadAnswerError && error.isTooLarge) || size === 1) throw error;
      size = Math.max(1, Math.floor(size / SMALLER));
      windows.push(window);
      continue;
    }
    const found = rows.flatMap((row) => idOf(row) ?? []);
    const fresh = rows.filter((row) => !seen.has(idOf(row) ?? ''));
    for (const id of found) seen.add(id);
    const page = { rows: fresh.filter((row) => idOf(row) !== undefined), drift: rows.flatMap(driftOf) };
    if (rows.length < size) {
      yield page;
      continue;
    }
    if (!rows.some((row) => isInside(row, by, window))) {
      // It does not keep to the window, so no smaller one would show more.
      yield { ...page, partial: true, drift: [...page.drift, 'list that does not know its window'] };
      return;
    }
    idlePages = page.rows.length > 0 ? 0 : idlePages + 1;
    if (idlePages > MOST_IDLE_PAGES) {
      yield { ...page, partial: true, drift: [...page.drift, 'list without an end'] };
      return;
    }
    yield page;
    const halves = halved(window, rows, by, now);
    if (halves !== undefined) windows.push(...halves);
    else yield* walkMillisecond(client, by, window, seen, signal);
  }
}

/** What cannot be halved is asked for as a whole. */
async function* walkMillisecond(
  client: HttpClient,
  by: Moment,
  window: Window,
  seen: Set<string>,
  signal: AbortSignal,
): AsyncGenerator<ListedPage> {
  const rows = await getWindow(client, by, window, LARGEST_PAGE, signal);
  const fresh = rows.filter((row) => {
    const id = idOf(row);
    return id !== undefined && !seen.has(id);
  });
  for (const row of fresh) seen.add(idOf(row) ?? '');
  const isFull = rows.length >= LARGEST_PAGE;
  yield {
    rows: fresh,
    drift: isFull ? ['more calls at one moment than a page holds'] : [],
    ...(isFull ? { partial: true } : {}),
  };
}

/** The older half first: what is pushed last is walked next. */
function halved(
  { from, to }: Window,
  rows: readonly Json[],
  by: Moment,
  now: number,
): [Window, Window] | undefined {
  // An open window ends where nothing can be any more: behind now, and behind all that it shows.
  const latest = rows.reduce((most, row) => Math.max(most, momentOf(row, by) ?? most), now);
  const end = to ?? Math.max(latest, from) + 1;
  const middle = from + Math.ceil((end - from) / 2);
  if (middle <= from || (to !== undefined && middle >= to) || end - from <= 1) return undefined;
  return [
    { from, to: middle },
    { from: middle, ...(to === undefined ? {} : { to }) },
  ];
}

async function getWindow(
  client: HttpClient,
  by: Moment,
  { from, to }: Window,
  limit: number,
  signal: AbortSignal,
): Promise<Json[]> {
  const query = {
    limit,
    [`${by}Ge`]: iso(from),
    [`${by}Lt`]: to === undefined ? undefined : iso(to),
  };
  const body = await client.getJson(PATH, { query, signal });
  if (!Array.isArray(body)) {
    throw new BadAnswerError(`GET ${PATH}`, 200, 'application/json', 'is no list of calls');
  }
  // What is no object counts too: the page was full with it.
  return body.map((row) => (isObject(row) ? row : {}));
}

function iso(millis: number): string {
  return new Date(Math.max(0, Math.floor(millis))).toISOString();
}

function idOf(row: Json): string | undefined {
  return checkedId(row.id);
}

/** Unix milliseconds. */
export function momentOf(row: Json, field: string): number | undefined {
  const moment = isoMoment(row[field]);
  return moment === undefined ? undefined : checkedMoment(Number(moment / 1_000_000n));
}

/** A row without the moment could be of any. */
function isInside(row: Json, by: Moment, { from, to }: Window): boolean {
  const moment = momentOf(row, by);
  return moment === undefined || (moment >= Math.floor(from) && (to === undefined || moment <= to));
}

function driftOf(row: Json): string[] {
  const drift: string[] = [];
  if (text(row.id) === undefined) drift.push('list row without id');
  else if (idOf(row) === undefined) drift.push('list row whose id is none');
  if (momentOf(row, 'createdAt') === undefined) drift.push('list row without createdAt');
  return drift;
}
