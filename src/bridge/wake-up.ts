import { onAbort } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';

/** A constant: an error made at each ring would be all that rings cost. */
const WOKEN = new Error('Woken');

/** Wakes somebody who sleeps until a certain time earlier, because there is something to do. */
export class WakeUp {
  readonly #clock: Clock;
  #nap: AbortController | undefined;
  #hasRung = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the sleep, or the next one if nobody sleeps now. */
  ring(): void {
    this.#hasRung = true;
    this.#nap?.abort(WOKEN);
  }

  /** Until `millis` have passed, it rings, or `stop` is aborted. Never rejects. One at a time. */
  async sleep(millis: number, stop: AbortSignal): Promise<void> {
    if (millis > 0 && !this.#hasRung && !stop.aborted) {
      const nap = new AbortController();
      this.#nap = nap;
      const stopListening = onAbort(stop, () => nap.abort(WOKEN));
      await this.#clock.sleep(millis, nap.signal).catch((error: unknown) => {
        if (!nap.signal.aborted) throw error;
      });
      stopListening();
      this.#nap = undefined;
    }
    this.#hasRung = false;
  }
}
