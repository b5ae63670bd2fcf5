/** `GET /v1/convai/conversations`: pages by cursor, newest first, filtered. */
import type { CallBook } from '../book.ts';
import { statusAt } from '../call.ts';
import type { Json } from '../fields.ts';
import type { Reply, SeenRequest } from '../http/request.ts';
import type { Entry, Shelf } from '../shelf.ts';
import { listRow } from './conversation.ts';
import type { ErrorBodies } from './error.ts';

export interface ListOptions {
  /** Most rows that a page has, whatever was asked for. More than 100 cannot be asked for anyway. */
  readonly pageCap?: number;
  /** How long a cursor may be used, in milliseconds; for ever where it is left out. */
  readonly cursorLifetimeMs?: number;
  /** A cursor expires when so many conversations were added since. */
  readonly cursorLifetimeRows?: number;
  /** Whether a bound includes its own second; the documentation does not say. After: included; before: not. */
  readonly afterIncludes?: boolean;
  readonly beforeIncludes?: boolean;
}

interface Cursor {
  /** The last row that was given. */
  readonly startAt: number;
  readonly serial: number;
  readonly issuedAt: number;
  readonly rows: number;
  readonly direction: Direction;
}

type Direction = 'asc' | 'desc';

const STATUSES = ['initiated', 'in-progress', 'processing', 'done', 'failed'];
const DEFAULT_PAGE_SIZE = 30;
const LARGEST_PAGE_SIZE = 100;

interface Filter {
  readonly agentId: string | null;
  readonly excluded: ReadonlySet<string>;
}

export class ConversationList {
  readonly #book: CallBook;
  readonly #shelf: Shelf;
  readonly #options: ListOptions;

  constructor(book: CallBook, options: ListOptions) {
    this.#book = book;
    this.#shelf = book.shelf('elevenlabs');
    this.#options = options;
  }

  answer(request: SeenRequest, errors: ErrorBodies): Reply {
    const { query } = request;
    const bad = badParameter(query, errors);
    if (bad !== undefined) return bad;
    const asked = Number(query.get('page_size') ?? DEFAULT_PAGE_SIZE);
    if (asked > LARGEST_PAGE_SIZE) return errors.invalidPageSize();
    const size = Math.min(asked, this.#options.pageCap ?? LARGEST_PAGE_SIZE);
    const given = query.get('cursor');
    const cursor = given === null || given === '' ? undefined : readCursor(given);
    if (given !== null && given !== '' && (cursor === undefined || this.#isExpired(cursor, request.at))) {
      return errors.invalidCursor();
    }
    const direction = cursor?.direction ?? (query.get('sort_direction') === 'asc' ? 'asc' : 'desc');
    const filter = { agentId: query.get('agent_id'), excluded: new Set(query.getAll('exclude_statuses')) };
    const [from, to] = this.#bounds(query, request.at, cursor, direction);
    const found = this.#page(from, to, direction, size, filter, request.at);
    const last = found.rows.at(-1);
    const next = found.more && last !== undefined ? this.#cursorAfter(last, request.at, direction) : null;
    const withSummary = query.get('summary_mode') === 'include';
    return {
      status: 200,
      json: {
        conversations: found.rows.map((entry) => this.#row(entry, request.at, withSummary)),
        next_cursor: next,
        has_more: found.more,
      },
    };
  }

  /** Places on the shelf between which the page lies: the first included, the last not. */
  #bounds(
    query: URLSearchParams,
    now: number,
    cursor: Cursor | undefined,
    direction: Direction,
  ): [number, number] {
    const { afterIncludes = true, beforeIncludes = false } = this.#options;
    const after = query.get('call_start_after_unix');
    const before = query.get('call_start_before_unix');
    const second = (text: string) => Number(text) * 1000;
    let from = after === null ? 0 : this.#shelf.firstAfter(second(after) - (afterIncludes ? 1 : 0));
    let to = this.#shelf.firstAfter(now);
    if (before !== null) to = Math.min(to, this.#shelf.firstAfter(second(before) - (beforeIncludes ? 0 : 1)));
    if (cursor !== undefined) {
      if (direction === 'desc') to = Math.min(to, this.#shelf.firstAfter(cursor.startAt, cursor.serial - 1));
      else from = Math.max(from, this.#shelf.firstAfter(cursor.startAt, cursor.serial));
    }
    return [from, to];
  }

  #page(from: number, to: number, direction: Direction, size: number, filter: Filter, now: number) {
    const rows: Entry[] = [];
    const step = direction === 'desc' ? -1 : 1;
    const entries = this.#shelf.entries;
    for (let at = direction === 'desc' ? to - 1 : from; at >= from && at < to; at += step) {
      const entry = entries[at];
      if (entry === undefined || entry.visibleAt > now || !this.#matches(entry, filter, now)) continue;
      if (rows.length === size) return { rows, more: true };
      rows.push(entry);
    }
    return { rows, more: false };
  }

  #matches(entry: Entry, filter: Filter, now: number): boolean {
    if (filter.agentId === null && filter.excluded.size === 0) return true;
    const item = this.#book.open(entry);
    const isPublished = item.kind === 'published';
    const agent = isPublished ? item.call.truth.agent.id : item.call.agents[0]?.id;
    if (filter.agentId !== null && filter.agentId !== agent) return false;
    const status = isPublished ? 'done' : (statusAt(item.call, now * 1000) ?? 'initiated');
    return !filter.excluded.has(status);
  }

  #row(entry: Entry, now: number, withSummary: boolean): Json {
    const item = this.#book.open(entry);
    if (item.kind === 'published') return item.call.row;
    if (item.call.provider !== 'elevenlabs') throw new Error(`${entry.id} stands on the wrong shelf`);
    return listRow(item.call, Math.floor(now * 1000), withSummary);
  }

  #cursorAfter(last: Entry, now: number, direction: Direction): string {
    const { startAt, serial } = last;
    const cursor: Cursor = { startAt, serial, issuedAt: now, rows: this.#shelf.entries.length, direction };
    return Buffer.from(JSON.stringify(cursor)).toString('base64url');
  }

  #isExpired(cursor: Cursor, now: number): boolean {
    const { cursorLifetimeMs = Number.POSITIVE_INFINITY, cursorLifetimeRows = Number.POSITIVE_INFINITY } =
      this.#options;
    return (
      now - cursor.issuedAt > cursorLifetimeMs ||
      this.#shelf.entries.length - cursor.rows >= cursorLifetimeRows
    );
  }
}

function readCursor(text: string): Cursor | undefined {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (error) {
    // Whatever is no JSON is no cursor of ours, and is answered as such.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof read !== 'object' || read === null || !('startAt' in read) || !('serial' in read))
    return undefined;
  return read as Cursor;
}

function badParameter(query: URLSearchParams, errors: ErrorBodies): Reply | undefined {
  for (const name of ['page_size', 'call_start_after_unix', 'call_start_before_unix']) {
    const value = query.get(name);
    if (value !== null && !/^-?\d+$/.test(value)) {
      const message = 'Input should be a valid integer, unable to parse string as an integer';
      return errors.invalidParameter(name, message, 'int_parsing');
    }
  }
  if (Number(query.get('page_size') ?? 1) < 1) {
    return errors.invalidParameter(
      'page_size',
      'Input should be greater than or equal to 1',
      'greater_than_equal',
    );
  }
  const enums: Record<string, readonly string[]> = {
    exclude_statuses: STATUSES,
    sort_direction: ['asc', 'desc'],
    summary_mode: ['include', 'exclude'],
  };
  for (const [name, allowed] of Object.entries(enums)) {
    if (query.getAll(name).some((value) => !allowed.includes(value))) {
      return errors.invalidParameter(name, `Input should be one of ${allowed.join(', ')}`, 'enum');
    }
  }
  return undefined;
}
