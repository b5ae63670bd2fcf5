import { type Config, type SourceConfig, traceSettings } from '../config/config.ts';
import { CollectorDown } from '../delivery/circuit-breaker.ts';
import type { Command, CommandResult, ResultOf, RetryResult } from '../ledger/command.ts';
import type { Ledger, Share } from '../ledger/contract.ts';
import type { Log } from '../telemetry/log.ts';
import { NO_TELEMETRY } from '../telemetry/no-telemetry.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ToldLately } from '../telemetry/told.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import { createSource } from '../vendors/create-source.ts';
import type { Source } from '../vendors/vendor.ts';
import { Commands } from './commands.ts';
import { Destinations, isSamePlace } from './destinations.ts';
import { Drift } from './drift-notices.ts';
import { Inspector } from './inspector.ts';
import { Lately } from './lately.ts';
import { Recorder } from './recorder.ts';
import { Retention } from './retention.ts';
import { LONG_WAIT, retryTeller } from './retry-teller.ts';
import type { Processed } from './settle.ts';
import { signalsOf } from './signals.ts';
import { SourceDown } from './source-down.ts';
import { SourceRunner, type SourceRunnerOptions } from './source-runner.ts';
import { together } from './together.ts';
import { takesWebhooks, Webhooks } from './webhooks.ts';

/** `run --once` gives the collector this many chances. */
const TRIES_ONCE = 5;

export interface BridgeOptions {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly clock?: Clock;
  /** @default nobody listens */
  readonly telemetry?: Telemetry;
  /** A vendor has refused a key; with the source's name. */
  readonly onRefused?: (source: string) => void;
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
  /** Too old for their destination. */
  readonly parked: number;
  /** Why something that was ready was not delivered, a sentence each. */
  readonly failures: readonly string[];
  /** A vendor refused the key. */
  readonly refused: boolean;
}

interface Hooks {
  readonly giveUpAfter?: number;
  readonly onSeen?: (id: string) => void;
  readonly onProcessed?: SourceRunnerOptions['onProcessed'];
}

/** Everything from the vendors to the collectors. */
export class Bridge {
  readonly #options: Required<BridgeOptions>;
  readonly #recorder: Recorder;
  readonly #destinations: Destinations;
  readonly #drift = new Drift();
  readonly #sources: Source[] = [];
  /** Of a ledger that is shared: what this process carries now, by the names of the sources. */
  readonly #carried = new Map<string, SourceRunner>();
  readonly #setBack = new ToldLately();

  constructor(options: BridgeOptions) {
    this.#options = { clock: systemClock, telemetry: NO_TELEMETRY, onRefused: () => undefined, ...options };
    this.#recorder = new Recorder(options.ledger, this.#options.clock);
    this.#destinations = new Destinations(this.#options);
  }

  /**
   * Carries conversations until `stop` is aborted, then ends what is under way within seconds.
   * @throws LedgerError where nothing can be recorded any more; ConfigError where the ledger knows a source otherwise.
   */
  async run(stop: AbortSignal): Promise<void> {
    const { config, ledger, clock, log } = this.#options;
    const ending = new AbortController();
    const signals = signalsOf(AbortSignal.any([stop, ending.signal]));
    try {
      const runners = await this.#runners(config.sources, () => ({}));
      const { retention, lookback } = config;
      const webhooks = new Webhooks({ ...this.#options, runners, sources: this.#sources });
      const loops = [
        ...runners.flatMap((runner) => runner.run(signals)),
        this.#commands(runners, false).run(signals),
        new Retention({ ledger, retention, lookback, clock, log }).run(signals.stop),
        webhooks.run(signals.stop),
        new Inspector({ ledger, clock }).run(signals.stop),
      ];
      await together(loops, () => ending.abort(new Error('The bridge is ending')));
    } finally {
      await this.#close();
    }
  }

  /**
   * As `run`, beside other processes on the same ledger: each carries some of the sources. While the ledger is away
   * nothing is fetched or sent.
   * @throws as `run`, but not for what passes by itself.
   */
  async runShared(share: Share, stop: AbortSignal): Promise<void> {
    const { config, ledger, telemetry, log } = this.#options;
    const sources = new Map<number, SourceConfig>();
    for (const source of config.sources) {
      sources.set(await ledger.source(source.name, source.provider), source);
      telemetry.carried(source.name, false);
    }
    // Webhooks are taken by every replica, whoever carries the source.
    const webhooks = new Webhooks({
      ...this.#options,
      runners: [...sources].map(([id, { name }]) => ({
        ...{ name, id },
        inbox: { told: () => this.#carried.get(name)?.inbox.told() },
      })),
      sources: this.#sources,
    });
    const ending = new AbortController();
    const end = AbortSignal.any([stop, ending.signal]);
    const work = async (id: number, tenure: AbortSignal) => {
      const source = sources.get(id);
      if (source !== undefined) await this.#carry(source, id, tenure);
    };
    try {
      const sharing = share.run([...sources.keys()], work, end, {
        onAway: (reason) => {
          telemetry.ledgerAway(reason);
          log.error(
            { reason },
            'the ledger is away; until it is back nothing is fetched, and nothing is lost',
          );
        },
        onBack: () => {
          telemetry.ledgerAway(undefined);
          log.info('the ledger is back');
        },
      });
      await together([sharing, webhooks.run(end)], () => ending.abort(new Error('The bridge is ending')));
    } finally {
      await this.#close();
    }
  }

  /** One source's time with this process, from when it is taken over until `tenure` is aborted. */
  async #carry(config: SourceConfig, id: number, tenure: AbortSignal): Promise<void> {
    const { config: all, ledger, clock, log, telemetry } = this.#options;
    const ending = new AbortController();
    const signals = signalsOf(AbortSignal.any([tenure, ending.signal]));
    telemetry.carried(config.name, true);
    log.info({ source: config.name }, 'this process carries the source');
    try {
      const runner = await this.#runner(config, {});
      this.#carried.set(config.name, runner);
      const { retention, lookback } = all;
      const loops = [
        ...runner.run(signals),
        new Commands({ runners: [runner], ledger, clock, log, source: id, alone: false }).run(signals),
        new Retention({ ledger, retention, lookback, source: id, clock, log }).run(signals.stop),
      ];
      await together(loops, () => ending.abort(new Error('The source is given up')));
    } finally {
      telemetry.carried(config.name, false);
      this.#carried.delete(config.name);
      log.info({ source: config.name }, 'this process does not carry the source any more');
      await this.#closeSource(config.name);
    }
  }

  /** Lists every source once and delivers what is ready. */
  async runOnce(stop: AbortSignal): Promise<Summary> {
    const { config, ledger } = this.#options;
    let seen = 0;
    const counts = new Map<Processed['kind'], number>();
    const failures: string[] = [];
    let refused = false;
    const hooks = (): Hooks => {
      const lately = new Lately();
      return {
        giveUpAfter: TRIES_ONCE,
        onSeen: (id) => {
          if (lately.isNew(id)) seen++;
        },
        onProcessed: (_, { kind }) => counts.set(kind, (counts.get(kind) ?? 0) + 1),
      };
    };
    const ending = new AbortController();
    const signals = signalsOf(AbortSignal.any([stop, ending.signal]));
    const deliver = async (runner: SourceRunner) => {
      try {
        await runner.runOnce(signals);
      } catch (error) {
        if (!(error instanceof SourceDown) && !(error instanceof CollectorDown)) throw error;
        refused ||= error instanceof SourceDown && error.refused;
        failures.push(`${runner.name}: ${error.message}`);
      }
    };
    let runners: readonly SourceRunner[];
    try {
      runners = await this.#runners(config.sources, hooks);
      await together(runners.map(deliver), () => ending.abort(new Error('The bridge is ending')));
    } finally {
      await this.#close();
    }
    let pending = 0;
    for (const { id } of runners) {
      const { active, due } = await ledger.sources.tallies(id);
      pending += active + due;
    }
    const count = (...kinds: Processed['kind'][]) =>
      kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
    return {
      seen,
      delivered: count('delivered'),
      pending,
      empty: count('empty', 'gone'),
      dead: count('dead'),
      parked: count('parked'),
      failures: [...new Set(failures)],
      refused,
    };
  }

  /**
   * Carries out one command of a command where no bridge is running that would, and delivers what it made due.
   * @throws SourceDown, CollectorDown or LedgerError where it cannot be; the signal's reason.
   */
  async carryOut<Asked extends Command>(
    command: Asked,
    stop: AbortSignal,
    tell: (result: CommandResult) => void,
  ): Promise<ResultOf<Asked['kind']>>;
  async carryOut(
    command: Command,
    stop: AbortSignal,
    tell: (result: CommandResult) => void,
  ): Promise<CommandResult> {
    const worked = { delivered: 0, dead: 0, parked: 0 };
    const sources = this.#options.config.sources.filter(
      (source) => command.source === undefined || source.name === command.source,
    );
    const signals = signalsOf(stop);
    try {
      const runners = await this.#runners(sources, () => ({
        giveUpAfter: TRIES_ONCE,
        onProcessed: (_, { kind }) => {
          if (kind === 'delivered' || kind === 'dead' || kind === 'parked') worked[kind]++;
        },
      }));
      const commands = this.#commands(runners, true);
      if (command.kind !== 'retry') return await commands.execute(command, signals, tell);
      const { revived } = await commands.execute(command, signals, tell);
      const failures: string[] = [];
      await Promise.all(
        runners.map(async (runner) => {
          try {
            await runner.drain(signals);
          } catch (error) {
            if (!(error instanceof SourceDown) && !(error instanceof CollectorDown)) throw error;
            failures.push(`${runner.name}: ${error.message}`);
          }
        }),
      );
      return { revived, worked, failures } satisfies RetryResult;
    } finally {
      await this.#close();
    }
  }

  async #runners(sources: readonly SourceConfig[], hooks: () => Hooks): Promise<SourceRunner[]> {
    const runners: SourceRunner[] = [];
    for (const source of sources) runners.push(await this.#runner(source, hooks()));
    return runners;
  }

  #commands(runners: readonly SourceRunner[], alone: boolean): Commands {
    const { ledger, clock, log } = this.#options;
    return new Commands({ runners, ledger, clock, log, alone });
  }

  async #runner(config: SourceConfig, hooks: Hooks): Promise<SourceRunner> {
    const { ledger, clock, telemetry, config: all } = this.#options;
    const { provider } = config;
    const log = this.#options.log.child({ source: config.name });
    const source = await createSource(config, traceSettings(config), clock, {
      onRetry: retryTeller(log, clock),
      onResponse: (response) => telemetry.vendorResponse(config.name, response),
      onError: (error) => telemetry.vendorError(config.name, error),
    });
    this.#sources.push(source);
    return await SourceRunner.create({
      ...{ config, source, ledger, recorder: this.#recorder, clock, log, telemetry },
      ...{ pollInterval: all.pollInterval, lookback: all.lookback },
      breaker: this.#destinations.to(config.destination, config.name, hooks.giveUpAfter),
      rivals: this.#rivals(config),
      takesWebhooks: takesWebhooks(all, config),
      onProcessed: (conversation, processed) => hooks.onProcessed?.(conversation, processed),
      onSeen: (ref) => hooks.onSeen?.(ref.id),
      onDrift: (names, conversation) => {
        telemetry.drift(config.name, names.length);
        this.#drift.note(names, { provider, conversation, log });
      },
      onSetBack: (millis) => this.#tellSetBack(millis),
      onRefused: () => this.#options.onRefused(config.name),
    });
  }

  #rivals({ name, destination }: SourceConfig): readonly string[] {
    return this.#options.config.sources
      .filter((other) => other.name !== name && isSamePlace(other.destination, destination))
      .map((other) => other.name);
  }

  /** Every source notices it, and one line is enough. */
  #tellSetBack(millis: number): void {
    const { clock, log } = this.#options;
    if (!this.#setBack.isNews(clock.now(), LONG_WAIT)) return;
    log.warn(`the clock was set back by ${formatDuration(millis)}; what was planned is moved with it`);
  }

  async #closeSource(name: string): Promise<void> {
    for (const source of this.#sources.filter((one) => one.name === name)) {
      this.#sources.splice(this.#sources.indexOf(source), 1);
      await source.close();
    }
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#sources.map((source) => source.close()), this.#destinations.close()]);
  }
}
