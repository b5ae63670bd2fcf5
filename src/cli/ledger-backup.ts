import { loadLedgerPlace } from '../config/config.ts';
import { backUpLedger, shownPlace } from '../ledger/open.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';

/** `callspan ledger backup`: a whole copy of the ledger, without stopping anything and without another program. */
export async function backUpTo(file: string): Promise<number> {
  const state = await loadLedgerPlace();
  await backUpLedger(state, file);
  print(`${file} is a whole copy of ${shownPlace(state)}, and sound.`);
  return EXIT.ok;
}
