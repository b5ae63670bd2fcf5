import type { InboxLedger } from '../ledger/contract.ts';
import type { Notice } from '../ledger/records.ts';
import type { Clock } from '../time/clock.ts';

/** How long a notice waits for company, in milliseconds: a flush to the disk costs the same for one or for many. */
const GATHERING_MS = 3;
/** Nobody is asked for more than once in so many milliseconds how much waits. */
const COUNTED_FOR_MS = 1_000;

/** Puts into the inbox what webhooks tell, many in one transaction. Whoever tells waits until it is on the disk. */
export class WebhookKeeper {
  readonly #inbox: Pick<InboxLedger, 'put' | 'depth'>;
  readonly #clock: Clock;
  #batch: { notices: Notice[]; kept: Promise<readonly boolean[]> } | undefined;
  readonly #counted = new Map<number, { at: number; waiting: Promise<number> }>();

  constructor(inbox: Pick<InboxLedger, 'put' | 'depth'>, clock: Clock) {
    this.#inbox = inbox;
    this.#clock = clock;
  }

  /** @returns whether it was news. @throws LedgerError where it cannot be kept; then nothing of its batch is. */
  async keep(notice: Notice): Promise<boolean> {
    this.#batch ??= this.#gather();
    const { notices, kept } = this.#batch;
    const place = notices.push(notice) - 1;
    return (await kept)[place] ?? false;
  }

  /** How many notices of a source wait, or did a moment ago. @throws LedgerError */
  async waiting(source: number): Promise<number> {
    const now = this.#clock.now();
    const known = this.#counted.get(source);
    if (known !== undefined && Math.abs(now - known.at) < COUNTED_FOR_MS) return await known.waiting;
    const waiting = this.#inbox.depth(source).then((depth) => depth.waiting);
    this.#counted.set(source, { at: now, waiting });
    return await waiting;
  }

  #gather(): { notices: Notice[]; kept: Promise<readonly boolean[]> } {
    const notices: Notice[] = [];
    const kept = this.#clock.sleep(GATHERING_MS).then(() => {
      this.#batch = undefined;
      return this.#inbox.put(notices, this.#clock.now());
    });
    return { notices, kept };
  }
}
