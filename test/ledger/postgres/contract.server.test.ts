import { openLedger } from '../../../src/ledger/open.ts';
import { describeContract } from '../contract.ts';
import { testDatabase } from './databases.ts';

describeContract('PostgreSQL', async () => {
  const { url, remove } = await testDatabase();
  return { open: () => openLedger(url), remove };
});
