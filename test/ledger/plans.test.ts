import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import type { Settlement } from '../../src/ledger/records.ts';
import { Database, type Row, type Value } from '../../src/ledger/sqlite/database.ts';
import { SqliteLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

/** A database that notes every statement that it is given. */
class NotedDatabase extends Database {
  readonly statements = new Set<string>();
  isNoting = false;

  override run(sql: string, ...values: Value[]): number {
    if (this.isNoting) this.statements.add(sql);
    return super.run(sql, ...values);
  }

  override get(sql: string, ...values: Value[]): Row | undefined {
    if (this.isNoting) this.statements.add(sql);
    return super.get(sql, ...values);
  }

  override all(sql: string, ...values: Value[]): Row[] {
    if (this.isNoting) this.statements.add(sql);
    return super.all(sql, ...values);
  }
}

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let database: NotedDatabase;
let ledger: Ledger;

beforeAll(async () => {
  folder = await ledgerFolder();
  database = new NotedDatabase(`${folder.path}/callspan.db`);
  ledger = new SqliteLedger(database);
});

afterAll(async () => {
  await ledger.close();
  await rm(folder.path, { recursive: true, force: true });
});

const DELIVERED: Omit<Extract<Settlement, { kind: 'delivered' }>, 'source' | 'id'> = {
  ...{ kind: 'delivered', due: 5, endedAt: 1, spans: 1, late: [], observations: [] },
  ...{ traceId: '00'.repeat(16), shape: '00'.repeat(16) },
};

/** What a cycle does: every statement of the running bridge that touches conversations. */
async function cycle(source: number): Promise<void> {
  const { conversations, sources } = ledger;
  await sources.get(source);
  await conversations.see(source, [{ id: 'a', ended: true, startedAt: 1, endedAt: 2, due: 2 }], 3);
  await conversations.active(source);
  await conversations.claim(source, { now: 10, limit: 64 });
  await conversations.claim(source, { now: 10, limit: 64, early: true });
  await conversations.nextDue(source);
  await conversations.get(source, 'a');
  await ledger.record([{ ...DELIVERED, source, id: 'a' }], 4);
  await ledger.record([{ source, id: 'a', kind: 'postponed', due: 9, attempts: 1, reason: 'no' }], 4);
  await conversations.want(source, [{ id: 'a', startedAt: 1, endedAt: 2 }], 5, 5);
  await conversations.giveBack(source, 'a');
  await conversations.forget(source, 1_000, 100);
  for await (const _ of conversations.delivered(source, 0));
  for await (const _ of conversations.unsettled(source, 'dead'));
  for await (const _ of conversations.unsettled(source, 'waiting'));
  for await (const _ of ledger.summaries.between(source, 0, 9));
  await sources.tallies(source);
  await sources.walked(source, 1, undefined);
  await ledger.prove(1);
}

describe('every statement that runs all the time', () => {
  test('finds its rows by an index: with ten million rows none is scanned', async () => {
    const source = await ledger.source('a', 'tavus');
    await cycle(source);
    database.isNoting = true;
    await cycle(source);
    database.isNoting = false;
    const scans: string[] = [];
    const plans = new Map<string, string[]>();
    for (const sql of database.statements) {
      // Of requests there are a few, and only for a day.
      if (!/\b(conversation|counted|tally|summary)\b/.test(sql)) continue;
      const parameters = (sql.match(/\?/g) ?? []).map(() => 1);
      const steps = database
        .all(`EXPLAIN QUERY PLAN ${sql}`, ...parameters)
        .map((step) => String(step.detail));
      plans.set(sql, steps);
      for (const step of steps) {
        if (/^SCAN (?!CONSTANT)/.test(step) && !/INDEX request_open/.test(step))
          scans.push(`${step}: ${sql}`);
        if (/TEMP B-TREE/.test(step)) scans.push(`${step}: ${sql}`);
      }
    }
    expect(scans).toEqual([]);
    expect(plans.size).toBeGreaterThan(12);
    const by = (pattern: RegExp) =>
      [...plans].find(([sql]) => pattern.test(sql))?.[1].find((step) => /INDEX|PRIMARY KEY/.test(step));
    expect(by(/due <= \? AND attempts = 0/)).toMatch(/conversation_ready/);
    expect(by(/due <= \? AND attempts > 0/)).toMatch(/conversation_retry/);
    expect(by(/state = 0/)).toMatch(/conversation_active/);
    expect(by(/SELECT due.*attempts = 0/s)).toMatch(/conversation_ready/);
    expect(by(/SELECT due.*attempts > 0/s)).toMatch(/conversation_retry/);
    expect(by(/settled < \?/)).toMatch(/conversation_settled/);
  });
});
