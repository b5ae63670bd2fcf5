import { createDelivery, type Delivery } from '../../src/delivery/delivery.ts';
import type { Outcome } from '../../src/delivery/outcome.ts';
import type { SpanBatch } from '../../src/trace/span-batch.ts';

/** The real way to a collector over the network, for those whose time passes faster than the network's. */
export class CountedCollector implements Delivery {
  /** Deliveries that have not come to their end: until then, time had better wait. */
  underWay = 0;
  readonly #delivery: Delivery;

  constructor(tracesUrl: string) {
    const destination = { tracesUrl, headers: {}, timeoutMs: 10_000, compression: 'none' } as const;
    this.#delivery = createDelivery(destination, { env: {} });
  }

  async deliver(batch: SpanBatch, signal: AbortSignal): Promise<Outcome> {
    this.underWay++;
    try {
      return await this.#delivery.deliver(batch, signal);
    } finally {
      this.underWay--;
    }
  }

  close(): Promise<void> {
    return this.#delivery.close();
  }
}
