import { gunzipSync } from 'node:zlib';
import type { Reply } from './http-server.ts';
import { idOf, numberOf } from './load.ts';
import { elevenLabsRow, json, type Shelf } from './vendor.ts';

/** So many conversations end at an even pace, for so long. */
export interface SteadyPlan {
  readonly perSecond: number;
  /** Seconds whose conversations do not count yet: the first poll, and the compiler. */
  readonly warmUp: number;
  readonly seconds: number;
}

export interface SteadyFigures {
  readonly p50: number;
  /** Seconds from `done` at the vendor to the collector's acceptance. */
  readonly p99: number;
  readonly callsPerConversation: number;
  readonly conversations: number;
}

const PAGE = 100;
/** Conversations last from twenty seconds to two minutes. */
const SHORTEST = 20_000;
const SPREAD = 100_000;
/** How long after the last one's end the stragglers are waited for, in milliseconds. */
const PATIENCE = 15_000;
const LIST = '/v1/convai/conversations';
const SHAPE = '"gen_ai.conversation.id","value":{"stringValue":"';

interface Call {
  readonly number: number;
  /** Unix milliseconds. */
  readonly start: number;
  readonly done: number;
}

/** ElevenLabs in everyday business: calls begin, go on, and are done, fifty in a second, say. */
export class Steady {
  readonly #plan: SteadyPlan;
  readonly #shelf: Shelf;
  readonly #calls: readonly Call[];
  /** Newest first, as the list has them. */
  readonly #listed: readonly Call[];
  readonly #acceptedAt = new Map<number, number>();
  #gets = 0;

  /** @param onOver called when everything has been accepted, or would have been. */
  constructor(plan: SteadyPlan, shelf: Shelf, onOver: () => void) {
    this.#plan = plan;
    this.#shelf = shelf;
    const length = (plan.warmUp + plan.seconds) * 1_000;
    const conversations = Math.round((length * plan.perSecond) / 1_000);
    shelf.fill({ provider: 'elevenlabs', load: 'short', conversations });
    const began = Date.now();
    this.#calls = Array.from({ length: conversations }, (_, number) => {
      const done = began + (number * 1_000) / plan.perSecond;
      return { number, done, start: done - SHORTEST - ((number * 7_919) % SPREAD) };
    });
    this.#listed = [...this.#calls].sort((one, other) => other.start - one.start);
    setTimeout(onOver, length + PATIENCE);
  }

  answer({ pathname, searchParams }: URL): Reply {
    if (pathname === LIST) return this.#list(searchParams);
    this.#gets++;
    const call = this.#calls[numberOf(pathname.slice(LIST.length + 1))];
    if (call === undefined) return { ...json({ detail: 'Not Found' }), status: 404 };
    if (call.done > Date.now()) return json({ conversation_id: idOf(call.number), status: 'in-progress' });
    return { body: this.#shelf.get('elevenlabs', 'short', call.number), gzipped: true };
  }

  #list(query: URLSearchParams): Reply {
    const now = Date.now();
    const after = Number(query.get('call_start_after_unix') ?? 0) * 1_000;
    const before = Math.min(
      now,
      Number(query.get('call_start_before_unix') ?? Number.POSITIVE_INFINITY) * 1_000,
    );
    const ended = !query.getAll('exclude_statuses').includes('done');
    const rows: object[] = [];
    let place = Number(query.get('cursor') ?? 0);
    for (; place < this.#listed.length && rows.length < PAGE; place++) {
      const call = this.#listed[place];
      if (call === undefined || call.start < after) return page(rows, undefined);
      const done = call.done <= now;
      if (call.start > before || (done && !ended)) continue;
      rows.push(
        elevenLabsRow(idOf(call.number), call.start, { done, seconds: (call.done - call.start) / 1_000 }),
      );
    }
    return page(rows, place < this.#listed.length ? place : undefined);
  }

  accept(body: Buffer): void {
    const text = gunzipSync(body).toString();
    const at = text.indexOf(SHAPE) + SHAPE.length;
    const number = numberOf(text.slice(at, text.indexOf('"', at)));
    if (!this.#acceptedAt.has(number)) this.#acceptedAt.set(number, Date.now());
  }

  get figures(): SteadyFigures {
    const counted = this.#calls.slice(this.#plan.warmUp * this.#plan.perSecond);
    const delays = counted.map(({ number, done }) => {
      const accepted = this.#acceptedAt.get(number);
      // One that never came must not make the figure better.
      return accepted === undefined ? Number.POSITIVE_INFINITY : (accepted - done) / 1_000;
    });
    delays.sort((one, other) => one - other);
    const quantile = (part: number) => delays[Math.ceil(delays.length * part) - 1] ?? Number.NaN;
    return {
      p50: quantile(0.5),
      p99: quantile(0.99),
      callsPerConversation: this.#gets / this.#acceptedAt.size,
      conversations: counted.length,
    };
  }
}

function page(rows: readonly object[], next: number | undefined): Reply {
  const more = next !== undefined;
  return json({ conversations: rows, next_cursor: more ? String(next) : null, has_more: more });
}
