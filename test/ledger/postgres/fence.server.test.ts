import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LeaseLostError, LedgerError } from '../../../src/ledger/errors.ts';
import { Client } from '../../../src/ledger/postgres/client.ts';
import { Database } from '../../../src/ledger/postgres/database.ts';
import { Leases, leaseOf } from '../../../src/ledger/postgres/leases.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { query, type TestDatabase, testDatabase } from './databases.ts';

const SOURCE = 1;
const EFFECT = 'INSERT INTO effect (who) VALUES ($1)';

let place: TestDatabase;
let replicas: Replica[];

beforeEach(async () => {
  place = await testDatabase();
  replicas = [];
  await query(place.url, 'CREATE TABLE effect (place serial, who text)');
});

afterEach(async () => {
  for (const replica of replicas) await replica.close();
  await place.remove();
});

interface Replica {
  readonly database: Database;
  readonly leases: Leases;
  take(): Promise<boolean>;
  close(): Promise<void>;
}

/** A process of a shared ledger, as far as its leases go. */
async function replica(): Promise<Replica> {
  const database = new Database(new Client(place.url));
  const renewals = new Client(place.url, { connections: 1 });
  const leases = new Leases(database, renewals);
  database.right = (source) => leases.right(source);
  await leases.join(false, systemClock, new AbortController().signal);
  const made = {
    ...{ database, leases },
    take: () => leases.acquire(leaseOf(SOURCE), SOURCE),
    async close() {
      await leases.part();
      await Promise.all([database.close(), renewals.close()]);
    },
  };
  replicas.push(made);
  return made;
}

/** The lease of whoever has it is over, as if it had not been renewed. */
async function expire(): Promise<void> {
  await query(
    place.url,
    `UPDATE callspan.replica SET until = clock_timestamp() - interval '1 second'
     WHERE holder IN (SELECT holder FROM callspan.lease)`,
  );
  await query(place.url, `UPDATE callspan.lease SET until = clock_timestamp() - interval '1 second'`);
}

async function effects(): Promise<unknown[]> {
  return (await query(place.url, 'SELECT who FROM effect ORDER BY place')).map(({ who }) => who);
}

/** A connection that does what it is told, step by step. */
async function raw(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: place.url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

describe('a lease', () => {
  test('is one replica’s, and is taken over with another epoch when it is over', async () => {
    const [one, other] = [await replica(), await replica()];
    expect(await one.take()).toBe(true);
    expect(await other.take()).toBe(false);
    await expire();
    expect(await other.take()).toBe(true);
    expect(other.leases.epochOf(leaseOf(SOURCE))).toBe(2);
    await expect(one.database.write(SOURCE, (session) => session.query(EFFECT, 'one'))).rejects.toThrow(
      LeaseLostError,
    );
    await other.database.write(SOURCE, (session) => session.query(EFFECT, 'other'));
    expect(await effects()).toEqual(['other']);
  });

  test('that is given back keeps its epoch, so that a fence of before never fits again', async () => {
    const [one, other] = [await replica(), await replica()];
    await one.take();
    await one.leases.release(leaseOf(SOURCE));
    expect(await other.take()).toBe(true);
    await other.leases.release(leaseOf(SOURCE));
    await one.take();
    expect(one.leases.epochOf(leaseOf(SOURCE))).toBe(3);
  });

  test('of which it is not known whether it was taken can be taken again by whoever asked', async () => {
    const one = await replica();
    await one.take();
    const epoch = one.leases.epochOf(leaseOf(SOURCE)) ?? 0;
    // As after a COMMIT whose reply was lost: the row is ours, and the process does not know.
    const later = await replica();
    await query(place.url, 'UPDATE callspan.lease SET holder = $1', [later.leases.holder]);
    expect(await later.take()).toBe(true);
    expect(later.leases.epochOf(leaseOf(SOURCE))).toBe(epoch + 1);
  });

  test('nobody holds: whoever is no replica may write, and not any more as soon as somebody does', async () => {
    const one = await replica();
    await one.take();
    await one.leases.release(leaseOf(SOURCE));
    const stranger = new Database(new Client(place.url));
    await stranger.write(SOURCE, (session) => session.query(EFFECT, 'stranger'));
    await one.take();
    await expect(stranger.write(SOURCE, (session) => session.query(EFFECT, 'stranger'))).rejects.toThrow(
      'is another callspan',
    );
    await stranger.close();
    expect(await effects()).toEqual(['stranger']);
  });
});

describe('the fence', () => {
  /** One checks its epoch, another takes over at once, then the first writes and commits. */
  const race = async (look: string): Promise<unknown[]> => {
    const [one, other] = [await replica(), await replica()];
    await one.take();
    const client = await raw();
    await client.query('BEGIN');
    const { rowCount } = await client.query(
      `SELECT 1 FROM callspan.fence WHERE source = 1 AND epoch = 1 ${look}`,
    );
    expect(rowCount).toBe(1);
    await expire();
    const taking = (async () => {
      // Not in its way for longer than it waits for a lock: it tries again, as at each look.
      while (!(await other.take()));
      await other.database.write(SOURCE, (session) => session.query(EFFECT, 'other'));
    })();
    const waits = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    if (look === 'FOR SHARE') while ((await query(place.url, waits)).length === 0);
    else await taking;
    await client.query(EFFECT, ['one']);
    await client.query('COMMIT');
    await taking;
    await client.end();
    return await effects();
  };

  test('makes whoever takes over wait for what the last holder has under way', async () => {
    expect(await race('FOR SHARE')).toEqual(['one', 'other']);
  });

  test.each(['', 'FOR KEY SHARE'])('would not be one with a weaker look (%j)', async (look) => {
    expect(await race(look)).toEqual(['other', 'one']);
  });

  test('that waited through a takeover does not fit any more', async () => {
    const [one, other] = [await replica(), await replica()];
    await one.take();
    const client = await raw();
    // Somebody takes over, and is not through yet.
    await client.query('BEGIN');
    await client.query('UPDATE callspan.fence SET epoch = 2');
    const writing = one.database.write(SOURCE, (session) => session.query(EFFECT, 'one'));
    const refused = expect(writing).rejects.toThrow(LeaseLostError);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.query('COMMIT');
    await client.end();
    await refused;
    expect(await effects()).toEqual([]);
    expect(other.leases.hasJoined).toBe(true);
  });

  test('is in another table than the lease: writers that overlap do not keep it from being renewed', async () => {
    const one = await replica();
    await one.take();
    const clients = await Promise.all([raw(), raw(), raw(), raw()]);
    for (const client of clients) {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM callspan.fence WHERE source = 1 AND epoch = 1 FOR SHARE');
    }
    const renewing = await raw();
    await renewing.query(`SET lock_timeout = '500ms'`);
    const { rowCount } = await renewing.query(
      'UPDATE callspan.lease SET until = clock_timestamp() WHERE holder = $1',
      [one.leases.holder],
    );
    expect(rowCount).toBe(1);
    // In one table it would wait for all of them.
    await expect(renewing.query('UPDATE callspan.fence SET epoch = 1')).rejects.toMatchObject({
      code: '55P03',
    });
    for (const client of [...clients, renewing]) await client.end();
  });

  test('of a holder that stands still in a transaction is free soon, and what it thaws to is refused', async () => {
    const [one, other] = [await replica(), await replica()];
    await one.take();
    let thaw = () => {};
    const frozen = one.database.write(SOURCE, async (session) => {
      await session.query(EFFECT, 'one');
      await new Promise<void>((resolve) => {
        thaw = resolve;
      });
      await session.query(EFFECT, 'one');
    });
    const ended = frozen.then(
      () => 'written',
      (error: unknown) => error,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    await expire();
    while (!(await other.take())) await new Promise((resolve) => setTimeout(resolve, 100));
    await other.database.write(SOURCE, (session) => session.query(EFFECT, 'other'));
    thaw();
    expect(await ended).toBeInstanceOf(LedgerError);
    expect(await effects()).toEqual(['other']);
  });
});

test('a replica that could not renew in time stops by its own clock, before anybody may take over', async () => {
  const one = await replica();
  await one.take();
  const lost = one.leases.lossOf(leaseOf(SOURCE));
  expect(one.leases.left).toBeGreaterThan(5_000);
  // Its renewals find nothing from now on: another one has the whole ledger.
  await query(place.url, 'DELETE FROM callspan.replica');
  await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }));
  expect(() => one.leases.check()).toThrow('Nothing more is sent or recorded.');
  expect(() => one.leases.right(SOURCE)).toThrow(LeaseLostError);
});
