import type { HttpClient } from '../../http/client.ts';
import { HttpStatusError } from '../../http/errors.ts';
import { asObject, isObject, type Json, text } from '../../json/reading.ts';
import type { Clock } from '../../time/clock.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import { checkedId } from '../conversation-id.ts';
import { settledAt } from '../settling.ts';
import type { ConversationRef, Fetched, Page, Source, Walk } from '../vendor.ts';
import { VendorClock } from '../vendor-clock.ts';
import { type Kept, KeptCalls } from './kept.ts';
import { type Moment, momentOf, walkCalls } from './list.ts';
import { agentIdsOf, hasEnded, readVapi, type VapiPayload } from './payload.ts';
import { endsOf, readPayload } from './read-payload.ts';

export interface VapiSourceOptions {
  readonly name: string;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly settings: TraceSettings;
  /** How long after a call's end its analysis is waited for, in milliseconds. */
  readonly settle: number;
  /** Only calls of these assistants, squads or workflows; all where empty. */
  readonly agents?: readonly string[];
  /** Of what lists have shown, in characters of JSON. */
  readonly keep?: number;
}

/** Most analyses are there by then, and a look at what a list has shown costs no request. In milliseconds. */
const FIRST_LOOK = 60_000;
/** How old what a list has shown may be, at the moment after which nothing is waited for. In milliseconds. */
const FRESH = 120_000;
/** Not begun yet: it is no conversation, and its creation says nothing of when it will be one. */
const AHEAD: ReadonlySet<string> = new Set(['scheduled', 'queued']);

/** A Vapi organisation. */
export class VapiSource implements Source {
  readonly name: string;
  readonly provider = 'vapi' as const;
  readonly hasLateEvents = false;
  readonly firstFetchDelay: number;
  readonly #options: VapiSourceOptions;
  readonly #time: VendorClock;
  readonly #kept: KeptCalls;
  /** What the latest walks have covered without a gap: nothing in it has changed since that a list did not show. */
  #covered: { readonly from: number; readonly to: number } | undefined;
  /** Whether the list leaves out what a fetch would bring; unknown until one of the kind was fetched. */
  #listOmits: boolean | undefined;

  constructor(options: VapiSourceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#time = new VendorClock(options.clock, options.client);
    this.#kept = new KeptCalls(options.keep);
    this.firstFetchDelay = Math.min(options.settle, FIRST_LOOK);
  }

  /** By change, so that what ends shows again; a stretch of the past by creation, because nothing of it changes any more. */
  async *discover({ since, until }: Walk, signal: AbortSignal): AsyncGenerator<Page> {
    const began = this.now();
    const by: Moment = until === undefined ? 'updatedAt' : 'createdAt';
    const stretch = { from: since, ...(until === undefined ? {} : { to: until + 1 }) };
    let isComplete = true;
    for await (const { rows, ...rest } of walkCalls(this.#options.client, by, stretch, began, signal)) {
      isComplete &&= rest.partial !== true;
      const refs = rows.flatMap((row) => this.#toRef(row, by, began));
      yield { refs, ...rest };
    }
    if (by === 'updatedAt' && isComplete) this.#cover(since, Math.min(began, this.now()));
  }

  /** What ends is changed by that, and so comes up again: those that did not are as they were. */
  async *stillActive(seen: readonly ConversationRef[], _signal: AbortSignal): AsyncGenerator<Page> {
    yield { refs: seen };
  }

  #toRef(row: Json, by: Moment, listedAt: number): ConversationRef[] {
    const id = checkedId(row.id);
    const status = text(row.status);
    if (id === undefined || (status !== undefined && AHEAD.has(status)) || !this.#isWanted(row)) return [];
    const ended = hasEnded(row, status);
    const created = momentOf(row, 'createdAt');
    const startedAt = by === 'createdAt' ? created : (momentOf(row, 'startedAt') ?? created);
    const endedAt = ended ? momentOf(row, 'endedAt') : undefined;
    this.#time.saw(endedAt ?? startedAt);
    if (ended) this.#kept.keep(id, row, text(row.updatedAt) ?? '', listedAt);
    return [
      {
        id,
        ended,
        ...(startedAt === undefined ? {} : { startedAt }),
        ...(endedAt === undefined ? {} : { endedAt }),
      },
    ];
  }

  #isWanted(row: Json): boolean {
    const { agents = [] } = this.#options;
    return agents.length === 0 || agentIdsOf(row).some((id) => agents.includes(id));
  }

  #cover(from: number, to: number): void {
    const before = this.#covered;
    const isJoined = before !== undefined && from <= before.to;
    this.#covered = { from: isJoined ? Math.min(before.from, from) : from, to };
  }

  async payload(id: string, signal: AbortSignal, onBody?: () => Promise<void>): Promise<unknown> {
    return await this.#options.client.getJson(`/call/${encodeURIComponent(id)}`, {
      signal,
      ...(onBody === undefined ? {} : { onBody }),
    });
  }

  async fetch(
    id: string,
    signal: AbortSignal,
    onBody?: () => Promise<void>,
    seenAt?: number,
  ): Promise<Fetched> {
    const kept = this.#kept.get(id);
    const known = kept && this.#readKept(kept, id, seenAt);
    if (known !== undefined) {
      await onBody?.();
      return known;
    }
    let body: unknown;
    try {
      body = await this.payload(id, signal, onBody);
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) {
        return { kind: 'gone', reason: error.words ?? 'the vendor does not know it' };
      }
      throw error;
    }
    if (kept && isBare(readVapi(kept.record))) this.#listOmits = !isBare(readVapi(body));
    return this.read(body, id, seenAt);
  }

  /** @returns undefined where it has to be asked for: the list may not have shown all, or something may have come since. */
  #readKept({ record, listedAt }: Kept, id: string, seenAt: number | undefined): Fetched | undefined {
    const payload = readVapi(record);
    // Without so much as an artifact it is no whole record, whatever others are.
    const isWhole = this.#listOmits === false && isObject(asObject(record).artifact);
    if (isBare(payload) && !isWhole) return undefined;
    const fetched = this.read(record, id, seenAt);
    if (fetched.kind === 'pending') {
      // It comes up in the list when it changes; looking there again costs nothing.
      const again = this.now() + FIRST_LOOK;
      return { ...fetched, notBefore: Math.min(fetched.notBefore ?? again, again) };
    }
    const settled = settledAt(endsOf(payload), this.#options.settle, { now: this.surelyNow() }) ?? 0;
    if (!payload.analysis.isThere && this.#knownUntil(listedAt) < settled - FRESH) return undefined;
    this.#kept.wasRead(id);
    return fetched;
  }

  /** Until when nothing has come to what a list has shown then. */
  #knownUntil(listedAt: number): number {
    const covered = this.#covered;
    return covered !== undefined && covered.from <= listedAt ? Math.max(listedAt, covered.to) : listedAt;
  }

  read(body: unknown, id?: string, seenAt?: number): Fetched {
    const { settings, settle } = this.#options;
    const payload = readVapi(body);
    if (payload.endedAt !== undefined) this.#time.saw(Number(payload.endedAt / 1_000_000n));
    // Exported too early it would never be complete: both clocks have to say that the time has come.
    return readPayload(payload, {
      ...{ settings, settle, now: this.surelyNow() },
      ...(id === undefined ? {} : { id }),
      ...(seenAt === undefined ? {} : { seenAt }),
    });
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

/** It was held, and not a word of it is there: nothing is kept of it, or not in a list. */
function isBare({ rows, hasStarted }: VapiPayload): boolean {
  return rows.length === 0 && hasStarted;
}
