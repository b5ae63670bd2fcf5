import type { HttpClient } from '../../http/client.ts';
import { HttpStatusError } from '../../http/errors.ts';
import { asObject, type Json } from '../../json/reading.ts';
import type { Clock } from '../../time/clock.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import type { ConversationRef, Fetched, Page, Source, Walk } from '../vendor.ts';
import { type ListRange, listPages, TERMINAL } from './list.ts';
import { readElevenLabs } from './payload.ts';
import { translateElevenLabs } from './translate.ts';

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

  constructor(options: ElevenLabsSourceOptions) {
    this.name = options.name;
    this.#options = options;
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
      yield* listPages(client, agentId === undefined ? range : { ...range, agentId }, signal);
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
    return this.translate(body, id);
  }

  /** What is to be done with a payload. */
  translate(body: unknown, id: string): Fetched {
    const payload = readElevenLabs(body);
    if (!TERMINAL.includes(payload.status ?? '')) {
      return { kind: 'pending', reason: `status ${payload.status ?? 'missing'}` };
    }
    const translated = translateElevenLabs(payload, id, this.#options.settings);
    if (translated) return { kind: 'ready', translated };
    return { kind: 'empty', reason: emptyReason(asObject(body)) };
  }

  now(): number {
    const { client, clock } = this.#options;
    return clock.now() + (client.skewMs ?? 0);
  }

  surelyNow(): number {
    return Math.min(this.now(), this.#options.clock.now());
  }

  async close(): Promise<void> {
    await this.#options.client.close();
  }
}

/** Agents with zero retention keep nothing that could be fetched: only a webhook would have it. */
function emptyReason(body: Json): string {
  const features = asObject(asObject(body.metadata).features_usage);
  const zeroRetention = [features.pii_zrm_workspace, features.pii_zrm_agent].some(
    (feature) => feature === true || asObject(feature).used === true || asObject(feature).enabled === true,
  );
  if (zeroRetention) return 'the agent keeps nothing (zero retention)';
  return 'neither spans nor a transcript';
}
