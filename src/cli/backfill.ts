import { ConfigError, loadConfig } from '../config/config.ts';
import type { BackfillCommand, BackfillResult } from '../ledger/command.ts';
import { moment } from './arguments.ts';
import { carryOut } from './command.ts';
import { EXIT, reportFailures, stopSignal } from './exit.ts';
import { ProgressLine } from './progress.ts';

export interface BackfillOptions {
  readonly since: string;
  readonly until?: string;
  readonly source?: string;
  readonly force: boolean;
}

/** `callspan backfill`: delivers a stretch of the past, whatever the look-back. */
export async function backfill(options: BackfillOptions): Promise<number> {
  const now = Date.now();
  const since = moment('--since', options.since, now);
  const until = options.until === undefined ? now : moment('--until', options.until, now);
  if (since >= until) throw new ConfigError('--since has to be before --until.');
  const config = await loadConfig();
  if (options.source !== undefined && !config.sources.some((source) => source.name === options.source)) {
    throw new ConfigError(`There is no source ${options.source}.`);
  }
  const command: BackfillCommand = {
    ...{ kind: 'backfill', since, until },
    ...(options.force ? { forced: now } : {}),
    ...(options.source === undefined ? {} : { source: options.source }),
  };
  const stop = stopSignal();
  const line = new ProgressLine('backfill');
  let isHandedOver = false;
  try {
    const result = await carryOut({
      ...{ config, command, stop },
      onProgress: (progress) => line.show(progress),
      onHandedOver: () => {
        isHandedOver = true;
      },
    });
    line.end();
    return tell(result);
  } catch (error) {
    line.end();
    if (!stop.aborted || error !== stop.reason) throw error;
    process.stderr.write(
      isHandedOver
        ? 'callspan: no longer watching; the bridge goes on with it.\n'
        : 'callspan: stopped; what was found is delivered at the next start, and the same command goes on.\n',
    );
    return EXIT.failed;
  }
}

function tell(result: BackfillResult): number {
  const { listed, found, delivered, pending, empty, dead, parked = 0, postponed, failures } = result;
  process.stdout.write(
    `listed ${listed}, to deliver ${found}, delivered ${delivered}, pending ${pending}, empty ${empty}, dead ${dead}${parked > 0 ? `, parked ${parked}` : ''}, later ${postponed}\n`,
  );
  reportFailures(failures);
  return failures.length + dead + postponed > 0 ? EXIT.failed : EXIT.ok;
}
