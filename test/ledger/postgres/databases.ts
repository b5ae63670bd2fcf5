import { Client } from 'pg';
import { inject } from 'vitest';
import { PostgresLedger } from '../../../src/ledger/postgres/postgres-ledger.ts';

/** A database of the server that all share, made from one that has the tables already. */
export interface TestDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

let template: Promise<string> | undefined;
let count = 0;

export async function testDatabase({ empty = false } = {}): Promise<TestDatabase> {
  template ??= makeTemplate();
  const url = await create(empty ? 'template1' : await template);
  return { url, remove: () => drop(url) };
}

async function makeTemplate(): Promise<string> {
  const url = await create('template1');
  await (await PostgresLedger.open(url)).close();
  return new URL(url).pathname.slice(1);
}

async function create(from: string): Promise<string> {
  const name = `t${process.pid}_${count++}_${Math.random().toString(36).slice(2, 8)}`;
  await query(server('postgres'), `CREATE DATABASE ${name} TEMPLATE ${from}`);
  return server(name);
}

async function drop(url: string): Promise<void> {
  await query(server('postgres'), `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
}

function server(database: string): string {
  return `postgres://callspan@127.0.0.1:${inject('postgresPort')}/${database}`;
}

/** One statement, over a connection of its own. */
export async function query(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
