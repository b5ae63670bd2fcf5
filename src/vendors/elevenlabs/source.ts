import type { HttpClient } from '../../http/client.ts';
import { HttpStatusError } from '../../http/errors.ts';
import type { Clock } from '../../time/clock.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import type { ConversationRef, Fetched, Page, Source, Walk } from '../vendor.ts';
import { VendorClock } from '../vendor-clock.ts';
import { type ListRange, listPages, TERMINAL } from './list.ts';
import { readBody } from './read-body.ts';
import { isDisabled } from './webhook-list.ts';

export interface ElevenLabsSourceOptions {
  readonly name: string;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly settings: TraceSettings;
  /** Only conversations of these agents; all where empty. */
  readonly agents?: readonly string[];
}

/** An ElevenLabs workspace. */
export class ElevenLabsSource implements Source {
  readonly name: string;
  readonly provider = 'elevenlabs' as const;
  readonly hasLateEvents = false;
  readonly firstFetchDelay = 0;
  readonly #options: ElevenLabsSourceOptions;
  readonly #time: VendorClock;

  constructor(options: ElevenLabsSourceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#time = new VendorClock(options.clock, options.client);
  }

  async *discover({ since, until }: Walk, signal: AbortSignal): AsyncGenerator<Page> {
    const range = {
      after: Math.floor(since / 1000),
      ...(until === undefined ? {} : { before: Math.ceil(until / 1000) }),
    };
    yield* this.#list(range, signal);
  }

  /** The list without what has ended: what was active and is not in it any more has. */
  async *stillActive(seen: readonly ConversationRef[], signal: AbortSignal): AsyncGenerator<Page> {
    const starts = seen.flatMap((ref) => ref.startedAt ?? []);
    if (starts.length === 0) return;
    const range = {
      after: Math.floor(Math.min(...starts) / 1000),
      before: Math.ceil(Math.max(...starts) / 1000),
      excludeStatuses: TERMINAL,
    };
    yield* this.#list(range, signal);
  }

  async *#list(range: ListRange, signal: AbortSignal): AsyncGenerator<Page> {
    const { client, agents = [] } = this.#options;
    // The list takes one agent at a time.
    for (const agentId of agents.length === 0 ? [undefined] : agents) {
      const pages = listPages(client, agentId === undefined ? range : { ...range, agentId }, signal);
      for await (const page of pages) {
        for (const { startedAt, endedAt } of page.refs) this.#time.saw(endedAt ?? startedAt);
        yield page;
      }
    }
  }

  async payload(id: string, signal: AbortSignal, onBody?: () => Promise<void>): Promise<unknown> {
    return await this.#options.client.getJson(`/v1/convai/conversations/${encodeURIComponent(id)}`, {
      query: { format: 'opentelemetry' },
      signal,
      ...(onBody === undefined ? {} : { onBody }),
    });
  }

  async fetch(id: string, signal: AbortSignal, onBody?: () => Promise<void>): Promise<Fetched> {
    let body: unknown;
    try {
      body = await this.payload(id, signal, onBody);
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) {
        return { kind: 'gone', reason: error.words ?? 'the vendor does not know it' };
      }
      throw error;
    }
    return this.read(body, id);
  }

  read(body: unknown, id?: string): Fetched {
    return readBody(body, { settings: this.#options.settings, ...(id === undefined ? {} : { id }) });
  }

  async webhookDisabled(path: string, signal: AbortSignal): Promise<boolean | undefined> {
    let body: unknown;
    try {
      body = await this.#options.client.getJson('/v1/workspace/webhooks', { signal });
    } catch (error) {
      // A permission of its own, which a key for conversations need not have.
      if (error instanceof HttpStatusError && [401, 403, 404].includes(error.status)) return undefined;
      throw error;
    }
    return isDisabled(body, path);
  }

  now(): number {
    return this.#time.now();
  }

  surelyNow(): number {
    return this.#time.surelyNow();
  }

  get clockTrouble(): string | undefined {
    return this.#time.trouble;
  }

  async close(): Promise<void> {
    await this.#options.client.close();
  }
}
