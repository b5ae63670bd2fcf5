import { HttpStatusError } from '../../http/errors.ts';
import { settledAt } from '../settling.ts';
import type { Account, ConversationRef, Fetched, Page, Source, SourceParts, Walk } from '../vendor.ts';
import { VendorClock } from '../vendor-clock.ts';
import { listPages, type RetellRow } from './list.ts';
import { ONGOING, readRetell, TERMINAL } from './payload.ts';
import { readPayload, SETTLE_MARGIN_MS } from './read-body.ts';
import { walkUndated } from './undated.ts';

/** A list may show a call some time after its end only. */
const OVERLAP = 600_000;
/** 2200: where a range has no end. */
const FOREVER = 7_258_118_400_000;
/** The vendor gives a thousand rows at most, and each has all of a call but its words. */
const PAGE_SIZE = 200;

/** A Retell account. */
export class RetellSource implements Source {
  readonly name: string;
  readonly provider = 'retell' as const;
  readonly hasLateEvents = false;
  /** What is not complete yet is not listed yet: see `discover`. */
  readonly firstFetchDelay = 0;
  readonly #account: Pick<Account, 'settle' | 'agents'>;
  readonly #parts: SourceParts;
  readonly #time: VendorClock;

  constructor(account: Pick<Account, 'name' | 'settle' | 'agents'>, parts: SourceParts) {
    this.name = account.name;
    this.#account = account;
    this.#parts = parts;
    this.#time = new VendorClock(parts.clock, parts.client);
  }

  /**
   * By end: a call is shown once it has ended. One whose analysis is still to come is passed over until it is there or
   * has been waited for, so that it is fetched once; each walk goes back as far as that behind the one before it.
   */
  async *discover({ since, until, memory }: Walk, signal: AbortSignal): AsyncGenerator<Page> {
    const { client } = this.#parts;
    const { agents, settle } = this.#account;
    const range =
      until === undefined
        ? { ended: [Math.max(0, Math.floor(since - settle - OVERLAP)), FOREVER] as const }
        : { started: [Math.max(0, Math.floor(since)), Math.ceil(until)] as const };
    const question = { statuses: TERMINAL, agents, order: 'ascending', limit: PAGE_SIZE, ...range } as const;
    for await (const { rows, drift, partial } of listPages(client, question, signal)) {
      for (const { endedAt, startedAt } of rows) this.#time.saw(endedAt ?? startedAt);
      const refs = this.#wanted(rows).filter((row) => this.#isComplete(row));
      yield { refs, drift, ...(partial === undefined ? {} : { partial }) };
    }
    // Of what has no time nobody knows whether it belongs to a stretch of the past.
    if (until !== undefined) return;
    for await (const { rows, ...rest } of walkUndated(client, { since, memory, agents }, signal)) {
      yield { refs: this.#wanted(rows), ...rest };
    }
  }

  async *stillActive(_seen: readonly ConversationRef[], signal: AbortSignal): AsyncGenerator<Page> {
    const { agents } = this.#account;
    const question = { statuses: ONGOING, agents, order: 'descending', limit: PAGE_SIZE } as const;
    for await (const { rows, drift } of listPages(this.#parts.client, question, signal)) {
      yield { refs: this.#wanted(rows), drift };
    }
  }

  #wanted(rows: readonly RetellRow[]): RetellRow[] {
    const { agents } = this.#account;
    return rows.filter(
      ({ agentId }) => agents.length === 0 || (agentId !== undefined && agents.includes(agentId)),
    );
  }

  #isComplete({ analyzed, endedAt }: RetellRow): boolean {
    const now = this.surelyNow();
    const settled = analyzed ? undefined : settledAt([endedAt], this.#account.settle, { now });
    return settled === undefined || now >= settled + SETTLE_MARGIN_MS;
  }

  async payload(id: string, signal: AbortSignal, onBody?: () => Promise<void>): Promise<unknown> {
    return await this.#parts.client.getJson(`/v2/get-call/${encodeURIComponent(id)}`, {
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
    let body: unknown;
    try {
      body = await this.payload(id, signal, onBody);
    } catch (error) {
      if (isUnknown(error)) return { kind: 'gone', reason: error.words ?? 'the vendor does not know it' };
      throw error;
    }
    return this.read(body, id, seenAt);
  }

  read(body: unknown, id?: string, seenAt?: number): Fetched {
    const payload = readRetell(body);
    if (payload.end !== undefined) this.#time.saw(Number(payload.end / 1_000_000n));
    return readPayload(payload, {
      settings: this.#parts.settings,
      settle: this.#account.settle,
      // Exported too early it would never be complete: both clocks have to say that the time has come.
      now: this.surelyNow(),
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
    await this.#parts.client.close();
  }
}

/** Documented as 422 "Cannot find requested asset under given api key."; what other APIs say is understood too. */
function isUnknown(error: unknown): error is HttpStatusError {
  if (!(error instanceof HttpStatusError)) return false;
  return error.status === 404 || (error.status === 422 && /cannot find|not found/i.test(error.words ?? ''));
}
