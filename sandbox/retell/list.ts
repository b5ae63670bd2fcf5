/** `POST /v3/list-calls`: filters over everything that a row has, in pages behind an opaque key. */
import type { CallBook } from '../book.ts';
import { type RetellCall, statusAt } from '../call.ts';
import type { Json } from '../fields.ts';
import type { Entry, Shelf } from '../shelf.ts';
import { micros, millis } from '../time.ts';

/** No simulated call lasts longer, in milliseconds. */
const LONGEST_CALL_MS = 3 * 3_600_000;
const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

/** What is refused: the words of the answer. */
export class BadQuestion extends Error {}

interface Page {
  readonly calls: readonly RetellCall[];
  readonly hasMore: boolean;
  readonly key: string | undefined;
}

export class CallList {
  readonly #book: CallBook;
  readonly #shelf: Shelf;

  constructor(book: CallBook) {
    this.#book = book;
    this.#shelf = book.shelf('retell');
  }

  /** @throws BadQuestion */
  page(question: Json, now: number): Page {
    const { sort_order = 'descending', limit = DEFAULT_LIMIT, pagination_key, skip } = question;
    if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > LARGEST_LIMIT) {
      throw new BadQuestion('limit must be an integer between 1 and 1000');
    }
    if (sort_order !== 'ascending' && sort_order !== 'descending')
      throw new BadQuestion('invalid sort_order');
    if (skip !== undefined && pagination_key !== undefined) {
      throw new BadQuestion('skip and pagination_key are mutually exclusive');
    }
    const filter = new Filter(question.filter_criteria);
    const calls: RetellCall[] = [];
    let last: Entry | undefined;
    for (const entry of this.#from(sort_order, pagination_key, filter, now)) {
      const call = this.#callOf(entry);
      if (!filter.takes(call, now)) continue;
      if (calls.length === limit) return { calls, hasMore: true, key: last && keyOf(last) };
      calls.push(call);
      last = entry;
    }
    return { calls, hasMore: false, key: undefined };
  }

  /** What the list shows by now, by start, from behind a key. */
  *#from(order: 'ascending' | 'descending', key: unknown, filter: Filter, now: number): Generator<Entry> {
    const least =
      filter.endedFrom === undefined ? 0 : this.#shelf.firstAfter(filter.endedFrom - LONGEST_CALL_MS);
    const most = this.#shelf.firstAfter(now) - 1;
    const at = key === undefined ? undefined : this.#placeOf(key);
    const entries = this.#shelf.entries;
    const step = order === 'ascending' ? 1 : -1;
    const first = order === 'ascending' ? Math.max(least, at ?? least) : Math.min(most, (at ?? most + 2) - 2);
    for (let place = first; place >= least && place <= most; place += step) {
      const entry = entries[place];
      if (entry !== undefined && entry.visibleAt <= now) yield entry;
    }
  }

  /** The place behind the row that a key stands for. */
  #placeOf(key: unknown): number {
    const [startAt, serial] = Buffer.from(String(key), 'base64url').toString().split('/').map(Number);
    if (startAt === undefined || serial === undefined || Number.isNaN(startAt + serial)) {
      throw new BadQuestion('invalid pagination_key');
    }
    return this.#shelf.firstAfter(startAt, serial);
  }

  #callOf(entry: Entry): RetellCall {
    const item = this.#book.open(entry);
    if (item.kind !== 'call' || item.call.provider !== 'retell') {
      throw new Error(`${entry.id} stands on the wrong shelf`);
    }
    return item.call;
  }
}

function keyOf({ startAt, serial }: Entry): string {
  return Buffer.from(`${startAt}/${serial}`).toString('base64url');
}

type Range = readonly [number, number];

/** All that is asked for has to fit. What has no time is in no range. */
class Filter {
  readonly #statuses: readonly unknown[] | undefined;
  readonly #started: Range | undefined;
  readonly #ended: Range | undefined;
  readonly #agents: readonly unknown[] | undefined;

  constructor(criteria: unknown) {
    const { call_status, start_timestamp, end_timestamp, agent, ...others } = (criteria ?? {}) as Json;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new BadQuestion(`unknown filter ${unknown}`);
    this.#statuses = list(call_status, 'enum');
    this.#started = range(start_timestamp);
    this.#ended = range(end_timestamp);
    if (agent !== undefined && !Array.isArray(agent)) throw new BadQuestion('agent must be a list');
    this.#agents = agent?.map((one: Json) => one.agent_id);
  }

  get endedFrom(): number | undefined {
    return this.#ended?.[0];
  }

  takes(call: RetellCall, now: number): boolean {
    const at = micros(now / 1000);
    const isOver = at >= call.end;
    const { connected } = call.traits;
    const isIn = (bounds: Range | undefined, moment: number | undefined) =>
      bounds === undefined || (moment !== undefined && moment >= bounds[0] && moment <= bounds[1]);
    return (
      isIn(this.#started, connected ? millis(call.start) : undefined) &&
      isIn(this.#ended, connected && isOver ? millis(call.end) : undefined) &&
      (this.#statuses === undefined || this.#statuses.includes(statusAt(call, at))) &&
      (this.#agents === undefined || this.#agents.includes(call.agents[0]?.id))
    );
  }
}

function list(criterion: unknown, type: string): readonly unknown[] | undefined {
  if (criterion === undefined) return undefined;
  const { type: given, op, value } = criterion as Json;
  if (given !== type || op !== 'in' || !Array.isArray(value)) throw new BadQuestion('invalid filter');
  return value;
}

function range(criterion: unknown): Range | undefined {
  if (criterion === undefined) return undefined;
  const { type, op, value } = criterion as Json;
  const isRange = type === 'range' && op === 'bt' && Array.isArray(value) && value.length === 2;
  if (!isRange || !value.every((bound) => typeof bound === 'number')) throw new BadQuestion('invalid range');
  return value as unknown as Range;
}
