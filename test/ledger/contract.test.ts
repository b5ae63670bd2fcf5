import { openLedger } from '../../src/ledger/open.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { describeContract } from './contract.ts';

describeContract('SQLite', async () => {
  const folder = await ledgerFolder();
  return { open: () => openLedger(`${folder.path}/callspan.db`), remove: () => folder.remove() };
});
