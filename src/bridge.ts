import type { Carried, Signals } from './bridge/carrier.ts';
import { Lane, type LaneOptions } from './bridge/lane.ts';
import { Orders } from './bridge/orders.ts';
import { Recorder } from './bridge/recorder.ts';
import { SourceDown } from './bridge/source-down.ts';
import { formatDuration } from './config/duration.ts';
import type { Config, SourceConfig } from './config.ts';
import { createDelivery, type Delivery } from './delivery/delivery.ts';
import type { Destination } from './delivery/destination.ts';
import { CollectorDown, Gate } from './delivery/gate.ts';
import { type Clock, systemClock } from './http/clock.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Order, Progress } from './ledger/requests.ts';
import type { Log } from './telemetry/log.ts';
import { createSource } from './vendors/registry.ts';
import type { Source } from './vendors/source.ts';

/** How long requests to the collector may still take when the bridge is to stop, in milliseconds. */
const GRACE = 3_000;
/** `run --once` gives the collector this many chances. */
const TRIES_ONCE = 5;

export interface BridgeOptions {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly clock?: Clock;
}

/** What one run from end to end came to. */
export interface Summary {
  /** Conversations that the vendors' lists showed. */
  readonly seen: number;
  readonly delivered: number;
  /** Known, and not ready yet or not delivered. */
  readonly pending: number;
  /** Finished, with nothing to export. */
  readonly empty: number;
  /** Dead letters. */
  readonly dead: number;
  /** Why something that was ready was not delivered, a sentence each. */
  readonly failures: readonly string[];
  /** A vendor refused the key. */
  readonly refused: boolean;
}

/** The road from the vendors to the collectors. */
export class Bridge {
  readonly #options: Required<BridgeOptions>;
  readonly #recorder: Recorder;
  readonly #sources: Source[] = [];
  readonly #deliveries = new Map<string, { delivery: Delivery; gate: Gate }>();

  constructor(options: BridgeOptions) {
    this.#options = { clock: systemClock, ...options };
    this.#recorder = new Recorder(options.ledger, () => this.#options.clock.now());
  }

  /**
   * Carries conversations until `stop` is aborted, then ends what is under way within seconds.
   * @throws LedgerError where nothing can be recorded any more.
   */
  async run(stop: AbortSignal): Promise<void> {
    const lanes = this.#options.config.sources.map((source) => this.#lane(source, {}));
    const ending = new AbortController();
    const signals = this.#signals(AbortSignal.any([stop, ending.signal]));
    try {
      await Promise.all([...lanes.map((lane) => lane.run(signals)), this.#orders(lanes).run(signals)]);
    } finally {
      // One lane that fails for all takes the others with it.
      ending.abort();
      await this.#close();
    }
  }

  /** Lists every source once and delivers what is ready. */
  async runOnce(stop: AbortSignal): Promise<Summary> {
    const { config, ledger } = this.#options;
    const seen = new Set<string>();
    const counts = new Map<Carried['kind'], number>();
    const failures: string[] = [];
    let refused = false;
    const lanes = config.sources.map((source) =>
      this.#lane(source, {
        giveUpAfter: TRIES_ONCE,
        onSeen: (id) => seen.add(`${source.name} ${id}`),
        onCarried: (_, { kind }) => counts.set(kind, (counts.get(kind) ?? 0) + 1),
      }),
    );
    const signals = this.#signals(stop);
    try {
      await Promise.all(
        lanes.map(async (lane) => {
          try {
            await lane.runOnce(signals);
          } catch (error) {
            if (!(error instanceof SourceDown) && !(error instanceof CollectorDown)) throw error;
            refused ||= error instanceof SourceDown && error.refused;
            failures.push(`${lane.name}: ${error.message}`);
          }
        }),
      );
    } finally {
      await this.#close();
    }
    const pending = lanes.reduce((sum, lane) => {
      const { active, due } = ledger.sources.tallies(lane.id);
      return sum + active + due;
    }, 0);
    const count = (...kinds: Carried['kind'][]) =>
      kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
    return {
      seen: seen.size,
      delivered: count('delivered'),
      pending,
      empty: count('empty', 'gone'),
      dead: count('dead'),
      failures: [...new Set(failures)],
      refused,
    };
  }

  /**
   * Carries out one order of a command where no bridge is running that would, and delivers what it made due.
   * @throws SourceDown, CollectorDown or LedgerError where it cannot be; the signal's reason.
   */
  async carryOut(order: Order, stop: AbortSignal, tell: (progress: Progress) => void): Promise<Progress> {
    const carried = { delivered: 0, dead: 0 };
    const lanes = this.#options.config.sources
      .filter((source) => order.source === undefined || source.name === order.source)
      .map((source) =>
        this.#lane(source, {
          giveUpAfter: TRIES_ONCE,
          onCarried: (_, { kind }) => {
            if (kind === 'delivered' || kind === 'dead') carried[kind]++;
          },
        }),
      );
    const done = new AbortController();
    const signals = this.#signals(AbortSignal.any([stop, done.signal]));
    try {
      if (order.kind === 'retry') {
        const revived = await this.#orders(lanes).execute(order, signals, tell);
        await Promise.all(lanes.map((lane) => lane.drain(signals)));
        return { ...revived, ...carried };
      }
      const working = Promise.all(lanes.map((lane) => lane.work(signals)));
      const executing = this.#orders(lanes).execute(order, signals, tell);
      return await Promise.race([executing, working.then(() => executing)]);
    } finally {
      done.abort();
      await this.#close();
    }
  }

  #orders(lanes: readonly Lane[]): Orders {
    const { ledger, clock, log } = this.#options;
    return new Orders({ lanes, ledger, clock, log });
  }

  #lane(
    config: SourceConfig,
    hooks: { giveUpAfter?: number; onSeen?: (id: string) => void; onCarried?: LaneOptions['onCarried'] },
  ): Lane {
    const { ledger, clock, config: all } = this.#options;
    const log = this.#options.log.child({ source: config.name });
    const source = createSource(config, clock, {
      onRetry: ({ request, attempt, delayMs, reason, retryAfterMs }) => {
        const line = {
          request,
          attempt,
          reason,
          ...(retryAfterMs === undefined ? {} : { askedFor: formatDuration(retryAfterMs) }),
        };
        const message = `the vendor is asked again in ${formatDuration(delayMs)}`;
        // A hiccup is no news; being told to stay away is.
        if (retryAfterMs === undefined) log.debug(line, message);
        else log.warn(line, message);
      },
    });
    this.#sources.push(source);
    return new Lane({
      ...{ config, source, ledger, recorder: this.#recorder, clock, log },
      ...{ pollInterval: all.pollInterval, lookback: all.lookback },
      gate: this.#gate(config.destination, hooks.giveUpAfter),
      onCarried: (conversation, carried) => hooks.onCarried?.(conversation, carried),
      onSeen: (ref) => hooks.onSeen?.(ref.id),
    });
  }

  /** Sources of one destination share its gate: what one learns of it the others need not try. */
  #gate(destination: Destination, giveUpAfter: number | undefined): Gate {
    const key = JSON.stringify(destination);
    const known = this.#deliveries.get(key);
    if (known) return known.gate;
    const { clock, log } = this.#options;
    const delivery = createDelivery(destination, { clock });
    const gate = new Gate(delivery, {
      clock,
      ...(giveUpAfter === undefined ? {} : { giveUpAfter }),
      onClosed: ({ reason, pauseMs, failures }) => {
        const message = `the collector is away; next try in ${formatDuration(pauseMs)}`;
        // Whoever gives up after some tries says so in the end.
        if (giveUpAfter === undefined) log.warn({ reason, failures }, message);
        else log.debug({ reason, failures }, message);
      },
      onOpened: () => log.info('the collector is back'),
    });
    this.#deliveries.set(key, { delivery, gate });
    return gate;
  }

  /** `abort` follows `stop` after the grace that requests under way have. */
  #signals(stop: AbortSignal): Signals {
    const abort = new AbortController();
    stop.addEventListener('abort', () => setTimeout(() => abort.abort(stop.reason), GRACE).unref(), {
      once: true,
    });
    return { stop, abort: abort.signal };
  }

  async #close(): Promise<void> {
    for (const { gate } of this.#deliveries.values()) gate.stop();
    await Promise.all([
      ...this.#sources.map((source) => source.close()),
      ...[...this.#deliveries.values()].map(({ delivery }) => delivery.close()),
    ]);
  }
}
