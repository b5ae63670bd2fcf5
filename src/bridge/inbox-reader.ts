import type { SourceConfig } from '../config/config.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Taking, WaitingNotice } from '../ledger/records.ts';
import type { Clock } from '../time/clock.ts';
import { WakeUp } from './wake-up.ts';

/** Notices that are looked at, and taken, at a time. */
const AT_A_TIME = 500;
/** How often the inbox is looked at without being told to: another process may have put something in. In milliseconds. */
const LOOK = 1_000;
/** Whoever knows the path can make hints up, and each costs a fetch: one conversation in so many milliseconds. */
const UNSIGNED_EVERY = 1_000;
/** A hint at what no list has shown for so long is at nothing, in milliseconds. */
const UNSIGNED_FOR = 300_000;

export interface InboxReaderOptions {
  readonly ledger: Ledger;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly config: Pick<SourceConfig, 'webhook' | 'agents'>;
  /** Something may be put in at any time. */
  readonly takesWebhooks: boolean;
  /** How long after a conversation's end its fetch is worth a call, in milliseconds. */
  readonly firstFetchDelay: number;
  readonly clock: Clock;
  /** Something may be due that was not before. */
  readonly onNews: () => void;
}

/** Takes what webhooks have told of one source out of the inbox: their conversations are due. */
export class InboxReader {
  readonly #options: InboxReaderOptions;
  readonly #bell: WakeUp;
  #tookUnsigned = Number.NEGATIVE_INFINITY;

  constructor(options: InboxReaderOptions) {
    this.#options = options;
    this.#bell = new WakeUp(options.clock);
  }

  /** Something has been put in. */
  told(): void {
    this.#bell.ring();
  }

  /**
   * Until `stop`. What was answered with 200 is taken also where no webhooks come in any more: then until nothing waits.
   * @throws LedgerError
   */
  async run(stop: AbortSignal): Promise<void> {
    const { takesWebhooks } = this.#options;
    while (!stop.aborted) {
      const wait = await this.once();
      if (!takesWebhooks && wait === undefined) return;
      await this.#bell.sleep(wait ?? LOOK, stop);
    }
  }

  /** Takes what waits, as far as it is signed: of what is not, whatever is worth a fetch now. @throws LedgerError */
  async takeWaiting(): Promise<void> {
    while ((await this.once()) === 0);
  }

  /** @returns milliseconds until another look is worth it; undefined where nothing waits. @throws LedgerError */
  async once(): Promise<number | undefined> {
    const { ledger, id, config, clock, onNews } = this.#options;
    // Whose secrets are gone may be forged.
    const by = config.webhook?.by ?? 'token';
    const rows = await ledger.inbox.waiting(id, AT_A_TIME);
    if (rows.length === 0) return undefined;
    const now = clock.now();
    const takings = by === 'secret' ? rows.map((row) => this.#taking(row, now)) : this.#unsigned(rows, now);
    await ledger.inbox.take(id, takings, now);
    if (takings.some(({ due }) => due !== undefined)) onNews();
    return by === 'token' ? UNSIGNED_EVERY : 0;
  }

  #taking({ number, final, terminal }: WaitingNotice, now: number): Taking {
    return { number, due: final || terminal ? now : now + this.#options.firstFetchDelay };
  }

  /** All of one conversation, one that the list has shown before others; and what has waited in vain. */
  #unsigned(rows: readonly WaitingNotice[], now: number): Taking[] {
    const forgotten = rows
      .filter(({ isKnown, receivedAt }) => !isKnown && Math.abs(now - receivedAt) > UNSIGNED_FOR)
      .map(({ number }) => ({ number, due: undefined }));
    if (Math.abs(now - this.#tookUnsigned) < UNSIGNED_EVERY) return forgotten;
    const gone = new Set(forgotten.map(({ number }) => number));
    // Of whom it is shows no hint: where only some agents are wanted, the list has to have it.
    const next = rows.find(
      ({ number, isKnown }) => !gone.has(number) && (isKnown || this.#options.config.agents.length === 0),
    );
    if (next === undefined) return forgotten;
    this.#tookUnsigned = now;
    const taken = rows.filter(({ conversation }) => conversation === next.conversation);
    return [...forgotten, ...taken.map((row) => this.#taking(row, now))];
  }
}
