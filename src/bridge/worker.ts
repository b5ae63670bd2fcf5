import type { CircuitBreaker } from '../delivery/circuit-breaker.ts';
import type { Ledger } from '../ledger/contract.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Claimed } from '../ledger/records.ts';
import type { Clock } from '../time/clock.ts';
import type { Pipeline, Signals } from './pipeline.ts';
import type { Processed } from './settle.ts';

/** After so many conversations it is proved again that the ledger reaches the disk. */
const PROVED_FOR = 64;
/** Conversations that the collector has accepted and that wait for the disk: they keep nobody from fetching others. */
const MOST_SETTLING = 32;

export interface WorkerOptions {
  readonly ledger: Ledger;
  /** The source's number in the ledger. */
  readonly id: number;
  readonly pipeline: Pipeline;
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  /** Conversations under way at a time. */
  readonly concurrency: number;
  readonly onProcessed: (conversation: string, processed: Processed) => void;
}

/** Works off what is due of one source, a few at a time, until nothing is. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #underWay = new Map<string, Promise<Processed>>();
  /** Claims are made one at a time: what one has taken is known to be under way before the next looks. */
  #claiming: Promise<unknown> = Promise.resolve();
  /** Conversations that may still be claimed before the ledger has to be proved. */
  #proved = 0;
  /** Gives free slots something to do, while there is a drain. */
  #fill: (() => void) | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /**
   * Ends early where the collector is away and enough has been fetched for it.
   * @param early also conversations that were never fetched and whose time has not come yet.
   * @returns how many conversations it processed.
   * @throws SourceDown, CollectorDown, LedgerError or the signal's reason; what else was under way has then ended too.
   */
  async drain(signals: Signals, { early = false } = {}): Promise<number> {
    const { concurrency, breaker } = this.#options;
    const failures: unknown[] = [];
    let processed = 0;
    const slots = new Set<Promise<void>>();
    let busy = 0;
    const room = () =>
      failures.length === 0 && !signals.stop.aborted && breaker.wantsMore
        ? Math.min(concurrency - busy, concurrency + MOST_SETTLING - slots.size)
        : 0;
    const occupy = (processing: (onSettling: () => void) => Promise<unknown>) => {
      let isBusy = true;
      busy++;
      const release = () => {
        if (isBusy) busy--;
        isBusy = false;
      };
      const onSettling = () => {
        release();
        fill();
      };
      const slot = processing(onSettling)
        .then(
          () => void processed++,
          (error: unknown) => void failures.push(error),
        )
        .finally(() => {
          release();
          slots.delete(slot);
          fill();
        });
      slots.add(slot);
    };
    const claim = async () => {
      while (room() > 0) {
        const taken = await this.#exclusively(async () => {
          const claimed = await this.#claim(early, room());
          for (const due of claimed) occupy((onSettling) => this.#begin(due, signals, onSettling));
          return claimed.length;
        });
        if (taken === 0) return;
      }
    };
    let filling: Promise<void> | undefined;
    let again = false;
    const fill = () => {
      again = true;
      filling ??= (async () => {
        try {
          while (again) {
            again = false;
            await claim();
          }
        } catch (error) {
          failures.push(error);
        } finally {
          filling = undefined;
        }
      })();
    };
    fill();
    this.#fill = fill;
    while (filling !== undefined || slots.size > 0) await Promise.all([filling, ...slots]);
    this.#fill = undefined;
    const [failure] = failures;
    if (failure !== undefined) throw failures.find((worst) => worst instanceof LedgerError) ?? failure;
    signals.stop.throwIfAborted();
    return processed;
  }

  /** Something is due that was not before: while one conversation takes its time there is room for others. */
  lookAgain(): void {
    this.#fill?.();
  }

  /**
   * Carries one conversation, whether its time has come or not; where that is being done already, waits for it.
   * @throws as `drain`.
   */
  async process(id: string, signals: Signals): Promise<Processed> {
    const { ledger, id: source, clock } = this.#options;
    // In an object: what is under way must not be waited for before others may claim.
    const { processing } = await this.#exclusively(async () => {
      const known = this.#underWay.get(id);
      if (known !== undefined) return { processing: known };
      await ledger.prove(clock.now());
      const [due] = await ledger.conversations.claim(source, { now: clock.now(), limit: 1, only: id });
      if (due === undefined) throw new Error(`The ledger has no conversation ${id} to carry.`);
      return { processing: this.#begin(due, signals) };
    });
    return await processing;
  }

  /** @param onSettling called when all that is left is to record it. */
  #begin(due: Claimed, signals: Signals, onSettling?: () => void): Promise<Processed> {
    const processing = this.#carry(due, signals, onSettling);
    this.#underWay.set(due.id, processing);
    return processing;
  }

  async #carry(due: Claimed, signals: Signals, onSettling?: () => void): Promise<Processed> {
    const { pipeline, onProcessed, ledger, id } = this.#options;
    try {
      const processed = await pipeline.process(due, signals, onSettling);
      onProcessed(due.id, processed);
      return processed;
    } catch (error) {
      // Nothing else can be written where the ledger itself is what fails.
      if (!(error instanceof LedgerError)) await ledger.conversations.giveBack(id, due.id);
      throw error;
    } finally {
      this.#underWay.delete(due.id);
    }
  }

  async #claim(early: boolean, limit: number): Promise<readonly Claimed[]> {
    const { ledger, id, clock } = this.#options;
    if (limit <= 0) return [];
    const claimed = await ledger.conversations.claim(id, { now: clock.now(), limit, early });
    this.#proved -= claimed.length;
    if (claimed.length > 0 && this.#proved < 0) {
      try {
        await ledger.prove(clock.now());
      } catch (error) {
        // What cannot be proved can hardly be given back either; the first failure is the one to tell.
        for (const due of claimed) await ledger.conversations.giveBack(id, due.id).catch(() => undefined);
        throw error;
      }
      this.#proved = PROVED_FOR;
    }
    return claimed;
  }

  async #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#claiming.then(work);
    this.#claiming = turn.catch(() => undefined);
    return await turn;
  }
}
