import { ConfigError, loadConfig } from '../config/config.ts';
import type { RetryCommand } from '../ledger/command.ts';
import { carryOut } from './command.ts';
import { EXIT, reportFailures, stopSignal } from './exit.ts';
import { tell } from './output.ts';

export interface RetryOptions {
  readonly dead: boolean;
  readonly parked: boolean;
  readonly source?: string;
  readonly id?: string;
}

/** `callspan retry`: what waits for another attempt is tried now, with `--dead` and `--parked` these too. */
export async function retry({ dead, parked, source, id }: RetryOptions): Promise<number> {
  const config = await loadConfig();
  if (source !== undefined && !config.sources.some((known) => known.name === source)) {
    throw new ConfigError(`There is no source ${source}.`);
  }
  const command: RetryCommand = {
    ...{ kind: 'retry', dead, parked },
    ...(source === undefined ? {} : { source }),
    ...(id === undefined ? {} : { id }),
  };
  const result = await carryOut({ config, command, stop: stopSignal() });
  const { worked, failures } = result;
  const due = `${result.revived} due again`;
  if (id !== undefined && result.revived === 0) {
    const others = dead ? '' : '; with --dead a dead letter is tried too';
    tell(`${id} is no conversation that waits for another attempt${others}.`);
    return EXIT.failed;
  }
  if (worked === undefined) {
    process.stdout.write(`${due}; the running bridge delivers them\n`);
    return EXIT.ok;
  }
  const stays = (worked.parked ?? 0) > 0 ? `, parked ${worked.parked}` : '';
  process.stdout.write(`${due}, delivered ${worked.delivered}, dead ${worked.dead}${stays}\n`);
  reportFailures(failures);
  return failures.length === 0 && worked.dead === 0 && stays === '' ? EXIT.ok : EXIT.failed;
}
