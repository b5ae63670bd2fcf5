import { Bridge } from '../bridge/bridge.ts';
import type { Config } from '../config/config.ts';
import type { Command, Progress } from '../ledger/sqlite/commands.ts';
import { HeldError, type Ledger, openLedger } from '../ledger/sqlite/sqlite-ledger.ts';
import { createLog } from '../telemetry/log.ts';
import { systemClock } from '../time/clock.ts';
import { keepHeapSmall } from './heap.ts';

/** How often a command looks at what the bridge has done for it, in milliseconds. */
const LOOK = 200;

export interface CommandRun {
  readonly config: Config;
  readonly command: Command;
  readonly stop: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** The bridge that is running has been asked, and will go on with it whatever becomes of this process. */
  readonly onHandedOver?: () => void;
}

/**
 * Has a command carried out: by the bridge that is running on the ledger, through the ledger, or where there is none
 * by this process itself; where the bridge goes in the middle of it, by this process from there.
 * @throws Error with the bridge's words where it could not; the signal's reason.
 */
export async function carryOut(run: CommandRun): Promise<Progress> {
  const { config, command, onHandedOver } = run;
  const ledger = openLedger(config.state);
  try {
    let id: number | undefined;
    for (;;) {
      if (ledger.holder(systemClock) === undefined) {
        try {
          return await carryOutHere(ledger, run, id);
        } catch (error) {
          // It lives after all, or a new one has been faster.
          if (!(error instanceof HeldError)) throw error;
        }
      }
      if (id === undefined) {
        id = ledger.commands.add(command, systemClock.now());
        onHandedOver?.();
      }
      const result = await follow(ledger, id, run);
      if (result !== undefined) return result;
    }
  } finally {
    ledger.close();
  }
}

/** @param id the request's number, where a bridge had been asked before. */
async function carryOutHere(
  ledger: Ledger,
  { config, command, stop, onProgress }: CommandRun,
  id: number | undefined,
): Promise<Progress> {
  keepHeapSmall();
  const lease = await ledger.hold(systemClock, stop);
  try {
    const done = id === undefined ? undefined : resultOf(ledger, id);
    if (done !== undefined) return done;
    const log = await createLog({ level: config.logLevel === 'debug' ? 'debug' : 'error' });
    const bridge = new Bridge({ config, ledger, log });
    const end = AbortSignal.any([stop, lease.lost]);
    const result = await bridge.carryOut(command, end, (progress) => onProgress?.(progress));
    // Before the lease is given back: the next bridge would do it again.
    if (id !== undefined) ledger.commands.update(id, 'done', result, systemClock.now());
    return result;
  } finally {
    ledger.release();
  }
}

/** Until the bridge has carried out the command. @returns undefined where there is no bridge any more. */
async function follow(ledger: Ledger, id: number, run: CommandRun): Promise<Progress | undefined> {
  for (;;) {
    await systemClock.sleep(LOOK, run.stop);
    const result = resultOf(ledger, id, run.onProgress);
    if (result !== undefined) return result;
    if (ledger.holder(systemClock) === undefined) return undefined;
  }
}

/** @throws Error with the bridge's words where it could not carry it out. */
function resultOf(
  ledger: Ledger,
  id: number,
  onProgress?: (progress: Progress) => void,
): Progress | undefined {
  const request = ledger.commands.get(id);
  if (request === undefined) throw new Error('The command has vanished from the ledger.');
  if (request.state === 'failed') throw new Error(String(request.progress.error));
  onProgress?.(request.progress);
  return request.state === 'done' ? request.progress : undefined;
}
