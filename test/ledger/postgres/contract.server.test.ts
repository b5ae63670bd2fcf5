import { afterAll, beforeAll } from 'vitest';
import { openLedger } from '../../../src/ledger/open.ts';
import { describeContract } from '../contract.ts';
import { startPostgres, type TestServer } from './server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server.stop());

describeContract('PostgreSQL', async () => {
  const url = await server.database();
  return { open: () => openLedger(url), remove: async () => {} };
});
