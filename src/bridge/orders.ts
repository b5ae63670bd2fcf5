import type { Clock } from '../http/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Order, Progress, RequestRow } from '../ledger/requests.ts';
import type { Log } from '../telemetry/log.ts';
import type { Signals } from './carrier.ts';
import type { Lane } from './lane.ts';

/** How often the ledger is asked for new orders, in milliseconds. */
const LOOK = 500;

export interface OrdersOptions {
  readonly lanes: readonly Lane[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
}

/** Carries out what commands ask for, beside the bridge's own work. */
export class Orders {
  readonly #options: OrdersOptions;
  readonly #running = new Set<number>();

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** Looks for orders until `signals.stop`; those in the middle of which that comes are taken up at the next start. */
  async run(signals: Signals): Promise<void> {
    const { clock, ledger } = this.#options;
    const executions = new Set<Promise<void>>();
    while (!signals.stop.aborted) {
      for (const request of ledger.requests.open()) {
        if (this.#running.has(request.id)) continue;
        this.#running.add(request.id);
        const execution = this.#carryOut(request, signals).finally(() => executions.delete(execution));
        executions.add(execution);
      }
      await clock.sleep(LOOK, signals.stop).catch(() => undefined);
    }
    await Promise.all(executions);
  }

  async #carryOut({ id, order }: RequestRow, signals: Signals): Promise<void> {
    const { ledger, clock, log } = this.#options;
    const tell = (progress: Progress) => ledger.requests.update(id, 'running', progress, clock.now());
    try {
      const result = await this.execute(order, signals, tell);
      ledger.requests.update(id, 'done', result, clock.now());
    } catch (error) {
      if (signals.stop.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ order: order.kind, reason: message }, 'an order failed');
      ledger.requests.update(id, 'failed', { error: message }, clock.now());
    }
  }

  /** Carries out `order`, telling now and then how far it has come. */
  async execute(order: Order, signals: Signals, tell: (progress: Progress) => void): Promise<Progress> {
    const lanes = this.#lanesOf(order);
    switch (order.kind) {
      case 'retry': {
        const revived = lanes.map((lane) => lane.revive({ dead: order.dead, only: order.id }));
        return { revived: revived.reduce((sum, count) => sum + count, 0) };
      }
      case 'export': {
        const carried = await lanes[0]?.export(order, signals);
        return { ...carried };
      }
      case 'repair':
        return { ...(await lanes[0]?.repair(order.items, signals, tell)) };
      default: {
        const parts = new Map<Lane, Progress>();
        await Promise.all(
          lanes.map((lane) =>
            lane.backfill(order, signals, (progress) => {
              parts.set(lane, progress);
              tell(total(parts.values()));
            }),
          ),
        );
        return total(parts.values());
      }
    }
  }

  #lanesOf(order: Order): readonly Lane[] {
    const { lanes } = this.#options;
    if (order.source === undefined) return lanes;
    const named = lanes.filter((lane) => lane.name === order.source);
    if (named.length > 0) return named;
    const known = lanes.map((lane) => lane.name).join(', ');
    throw new Error(`The bridge has no source ${order.source}; it has ${known}.`);
  }
}

/** The figures of several sources, added up. */
function total(parts: Iterable<Progress>): Progress {
  const sums: Record<string, number> = {};
  for (const part of parts) {
    for (const [figure, value] of Object.entries(part)) sums[figure] = (sums[figure] ?? 0) + Number(value);
  }
  return sums;
}
