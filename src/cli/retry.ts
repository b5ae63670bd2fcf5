import { ConfigError, loadConfig } from '../config/config.ts';
import type { Command } from '../ledger/sqlite/commands.ts';
import { carryOut } from './command.ts';
import { EXIT, reportFailures, stopSignal } from './exit.ts';

export interface RetryOptions {
  readonly dead: boolean;
  readonly source?: string;
  readonly id?: string;
}

/** `callspan retry`: what waits for another attempt is tried now, with `--dead` the dead letters too. */
export async function retry({ dead, source, id }: RetryOptions): Promise<number> {
  const config = await loadConfig();
  if (source !== undefined && !config.sources.some((known) => known.name === source)) {
    throw new ConfigError(`There is no source ${source}.`);
  }
  const command: Command = {
    ...{ kind: 'retry', dead },
    ...(source === undefined ? {} : { source }),
    ...(id === undefined ? {} : { id }),
  };
  const result = await carryOut({ config, command, stop: stopSignal() });
  const { revived, delivered, dead: stillDead } = result;
  const due = `${revived} due again`;
  if (delivered === undefined) {
    process.stdout.write(`${due}; the running bridge delivers them\n`);
    return EXIT.ok;
  }
  process.stdout.write(`${due}, delivered ${delivered}, dead ${stillDead}\n`);
  const failures = reportFailures(result);
  return failures === 0 && stillDead === 0 ? EXIT.ok : EXIT.failed;
}
