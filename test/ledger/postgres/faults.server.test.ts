import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/contract.ts';
import { LedgerError } from '../../../src/ledger/errors.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import { Database } from '../../../src/ledger/postgres/database.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { delivery, ONE } from '../contract.ts';
import { startProxy } from './proxy.ts';
import { startPostgres, type TestServer } from './server.ts';

const NOW = Date.UTC(2026, 4, 1, 12);
const NEVER = new AbortController().signal;

let server: TestServer;

beforeAll(async () => {
  server = await startPostgres({ max_connections: '20' });
});
afterAll(() => server.stop());

async function opened(url: string): Promise<Ledger> {
  const ledger = await openLedger(url);
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A connection beside the ledger, for what only somebody else does. */
async function beside(url: string): Promise<Client> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SET search_path TO callspan');
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

async function see(ledger: Ledger, source: number, ...ids: string[]): Promise<void> {
  const sighting = { ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
  await ledger.conversations.see(
    source,
    ids.map((id) => ({ ...sighting, id })),
    NOW,
  );
}

const countOf = async (ledger: Ledger) => (await ledger.series()).map(({ count }) => count);

describe('a holder that was frozen', () => {
  /** As if it had not renewed for longer than a lease lasts. */
  const expire = (client: Client) => client.query(`UPDATE lease SET until = now() - interval '1 s'`);

  test('finds out before it writes that another one has taken over', async () => {
    const url = await server.database();
    const [old, young] = [await opened(url), await opened(url)];
    const source = await old.source('a', 'tavus');
    await see(old, source, 'x', 'y');
    await old.hold(systemClock, NEVER);
    await expire(await beside(url));
    await young.hold(systemClock, NEVER);
    await expect(old.record([delivery(source, 'x', [ONE])], NOW)).rejects.toThrow(
      /^Another callspan has taken over the ledger postgres:\/\/127\.0\.0\.1:\d+\/d\d+, or may have/,
    );
    await young.record([delivery(source, 'y', [ONE])], NOW);
    expect(await countOf(young)).toEqual([1n]);
    expect((await young.conversations.get(source, 'x'))?.state).toBe('due');
    await young.release();
  });

  test('in the middle of a transaction holds up whoever takes over until that has ended', async () => {
    const url = await server.database();
    const [old, young] = [await opened(url), await opened(url)];
    await old.hold(systemClock, NEVER);
    const client = await beside(url);
    // The statement of every transaction that writes, by one that stands still afterwards.
    await client.query('BEGIN');
    expect((await client.query('SELECT 1 FROM fence FOR SHARE')).rowCount).toBe(1);
    await expire(await beside(url));
    let hasTaken = false;
    const taking = young.hold(systemClock, NEVER).then(() => {
      hasTaken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(hasTaken).toBe(false);
    await client.query('COMMIT');
    await taking;
    await young.release();
  });

  test('a look without a lock would be no fence: the old one writes after the new one has taken over', async () => {
    const url = await server.database();
    const ledger = await opened(url);
    await ledger.hold(systemClock, NEVER);
    const [old, young] = [await beside(url), await beside(url)];
    await old.query('BEGIN');
    expect((await old.query('SELECT 1 FROM fence WHERE epoch = 1')).rowCount).toBe(1);
    await young.query('UPDATE fence SET epoch = 2');
    await old.query(`INSERT INTO ledger VALUES ('naive', 'written by the old one')`);
    await expect(old.query('COMMIT')).resolves.toBeDefined();
    await ledger.release();
  });

  test('a lease is one’s by the clock of the server: that of a replica may be an hour off', async () => {
    const url = await server.database();
    const [first, second] = [await opened(url), await opened(url)];
    const ahead = { ...systemClock, now: () => Date.now() + 3_600_000 };
    await first.hold(systemClock, NEVER);
    await expect(second.hold(ahead, NEVER)).rejects.toThrow(/^Another callspan is the bridge on/);
    await first.release();
    await second.hold(ahead, NEVER);
    await second.release();
  });

  test('an epoch never begins anew, however often the lease is given back', async () => {
    const url = await server.database();
    const ledger = await opened(url);
    for (let time = 0; time < 3; time++) {
      await ledger.hold(systemClock, NEVER);
      await ledger.release();
    }
    const client = await beside(url);
    const epochs = await client.query(
      'SELECT l.epoch AS lease, f.epoch AS fence FROM lease l JOIN fence f USING (name)',
    );
    expect(epochs.rows).toEqual([{ lease: '3', fence: '3' }]);
  });
});

describe('an answer to COMMIT that is lost', () => {
  test('is an error, and what it recorded counts once when it is recorded again', async () => {
    const url = await server.database();
    const proxy = await startProxy(server.port);
    onTestFinished(() => proxy.close());
    const ledger = await opened(url.replace(`:${server.port}/`, `:${proxy.port}/`));
    const source = await ledger.source('a', 'tavus');
    await see(ledger, source, 'x', 'y');
    for (const id of ['x', 'y']) {
      proxy.loseNextCommit();
      const settlement = delivery(source, id, [ONE]);
      const failed = await ledger.record([settlement], NOW).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(LedgerError);
      expect((failed as LedgerError).isPassing).toBe(true);
      await ledger.record([settlement], NOW);
      await ledger.record([settlement], NOW);
    }
    expect(await countOf(ledger)).toEqual([2n]);
    expect((await ledger.sources.tallies(source)).delivered).toBe(2);
  });

  test('of everything else leaves a ledger that can be used', async () => {
    const url = await server.database();
    const proxy = await startProxy(server.port);
    onTestFinished(() => proxy.close());
    const ledger = await opened(url.replace(`:${server.port}/`, `:${proxy.port}/`));
    const source = await ledger.source('a', 'tavus');
    for (const [name, work] of Object.entries({
      see: () => see(ledger, source, 'x'),
      want: () => ledger.conversations.want(source, [{ id: 'x', startedAt: 1, endedAt: 2 }], NOW, undefined),
      trace: () => ledger.conversations.takeTrace(source, 'x', ['ab'.repeat(16)]),
      claim: () => ledger.conversations.claim(source, { now: NOW, limit: 1 }),
      back: () => ledger.conversations.giveBack(source, 'x'),
      walked: () => ledger.sources.walked(source, NOW, undefined),
      prove: () => ledger.prove(NOW),
    })) {
      proxy.loseNextCommit();
      await expect(work(), name).rejects.toThrow(LedgerError);
      await work();
    }
    expect((await ledger.sources.tallies(source)).due).toBe(1);
    proxy.cut();
    expect((await ledger.conversations.get(source, 'x'))?.traceId).toBe('ab'.repeat(16));
  });
});

describe('a server', () => {
  test('that is killed and comes back is one that goes on', async () => {
    const url = await server.database();
    const ledger = await opened(url);
    const source = await ledger.source('a', 'tavus');
    await see(ledger, source, 'x');
    await server.crash();
    const failed = await ledger.prove(NOW).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(LedgerError);
    expect((failed as LedgerError).isPassing).toBe(true);
    await server.start();
    await ledger.record([delivery(source, 'x', [ONE])], NOW);
    expect(await countOf(ledger)).toEqual([1n]);
  });

  test('that takes no writes any more says so, and is written to when it does again', async () => {
    const url = await server.database();
    const ledger = await opened(url);
    const client = await beside(url);
    const name = url.slice(url.lastIndexOf('/') + 1);
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      'callspan',
    ]);
    const failures = [];
    for (let time = 0; time < 3; time++) {
      failures.push(await ledger.prove(NOW).catch((error: Error) => error.message));
    }
    expect(failures.at(-1)).toMatch(/takes no writes: it is a standby/);
    await client.query('SET default_transaction_read_only = off');
    await client.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await ledger.prove(NOW);
  });

  test('that has no connection left says which setting that is', async () => {
    const url = await server.database();
    const clients: Client[] = [];
    onTestFinished(
      async () => void (await Promise.all(clients.map((client) => client.end().catch(() => undefined)))),
    );
    for (let index = 0; index < 40; index++) {
      const client = new Client(url);
      client.on('error', () => undefined);
      clients.push(client);
      const isFull = await client.connect().then(
        () => false,
        () => true,
      );
      if (isFull) break;
    }
    await expect(openLedger(url)).rejects.toThrow(/has no connection left; raise max_connections/);
  });

  test('refuses a database that is not there, with what to do', async () => {
    await expect(openLedger(`postgres://callspan@127.0.0.1:${server.port}/nowhere`)).rejects.toThrow(
      /has no such database; create it, or check CALLSPAN_STATE/,
    );
    await expect(openLedger('postgres://callspan:secret@127.0.0.1:9/x')).rejects.toThrow(
      /^The ledger postgres:\/\/127\.0\.0\.1:9\/x cannot be reached/,
    );
  });

  test('ends the transaction of whoever stands still in it', async () => {
    const url = await server.database();
    await (await opened(url)).prove(NOW);
    const database = new Database(url);
    onTestFinished(() => database.close());
    const frozen = database.transaction(async (query) => {
      await query('SET LOCAL idle_in_transaction_session_timeout = 100');
      await query('SELECT 1');
      await new Promise((resolve) => setTimeout(resolve, 600));
      await query('SELECT 2');
    });
    await expect(frozen).rejects.toThrow(LedgerError);
    await database.transaction((query) => query('SELECT 1'));
  });
});

test('six that open an empty database at once make one ledger', async () => {
  const url = await server.database();
  const ledgers: Ledger[] = [];
  for (const ledger of await Promise.all(Array.from({ length: 4 }, () => openLedger(url))))
    ledgers.push(ledger);
  expect(new Set(ledgers.map(({ instance }) => instance)).size).toBe(1);
  await Promise.all(ledgers.map((ledger) => ledger.close()));
});

test('a schema that is newer than the program is refused, and so is one that nobody has made where it may only be read', async () => {
  const url = await server.database();
  await expect(openLedger(url, { readOnly: true })).rejects.toThrow(LedgerError);
  await (await openLedger(url)).close();
  const reader = await openLedger(url, { readOnly: true });
  await expect(reader.prove(NOW)).rejects.toThrow(LedgerError);
  await reader.close();
  const client = await beside(url);
  await client.query('UPDATE version SET version = 99');
  await expect(openLedger(url)).rejects.toThrow(/was written by a newer callspan \(its version is 99/);
});

test('what cannot be kept costs one conversation, and never those beside it', async () => {
  const url = await server.database();
  const ledger = await opened(url);
  const source = await ledger.source('a', 'tavus');
  await expect(see(ledger, source, 'good', 'bad\0id')).rejects.toThrow(TypeError);
  await see(ledger, source, 'good', 'other');
  const hostile = { ...ONE, labels: { 'callspan.source': 'a\0\ud800' } };
  await ledger.record(
    [
      delivery(source, 'good', [hostile]),
      { source, id: 'other', kind: 'dead', reason: 'NUL \0 and half \ud800 of a pair' },
    ],
    NOW,
  );
  expect((await ledger.conversations.get(source, 'other'))?.reason).toBe(
    'NUL \ufffd and half \ufffd of a pair',
  );
  expect((await ledger.series()).map(({ labels }) => labels)).toEqual([hostile.labels]);
});
