import { loadConfig } from '../config/config.ts';
import type { ExportCommand } from '../ledger/command.ts';
import { systemClock } from '../time/clock.ts';
import { oneId, oneSource } from './arguments.ts';
import { carryOut } from './command.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print, tell } from './output.ts';

export interface ExportOptions {
  readonly source?: string;
  readonly force: boolean;
}

/** `callspan export`: delivers one conversation now and prints its trace id. */
export async function exportOne(provider: string, id: string, options: ExportOptions): Promise<number> {
  oneId(id);
  const config = await loadConfig();
  const source = oneSource(config, provider, options.source);
  const stop = stopSignal();
  const command: ExportCommand = {
    ...{ kind: 'export', source: source.name, id },
    ...(options.force ? { forced: systemClock.now() } : {}),
  };
  const result = await carryOut({ config, command, stop });
  const { kind, traceId, changed, reason } = result;
  if (changed === true) tell(`${id} was sent before with other content; a store may now show both.`);
  if (traceId !== undefined) {
    print(String(traceId));
    if (kind === 'looked') tell(`${id} was delivered before; --force sends it once more.`);
    return EXIT.ok;
  }
  if (kind === 'looked') {
    tell(`${id} was ${reason}; --force sends it once more.`);
    return EXIT.failed;
  }
  tell(`${id} was not delivered (${kind}${reason ? `: ${reason}` : ''}).`);
  return EXIT.failed;
}
