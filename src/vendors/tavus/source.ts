import type { HttpClient } from '../../http/client.ts';
import { HttpStatusError } from '../../http/errors.ts';
import type { Clock } from '../../time/clock.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import type { ConversationRef, Fetched, Page, Source, Walk } from '../vendor.ts';
import { VendorClock } from '../vendor-clock.ts';
import type { TavusRow } from './list.ts';
import { readTavus } from './payload.ts';
import { readPayload, SETTLE_MARGIN_MS } from './read-payload.ts';
import { walkActive, walkList } from './walk.ts';

export interface TavusSourceOptions {
  readonly name: string;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly settings: TraceSettings;
  /** How long after a shutdown perception is waited for, in milliseconds. */
  readonly settle: number;
  /** Only conversations of these pals (personas) or faces (replicas); all where empty. */
  readonly agents?: readonly string[];
}

/** A Tavus account. */
export class TavusSource implements Source {
  readonly name: string;
  readonly provider = 'tavus' as const;
  readonly hasLateEvents = true;
  /** One fetch after everything has settled, instead of several while it has not. */
  readonly firstFetchDelay: number;
  readonly #options: TavusSourceOptions;
  readonly #time: VendorClock;

  constructor(options: TavusSourceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#time = new VendorClock(options.clock, options.client);
    this.firstFetchDelay = options.settle === 0 ? 0 : options.settle + SETTLE_MARGIN_MS;
  }

  async *discover({ since, memory }: Walk, signal: AbortSignal): AsyncGenerator<Page> {
    for await (const page of walkList(this.#options.client, { since, memory }, signal)) {
      const { rows, ...rest } = page;
      for (const { startedAt, endedAt } of rows) this.#time.saw(endedAt ?? startedAt);
      yield { refs: rows.filter((row) => this.#isWanted(row)), ...rest };
    }
  }

  async *stillActive(_seen: readonly ConversationRef[], signal: AbortSignal): AsyncGenerator<Page> {
    for await (const rows of walkActive(this.#options.client, signal)) yield { refs: rows };
  }

  #isWanted(row: TavusRow): boolean {
    const { agents = [] } = this.#options;
    return agents.length === 0 || row.agentIds.some((id) => agents.includes(id));
  }

  async payload(id: string, signal: AbortSignal, onBody?: () => Promise<void>): Promise<unknown> {
    return await this.#options.client.getJson(`/v2/conversations/${encodeURIComponent(id)}`, {
      query: { verbose: true },
      signal,
      ...(onBody === undefined ? {} : { onBody }),
    });
  }

  async fetch(id: string, signal: AbortSignal, onBody?: () => Promise<void>): Promise<Fetched> {
    let body: unknown;
    try {
      body = await this.payload(id, signal, onBody);
    } catch (error) {
      if (isUnknown(error)) return { kind: 'gone', reason: error.words ?? 'the vendor does not know it' };
      throw error;
    }
    return this.read(body, id);
  }

  read(body: unknown, id?: string): Fetched {
    const { settings, settle } = this.#options;
    const payload = readTavus(body);
    for (const { time } of payload.events) {
      if (time !== undefined) this.#time.saw(Number(time / 1_000_000n));
    }
    // Exported too early it would never be complete: both clocks have to say that the time has come.
    const reading = { settings, settle, now: this.surelyNow() };
    return readPayload(payload, id === undefined ? reading : { ...reading, id });
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

/** Documented as 400 "Invalid conversation_id"; what other APIs say is understood too. */
function isUnknown(error: unknown): error is HttpStatusError {
  if (!(error instanceof HttpStatusError)) return false;
  return (
    error.status === 404 || (error.status === 400 && /invalid conversation_?id/i.test(error.words ?? ''))
  );
}
