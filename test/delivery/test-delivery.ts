import { onTestFinished } from 'vitest';
import { createDelivery, type Delivery, type DeliveryOptions } from '../../src/delivery/delivery.ts';
import type { Destination } from '../../src/delivery/endpoint.ts';

/** A delivery that is closed with the test, and has no proxy unless it says so. */
export function deliveryTo(
  url: string,
  destination: Partial<Destination> = {},
  options: DeliveryOptions = {},
): Delivery {
  const delivery = createDelivery(
    { tracesUrl: `${url}/v1/traces`, headers: {}, timeoutMs: 60_000, compression: 'none', ...destination },
    { env: {}, ...options },
  );
  onTestFinished(() => delivery.close());
  return delivery;
}

/** A signal that is never aborted. */
export const { signal: noAbort } = new AbortController();
