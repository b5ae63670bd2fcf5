import type { Attributes } from '../conversation.ts';
import type { OtlpMetrics } from '../metrics/otlp.ts';
import type { Labels, RecordedKey } from './instruments.ts';
import type { Meters, Reading } from './meters.ts';

/**
 * callspan's own metrics. The SDK behind them is loaded when there is something to tell for the first time: a start
 * need not wait for it.
 */
export class OwnMetrics {
  readonly #resource: Attributes;
  readonly #read: () => Promise<readonly Reading[]>;
  #meters: Meters | undefined;
  #loading: Promise<Meters> | undefined;
  /** What happened while the SDK was loading. */
  readonly #early: { instrument: RecordedKey; value: number; labels: Labels }[] = [];

  /** @param read the state of things, asked for at each collection. */
  constructor(resource: Attributes, read: () => Promise<readonly Reading[]>) {
    this.#resource = resource;
    this.#read = read;
  }

  /** Whether there has been anything to tell. */
  get hasBegun(): boolean {
    return this.#loading !== undefined;
  }

  record(instrument: RecordedKey, value: number, labels: Labels): void {
    if (this.#meters) {
      this.#meters.record(instrument, value, labels);
      return;
    }
    this.#early.push({ instrument, value, labels });
    // A failure is told to whoever collects, and by itself: there is nothing to be done about it here.
    this.#load().catch(() => undefined);
  }

  /** Everything recorded so far, and the state of things now. */
  async collect(): Promise<OtlpMetrics> {
    const meters = await this.#load();
    return await meters.collect(await this.#read());
  }

  #load(): Promise<Meters> {
    this.#loading ??= this.#loaded();
    return this.#loading;
  }

  async #loaded(): Promise<Meters> {
    const { Meters } = await import('./meters.ts');
    const meters = new Meters(this.#resource);
    for (const { instrument, value, labels } of this.#early.splice(0)) {
      meters.record(instrument, value, labels);
    }
    this.#meters = meters;
    return meters;
  }
}
