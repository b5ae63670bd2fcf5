import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/contract.ts';
import { LedgerAwayError } from '../../../src/ledger/errors.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import { Client as Driver } from '../../../src/ledger/postgres/client.ts';
import { Database } from '../../../src/ledger/postgres/database.ts';
import { migrate } from '../../../src/ledger/postgres/migrate.ts';
import { MIGRATIONS } from '../../../src/ledger/postgres/schema.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { delivery, ONE } from '../contract.ts';
import { LossyProxy } from './lossy-proxy.ts';
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
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

async function see(ledger: Ledger, source: number, ...ids: string[]): Promise<void> {
  const sightings = ids.map((id) => ({ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW }));
  await ledger.conversations.see(source, sightings, NOW);
}

describe('a server', () => {
  test('that is killed is waited for, and what was asked is done when it is back', async () => {
    const ledger = await opened(await server.database());
    const source = await ledger.source('a', 'tavus');
    await see(ledger, source, 'x');
    await server.crash();
    const recording = ledger.record([delivery(source, 'x', [ONE])], NOW).catch((failed: unknown) => failed);
    await server.start();
    const failed = await recording;
    if (failed !== undefined) {
      // It took longer than anybody waits; then it is done again by whoever asked.
      expect(failed).toBeInstanceOf(LedgerAwayError);
      await ledger.record([delivery(source, 'x', [ONE])], NOW);
    }
    expect((await ledger.series()).map(({ count }) => count)).toEqual([1n]);
  });

  test('that takes no writes any more says so, and is written to when it does again', async () => {
    const url = await server.database();
    const ledger = await opened(url);
    const name = url.slice(url.lastIndexOf('/') + 1);
    const client = await beside(url);
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`;
    await client.query(end);
    await expect(ledger.prove(NOW)).rejects.toThrow(/is read-only: a standby/);
    await client.query('SET default_transaction_read_only = off');
    await client.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await ledger.prove(NOW);
  });

  test('that has no connection left says which setting that is', async () => {
    const url = await server.database();
    const clients: Client[] = [];
    onTestFinished(async () => void (await Promise.allSettled(clients.map((client) => client.end()))));
    for (let isFull = false; !isFull; ) {
      const client = new Client(url);
      client.on('error', () => undefined);
      clients.push(client);
      isFull = await client.connect().then(
        () => false,
        () => true,
      );
    }
    await expect(openLedger(url)).rejects.toThrow(/has no connection left; raise max_connections/);
  });

  test('that cannot be used is refused with what to do, and nothing of the URL but the place', async () => {
    const nowhere = `postgres://callspan:secret@127.0.0.1:${server.port}/nowhere`;
    await expect(openLedger(nowhere)).rejects.toThrow(
      /has no such database; create it, or correct CALLSPAN_STATE/,
    );
    const away = await openLedger('postgres://callspan:secret@127.0.0.1:9/x').catch(
      (failed: unknown) => failed,
    );
    expect((away as Error).message).toMatch(
      /^The ledger at postgres:\/\/127\.0\.0\.1:9\/x cannot be reached/,
    );
    expect(JSON.stringify(away, Object.getOwnPropertyNames(away))).not.toContain('secret');
  });

  test('that says nothing any more is not waited for without end', async () => {
    const proxy = await LossyProxy.start(await server.database());
    onTestFinished(() => proxy.close());
    const ledger = await opened(proxy.url);
    proxy.still(true);
    await expect(ledger.prove(NOW)).rejects.toThrow(LedgerAwayError);
    proxy.still(false);
    await ledger.prove(NOW);
  });

  test('ends the transaction of whoever stands still in it, and it is begun again', async () => {
    const url = await server.database();
    await (await opened(url)).prove(NOW);
    const database = new Database(new Driver(url));
    onTestFinished(() => database.close());
    let times = 0;
    const done = await database.persist(() =>
      database.transaction('SET LOCAL idle_in_transaction_session_timeout = 100', async (session) => {
        if (times++ === 0) await new Promise((resolve) => setTimeout(resolve, 600));
        return (await session.query('SELECT 2 AS two')).rows[0]?.two;
      }),
    );
    expect([done, times]).toEqual([2, 2]);
  });
});

describe('an answer to COMMIT that is lost', () => {
  test('of whatever it was is found out by what is there', async () => {
    const url = await server.database();
    const proxy = await LossyProxy.start(url);
    onTestFinished(() => proxy.close());
    const ledger = await opened(proxy.url);
    const source = await ledger.source('a', 'tavus');
    const wish = { id: 'x', startedAt: 1, endedAt: 2 };
    for (const [name, work] of Object.entries({
      see: () => see(ledger, source, 'x'),
      want: () => ledger.conversations.want(source, [wish], NOW, undefined),
      trace: () => ledger.conversations.takeTrace(source, 'x', ['ab'.repeat(16)]),
      walked: () => ledger.sources.walked(source, NOW, undefined),
      prove: () => ledger.prove(NOW),
    })) {
      const before = proxy.lost;
      proxy.loseNext('reply');
      await work();
      expect(proxy.lost, name).toBe(before + 1);
    }
    expect((await ledger.sources.tallies(source)).due).toBe(1);
    proxy.cut();
    expect((await ledger.conversations.get(source, 'x'))?.traceId).toBe('ab'.repeat(16));
  });

  test('of a claim loses nobody: what was claimed is given to whoever asked', async () => {
    const url = await server.database();
    const proxy = await LossyProxy.start(url);
    onTestFinished(() => proxy.close());
    const ledger = await opened(proxy.url);
    const source = await ledger.source('a', 'tavus');
    await see(ledger, source, 'x', 'y');
    proxy.loseNext('reply');
    const claimed = await ledger.conversations.claim(source, { now: NOW, limit: 2 });
    expect(claimed.map(({ id }) => id).sort()).toEqual(['x', 'y']);
    expect(await ledger.conversations.claim(source, { now: NOW, limit: 2 })).toEqual([]);
  });
});

test('what cannot be kept costs one conversation, and never those beside it', async () => {
  const ledger = await opened(await server.database());
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

test('a password that is refused while the ledger is in use is waited for, and told', async () => {
  const url = new URL(await server.database());
  const asOwner = await beside(url.href);
  await asOwner.query(`CREATE ROLE guest LOGIN SUPERUSER`);
  url.username = 'guest';
  const ledger = await opened(url.href);
  await ledger.prove(NOW);
  await asOwner.query('ALTER ROLE guest NOLOGIN');
  await asOwner.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guest'`);
  let failed: unknown;
  // Each connection of the pool finds out for itself that it was ended.
  while (!(failed instanceof LedgerAwayError && failed.message.includes('refuses this user'))) {
    failed = await ledger.prove(NOW).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(LedgerAwayError);
  }
  await asOwner.query('ALTER ROLE guest LOGIN');
  await ledger.prove(NOW);
  await asOwner.query('ALTER ROLE guest NOLOGIN');
});

test('six that open an empty database at once make one ledger', async () => {
  const url = await server.database();
  // Not six whole ones: there are twenty connections.
  const clients = Array.from({ length: 6 }, () => new Driver(url, { connections: 1 }));
  await Promise.all(clients.map((client) => migrate(client)));
  await Promise.all(clients.map((client) => client.close()));
  const rows = await (await beside(url)).query('SELECT version FROM callspan.schema');
  expect(rows.rows).toEqual([{ version: MIGRATIONS.length }]);
});

test('a newer schema is used as long as it says that this program can, and refused when it cannot', async () => {
  const url = await server.database();
  await (await openLedger(url)).close();
  const client = await beside(url);
  const newer = MIGRATIONS.length + 1;
  await client.query('UPDATE callspan.schema SET version = $1', [newer]);
  await (await openLedger(url)).close();
  await client.query('UPDATE callspan.schema SET oldest_reader = $1', [newer]);
  await expect(openLedger(url)).rejects.toThrow(/was changed by a newer callspan/);
});

test('where there is no ledger yet, whoever only looks makes none', async () => {
  await expect(openLedger(await server.database(), { readOnly: true })).rejects.toThrow(
    /There is no ledger at/,
  );
});
