import { type Config, loadConfig } from '../config/config.ts';
import { place } from '../http/quote.ts';
import { version } from '../http/user-agent.ts';
import type { Ledger, Share } from '../ledger/contract.ts';
import { isServer, openLedger, shownPlace } from '../ledger/open.ts';
import { createLog, type Log } from '../telemetry/log.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { adoptRenamed } from './adopt.ts';
import { Bridge, type Summary } from './bridge.ts';
import { standBy } from './stand-by.ts';

export interface CreateBridgeOptions {
  /** Where settings are read from, by the names that the README has. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Settings that were read already; `env` is then not looked at. */
  readonly config?: Config;
  /** @default JSON lines on standard error, from the configured level on */
  readonly log?: Log;
  readonly clock?: Clock;
  /** A vendor has refused a key; with the source's name. */
  readonly onRefused?: (source: string) => void;
  /** Ends the wait for commands that print keys. */
  readonly stop?: AbortSignal;
}

/** The whole bridge, inside another program. The ledger is open, and held, only while one of the two runs. */
export interface BridgeHandle {
  readonly config: Config;
  /**
   * Delivers what finishes, until `stop` is aborted; then ends what is under way, within five seconds.
   * On a PostgreSQL server it is one of several replicas, each with its share of the sources, and waits while the server
   * is away or somebody has the whole ledger.
   * @throws LedgerError where the ledger is held by another bridge or cannot be written; the signal's reason where it
   * is aborted before the bridge runs.
   */
  run(stop: AbortSignal): Promise<void>;
  /** Lists every source once and delivers what is ready. @throws as `run`. */
  runOnce(stop?: AbortSignal): Promise<Summary>;
}

/**
 * @throws ConfigError for the first setting that cannot be used.
 *
 * @example
 * const bridge = await createBridge({ env: { ...process.env, CALLSPAN_STATE: './calls.db' } });
 * const { delivered, failures } = await bridge.runOnce();
 */
export async function createBridge(options: CreateBridgeOptions = {}): Promise<BridgeHandle> {
  const { clock = systemClock } = options;
  const config = options.config ?? (await loadConfig(options.env, options.stop));
  const log = options.log ?? (await createLog({ level: config.logLevel }));

  /** Its share of a ledger that several may hold, for as long as it runs; else all of it. */
  const take = async (ledger: Ledger, stop: AbortSignal, isLong: boolean) => {
    if (!isLong || ledger.share === undefined)
      return { share: undefined, lost: (await ledger.hold(clock, stop)).lost };
    return { share: await ledger.share(clock, stop), lost: new AbortController().signal };
  };
  const hooks = options.onRefused === undefined ? {} : { onRefused: options.onRefused };

  /** Has `work` done by a bridge that holds the ledger. @param isLong it tells its numbers meanwhile, not only at its end. */
  const hold = async <Result>(
    stop: AbortSignal,
    isLong: boolean,
    work: (bridge: Bridge, end: AbortSignal, share: Share | undefined) => Promise<Result>,
    onHeld?: () => Promise<void>,
  ): Promise<Result> => {
    const ledger = await openLedger(config.state);
    try {
      const { share, lost } = await take(ledger, stop, isLong);
      try {
        await onHeld?.();
        await adoptRenamed({ ledger, config, log, clock }, AbortSignal.any([stop, lost]));
        const telemetry = await createTelemetry(config, { ledger, log, clock });
        const end = AbortSignal.any([stop, lost]);
        const ended = new AbortController();
        const telling = isLong ? telemetry.run(AbortSignal.any([end, ended.signal])) : undefined;
        try {
          const result = await work(
            new Bridge({ config, ledger, log, clock, telemetry, ...hooks }),
            end,
            share,
          );
          if (isLong) lost.throwIfAborted();
          return result;
        } finally {
          ended.abort();
          await telling;
          await telemetry.close();
        }
      } finally {
        await ledger.release();
      }
    } finally {
      await ledger.close();
    }
  };

  const runHeld = (stop: AbortSignal, onHeld?: () => Promise<void>) =>
    hold(
      stop,
      true,
      async (bridge, end, share) => {
        for (const warning of config.warnings) log.warn(warning);
        log.info(introduction(config), 'callspan is running');
        if (share === undefined) await bridge.run(end);
        else await bridge.runShared(share, end);
      },
      onHeld,
    );

  return {
    config,
    // On a file of one machine a second bridge is a mistake; on a server it is a replica.
    run: (stop) =>
      isServer(config.state)
        ? standBy(stop, { clock, log, listen: config.telemetry.listen }, (onHeld) => runHeld(stop, onHeld))
        : runHeld(stop),
    runOnce: (stop = new AbortController().signal) => hold(stop, false, (bridge, end) => bridge.runOnce(end)),
  };
}

/** What is to be known of a bridge that starts: nothing that is secret. */
function introduction({ sources, state }: Config): Readonly<Record<string, unknown>> {
  const full = sources.filter(({ content }) => content === 'full').map(({ name }) => name);
  return {
    version,
    sources: sources.map(({ name }) => name),
    destinations: [...new Set(sources.map(({ destination }) => place(new URL(destination.tracesUrl))))],
    ledger: shownPlace(state),
    content: full.length === 0 ? 'none' : full.length === sources.length ? 'full' : { full },
  };
}
