import { gzipSync } from 'node:zlib';
import type { Provider } from '../sandbox/index.ts';
import type { Reply } from './http-server.ts';
import { idOf, numberOf, type Round, sizeOf } from './load.ts';
import { makePayloads, type Payload, payloadAs, type Size } from './payload.ts';

const PAGE = 100;
const HOUR = 3_600_000;
const DAY_IN_MINUTES = 20 * 60;
const LIST: Partial<Record<Provider, string>> = {
  elevenlabs: '/v1/convai/conversations',
  tavus: '/v2/conversations',
};

/** Makes the answers of each provider and size once, packed and ready to be sent. */
export class Shelf {
  readonly #startAt = Math.floor(Date.now() / 1_000) * 1_000 - 4 * HOUR;
  readonly #payloads = new Map<string, readonly Payload[]>();
  readonly #answers = new Map<string, Buffer>();

  get(provider: Provider, size: Size, number: number): Buffer {
    const key = `${provider} ${size} ${number}`;
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      const payloads = this.#variety(provider, size);
      const payload = payloads[number % payloads.length];
      if (payload === undefined) throw new Error(`there is no payload of ${key}`);
      answer = gzipSync(payloadAs(payload, number));
      this.#answers.set(key, answer);
    }
    return answer;
  }

  /** So that none is made while the clock runs. */
  fill({ provider, load, conversations }: Omit<Round, 'warmUp'>): void {
    for (let number = 0; number < conversations; number++) this.get(provider, sizeOf(load, number), number);
  }

  #variety(provider: Provider, size: Size): readonly Payload[] {
    const key = `${provider} ${size}`;
    let payloads = this.#payloads.get(key);
    if (payloads === undefined) {
      payloads = makePayloads(provider, size, this.#startAt);
      this.#payloads.set(key, payloads);
    }
    return payloads;
  }
}

/** A vendor whose conversations have all ended: the list of them, newest first, and each. */
export class Backlog {
  readonly #round: Round;
  readonly #shelf: Shelf;
  readonly #now = Date.now();

  constructor(round: Round, shelf: Shelf) {
    this.#round = round;
    this.#shelf = shelf;
    shelf.fill(round);
  }

  /** The number of the conversation that a path names, and undefined where it is the list's. */
  numberOf({ pathname }: URL): number | undefined {
    const list = LIST[this.#round.provider];
    if (list === undefined) throw new Error(`There is no list of ${this.#round.provider}`);
    return pathname === list ? undefined : numberOf(pathname.slice(list.length + 1));
  }

  /** Packed: all contestants ask for that. */
  conversation(number: number): Reply {
    const { provider, load } = this.#round;
    return { body: this.#shelf.get(provider, sizeOf(load, number), number), gzipped: true };
  }

  list({ searchParams }: URL): Reply {
    const { provider, conversations } = this.#round;
    if (provider === 'tavus') {
      const data = this.#rows((Number(searchParams.get('page')) - 1) * PAGE);
      return json({ data, total_count: conversations });
    }
    const from = Number(searchParams.get('cursor') ?? 0);
    const more = from + PAGE < conversations;
    return json({
      conversations: this.#rows(from),
      next_cursor: more ? String(from + PAGE) : null,
      has_more: more,
    });
  }

  #rows(from: number): object[] {
    const { provider, conversations } = this.#round;
    const count = Math.max(0, Math.min(PAGE, conversations - from));
    return Array.from({ length: count }, (_, place) => {
      const number = from + place;
      // All of one day, the newest an hour old.
      const age = HOUR + Math.floor((number / conversations) * DAY_IN_MINUTES) * 60_000;
      const id = idOf(number);
      return provider === 'tavus' ? tavusRow(id, this.#now - age) : elevenLabsRow(id, this.#now - age);
    });
  }
}

export function elevenLabsRow(id: string, startAt: number, { done = true, seconds = 60 } = {}): object {
  return {
    agent_id: 'agent_bench',
    agent_name: 'Bench',
    conversation_id: id,
    start_time_unix_secs: Math.floor(startAt / 1_000),
    call_duration_secs: done ? seconds : 0,
    message_count: done ? 10 : 0,
    status: done ? 'done' : 'in-progress',
    call_successful: done ? 'success' : 'unknown',
  };
}

function tavusRow(id: string, startAt: number): object {
  return {
    conversation_id: id,
    status: 'ended',
    created_at: new Date(startAt).toISOString(),
    updated_at: new Date(startAt + 60_000).toISOString(),
    replica_id: 'r_bench',
    persona_id: 'p_bench',
  };
}

export function json(value: unknown): Reply {
  return { body: Buffer.from(JSON.stringify(value)) };
}
