import { loadLedgerPlace } from '../config/config.ts';
import { moveLedger } from '../ledger/move.ts';
import { shownPlace } from '../ledger/open.ts';
import { systemClock } from '../time/clock.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print } from './output.ts';

/** `callspan ledger move`: the whole ledger to another engine. What is stopped in the middle goes on when it is called again. */
export async function moveTo(to: string): Promise<number> {
  const from = await loadLedgerPlace();
  const { rows } = await moveLedger(from, to, systemClock, stopSignal());
  print(`Moved: ${rows} rows from ${shownPlace(from)} to ${shownPlace(to)}. Set CALLSPAN_STATE to that.`);
  return EXIT.ok;
}
