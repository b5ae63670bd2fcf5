import { HttpStatusError } from '../../../src/http/errors.ts';
import { asObject, finite, objects, text } from '../../../src/json/reading.ts';
import type {
  Account,
  ConversationRef,
  Fetched,
  Page,
  Source,
  SourceParts,
  Walk,
} from '../../../src/vendors/vendor.ts';
import { VendorClock } from '../../../src/vendors/vendor-clock.ts';
import { readBody } from './read-body.ts';

/** An account of the vendor: one list, in one page, and a call by its key. */
export class ToySource implements Source {
  readonly name: string;
  readonly provider = 'toy';
  readonly hasLateEvents = false;
  readonly firstFetchDelay = 0;
  readonly #account: Account;
  readonly #parts: SourceParts;
  readonly #time: VendorClock;

  constructor(account: Account, parts: SourceParts) {
    this.name = account.name;
    this.#account = account;
    this.#parts = parts;
    this.#time = new VendorClock(parts.clock, parts.client);
  }

  async *discover(_walk: Walk, signal: AbortSignal): AsyncGenerator<Page> {
    const { calls } = asObject(await this.#parts.client.getJson('/calls', { signal }));
    const refs = objects(calls).map(({ key, began, ended }): ConversationRef => {
      const [start, end] = [finite(began), finite(ended)];
      return {
        id: text(key) ?? '',
        ended: end !== undefined,
        ...(start === undefined ? {} : { startedAt: start * 1_000 }),
        ...(end === undefined ? {} : { endedAt: end * 1_000 }),
      };
    });
    for (const { startedAt, endedAt } of refs) this.#time.saw(endedAt ?? startedAt);
    yield { refs };
  }

  async *stillActive(_seen: readonly ConversationRef[], signal: AbortSignal): AsyncGenerator<Page> {
    for await (const { refs } of this.discover({ since: 0 }, signal)) {
      yield { refs: refs.filter(({ ended }) => !ended) };
    }
  }

  async payload(id: string, signal: AbortSignal): Promise<unknown> {
    return await this.#parts.client.getJson(`/calls/${encodeURIComponent(id)}`, { signal });
  }

  async fetch(id: string, signal: AbortSignal): Promise<Fetched> {
    try {
      return this.read(await this.payload(id, signal), id);
    } catch (error) {
      if (!(error instanceof HttpStatusError) || error.status !== 404) throw error;
      return { kind: 'gone', reason: error.words ?? 'the vendor does not know it' };
    }
  }

  read(body: unknown, id?: string): Fetched {
    const { settings } = this.#parts;
    const { settle } = this.#account;
    return readBody(body, { settings, settle, now: this.surelyNow(), ...(id === undefined ? {} : { id }) });
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
    await this.#parts.client.close();
  }
}
