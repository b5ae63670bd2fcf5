import { setTimeout as sleep } from 'node:timers/promises';
import { toOtlpMetrics } from '../../src/metrics/otlp.ts';
import { SeriesBook } from '../../src/metrics/series.ts';
import { observations, type Receiver, send, TELLER } from './feed.ts';
import type { Truth } from './truth.ts';

/** Milliseconds between two exports: a second stands for a minute. */
const STEP_MS = 1_000;

/** Conversations that go on arriving, as long as nobody stops them: some of them at every step. */
export class Traffic {
  readonly #stack: Receiver;
  readonly #book = new SeriesBook([]);
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #truths: readonly Truth[];
  /** Exports so far. */
  steps = 0;

  constructor(stack: Receiver, truths: readonly Truth[]) {
    this.#stack = stack;
    this.#truths = truths;
    this.#running = this.#run();
    // Whoever stops it hears of a failure; until then it is not an unhandled one.
    this.#running.catch(() => undefined);
  }

  /** From now on these arrive. */
  become(truths: readonly Truth[]): void {
    this.#truths = truths;
  }

  /** @throws what went wrong with an export, if anything did. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const now = Date.now();
      for (const [index, truth] of this.#truths.entries()) {
        this.#book.add(observations(truth, `call-${this.steps}-${index}`, now), now);
      }
      for (const request of toOtlpMetrics(this.#book.all, { ...TELLER, now }))
        await send(this.#stack, request);
      this.steps += 1;
      await sleep(STEP_MS);
    }
  }
}
