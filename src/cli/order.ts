import { Bridge } from '../bridge.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../http/clock.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import type { Order, Progress } from '../ledger/requests.ts';
import { createLog } from '../telemetry/log.ts';

/** How often a command looks at what the bridge has done for it, in milliseconds. */
const LOOK = 200;

export interface Ordering {
  readonly config: Config;
  readonly order: Order;
  readonly stop: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Has an order carried out: by the bridge that is running on the ledger, through the ledger, or where there is none
 * by this process itself.
 * @throws Error with the bridge's words where it could not; the signal's reason.
 */
export async function carryOut(ordering: Ordering): Promise<Progress> {
  const { config, order } = ordering;
  const ledger = openLedger(config.state);
  try {
    if (ledger.holder(systemClock) === undefined) return await carryOutHere(ledger, ordering);
    const id = ledger.requests.add(order, systemClock.now());
    return await follow(ledger, id, ordering);
  } finally {
    ledger.close();
  }
}

async function carryOutHere(
  ledger: Ledger,
  { config, order, stop, onProgress }: Ordering,
): Promise<Progress> {
  const lease = await ledger.hold(systemClock, stop);
  try {
    const log = await createLog({ level: config.logLevel === 'debug' ? 'debug' : 'error' });
    const bridge = new Bridge({ config, ledger, log });
    const end = AbortSignal.any([stop, lease.lost]);
    return await bridge.carryOut(order, end, (progress) => onProgress?.(progress));
  } finally {
    if (!lease.lost.aborted) lease.release();
  }
}

async function follow(ledger: Ledger, id: number, ordering: Ordering): Promise<Progress> {
  for (;;) {
    await systemClock.sleep(LOOK, ordering.stop);
    const request = ledger.requests.get(id);
    if (request === undefined) throw new Error('The order has vanished from the ledger.');
    ordering.onProgress?.(request.progress);
    if (request.state === 'done') return request.progress;
    if (request.state === 'failed') throw new Error(String(request.progress.error));
    if (ledger.holder(systemClock) !== undefined) continue;
    // The bridge has gone in the middle of it.
    const result = await carryOutHere(ledger, ordering);
    ledger.requests.update(id, 'done', result, systemClock.now());
    return result;
  }
}
