import { Bridge } from '../bridge/bridge.ts';
import type { Config } from '../config/config.ts';
import type { Command, ResultOf } from '../ledger/command.ts';
import type { Ledger } from '../ledger/contract.ts';
import { HeldError } from '../ledger/errors.ts';
import { openLedger } from '../ledger/open.ts';
import { createLog } from '../telemetry/log.ts';
import { systemClock } from '../time/clock.ts';
import { keepHeapSmall } from './heap.ts';

/** How often a command looks at what the bridge has done for it, in milliseconds. */
const LOOK = 200;

export interface CommandRun<Asked extends Command> {
  readonly config: Config;
  readonly command: Asked;
  readonly stop: AbortSignal;
  readonly onProgress?: (result: ResultOf<Asked['kind']>) => void;
  /** The bridge that is running has been asked, and will go on with it whatever becomes of this process. */
  readonly onHandedOver?: () => void;
}

/**
 * Has a command carried out: by the bridge that is running on the ledger, through the ledger, or where there is none
 * by this process itself; where the bridge goes in the middle of it, by this process from there.
 * @throws Error with the bridge's words where it could not; the signal's reason.
 */
export async function carryOut<Asked extends Command>(
  run: CommandRun<Asked>,
): Promise<ResultOf<Asked['kind']>> {
  const { config, command, onHandedOver } = run;
  const ledger = await openLedger(config.state);
  try {
    let id: number | undefined;
    for (;;) {
      if ((await ledger.holder(systemClock)) === undefined) {
        try {
          return await carryOutHere(ledger, run, id);
        } catch (error) {
          // It lives after all, or a new one has been faster.
          if (!(error instanceof HeldError)) throw error;
        }
      }
      if (id === undefined) {
        id = await ledger.commands.add(command, systemClock.now());
        onHandedOver?.();
      }
      const result = await follow(ledger, id, run);
      if (result !== undefined) return result;
    }
  } finally {
    await ledger.close();
  }
}

/** @param id the request's number, where a bridge had been asked before. */
async function carryOutHere<Asked extends Command>(
  ledger: Ledger,
  run: CommandRun<Asked>,
  id: number | undefined,
): Promise<ResultOf<Asked['kind']>> {
  const { config, command, stop, onProgress } = run;
  keepHeapSmall();
  const lease = await ledger.hold(systemClock, stop);
  try {
    const done = id === undefined ? undefined : await resultOf<Asked>(ledger, id);
    if (done !== undefined) return done;
    const log = await createLog({ level: config.logLevel === 'debug' ? 'debug' : 'error' });
    const bridge = new Bridge({ config, ledger, log });
    const end = AbortSignal.any([stop, lease.lost]);
    const result = await bridge.carryOut(command, end, (so) => onProgress?.(so as ResultOf<Asked['kind']>));
    // Before the lease is given back: the next bridge would do it again.
    if (id !== undefined) await ledger.commands.done(id, result, systemClock.now());
    return result;
  } finally {
    await ledger.release();
  }
}

/** Until the bridge has carried out the command. @returns undefined where there is no bridge any more. */
async function follow<Asked extends Command>(
  ledger: Ledger,
  id: number,
  run: CommandRun<Asked>,
): Promise<ResultOf<Asked['kind']> | undefined> {
  for (;;) {
    await systemClock.sleep(LOOK, run.stop);
    const result = await resultOf<Asked>(ledger, id, run.onProgress);
    if (result !== undefined) return result;
    if ((await ledger.holder(systemClock)) === undefined) return undefined;
  }
}

/** @throws Error with the bridge's words where it could not carry it out. */
async function resultOf<Asked extends Command>(
  ledger: Ledger,
  id: number,
  onProgress?: (result: ResultOf<Asked['kind']>) => void,
): Promise<ResultOf<Asked['kind']> | undefined> {
  const row = await ledger.commands.get(id);
  if (row === undefined) throw new Error('The command has vanished from the ledger.');
  if (row.state === 'failed') throw new Error(row.error);
  if (row.state === 'waiting') return undefined;
  // What comes of a command is of the command's own kind.
  const result = row.result as ResultOf<Asked['kind']>;
  onProgress?.(result);
  return row.state === 'done' ? result : undefined;
}
