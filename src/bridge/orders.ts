import { type Clock, rest } from '../http/clock.ts';
import { LedgerError } from '../ledger/errors.ts';
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
  /** Nobody else works off what the orders make due. */
  readonly alone: boolean;
}

/** Carries out what commands ask for, beside the bridge's own work. */
export class Orders {
  readonly #options: OrdersOptions;
  readonly #running = new Set<number>();

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /**
   * Looks for orders until `signals.stop`; those in the middle of which that comes are taken up at the next start.
   * @throws LedgerError
   */
  async run(signals: Signals): Promise<void> {
    const { clock, ledger } = this.#options;
    const executions = new Set<Promise<void>>();
    const failures: unknown[] = [];
    while (!signals.stop.aborted && failures.length === 0) {
      for (const request of ledger.requests.open()) {
        if (this.#running.has(request.id)) continue;
        this.#running.add(request.id);
        const execution = this.#carryOut(request, signals)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => executions.delete(execution));
        executions.add(execution);
      }
      await rest(clock, LOOK, signals.stop);
    }
    if (failures.length === 0) await Promise.all(executions);
    if (failures.length > 0) throw failures[0];
  }

  async #carryOut({ id, order }: RequestRow, signals: Signals): Promise<void> {
    const { ledger, clock, log } = this.#options;
    const tell = (progress: Progress) => ledger.requests.update(id, 'running', progress, clock.now());
    try {
      const result = await this.execute(order, signals, tell);
      ledger.requests.update(id, 'done', result, clock.now());
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      if (signals.stop.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ order: order.kind, reason: message }, 'an order failed');
      ledger.requests.update(id, 'failed', { error: message }, clock.now());
    } finally {
      this.#running.delete(id);
    }
  }

  /**
   * Carries out `order`, telling now and then how far it has come.
   * @returns what came of it; where some sources failed, why in `failures`, a line each.
   */
  async execute(order: Order, signals: Signals, tell: (progress: Progress) => void): Promise<Progress> {
    const lanes = this.#lanesOf(order);
    switch (order.kind) {
      case 'retry': {
        const revived = lanes.map((lane) => lane.revive({ dead: order.dead, only: order.id }));
        return { revived: revived.reduce((sum, count) => sum + count, 0) };
      }
      case 'export':
        return { ...(await lanes[0]?.export({ id: order.id, forced: order.forced }, signals)) };
      case 'repair':
        return { ...(await lanes[0]?.repair(order.items, signals, tell)) };
      default:
        return await this.#backfill(order, lanes, signals, tell);
    }
  }

  async #backfill(
    { since, until, forced }: Extract<Order, { kind: 'backfill' }>,
    lanes: readonly Lane[],
    signals: Signals,
    tell: (progress: Progress) => void,
  ): Promise<Progress> {
    const parts = new Map<Lane, Progress>();
    const failures: string[] = [];
    const all = () => ({
      ...total(parts.values()),
      ...(failures.length === 0 ? {} : { failures: failures.join('\n') }),
    });
    const backfill = async (lane: Lane): Promise<void> => {
      const told = (progress: Progress) => {
        parts.set(lane, progress);
        tell(all());
      };
      try {
        const stretch = { since, until, forced };
        if (this.#options.alone) await lane.backfillAlone(stretch, signals, told);
        else await lane.backfill(stretch, signals, told);
      } catch (error) {
        if (error instanceof LedgerError || signals.stop.aborted || !(error instanceof Error)) throw error;
        failures.push(`${lane.name}: ${error.message}`);
      }
    };
    await Promise.all(lanes.map(backfill));
    return all();
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
