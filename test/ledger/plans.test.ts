import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Settlement } from '../../src/ledger/records.ts';
import { Database, type Row, type Value } from '../../src/ledger/sqlite/database.ts';
import { Ledger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
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
  ledger = new Ledger(database);
});

afterAll(async () => {
  ledger.close();
  await rm(folder.path, { recursive: true, force: true });
});

const DELIVERED: Omit<Extract<Settlement, { kind: 'delivered' }>, 'source' | 'id'> = {
  ...{ kind: 'delivered', due: 5, endedAt: 1, spans: 1, late: [], observations: [] },
  ...{ traceId: '00'.repeat(16), shape: '00'.repeat(16) },
};

/** What a cycle does: every statement of the running bridge that touches conversations. */
function cycle(source: number): void {
  const { conversations, sources } = ledger;
  sources.get(source);
  conversations.see(source, [{ id: 'a', ended: true, startedAt: 1, endedAt: 2, due: 2 }], 3);
  conversations.active(source);
  conversations.due(source, 10, 64);
  conversations.unfetched(source, 10, 64);
  conversations.nextDue(source);
  conversations.get(source, 'a');
  ledger.record([{ ...DELIVERED, source, id: 'a' }], 4);
  ledger.record([{ source, id: 'a', kind: 'postponed', due: 9, attempts: 1, reason: 'no' }], 4);
  conversations.want(source, [{ id: 'a', startedAt: 1, endedAt: 2 }], 5, 5);
  conversations.forget(source, 1_000, 100);
  [...conversations.delivered(source, 0)];
  sources.tallies(source);
  sources.walked(source, 1, undefined);
  ledger.prove(1);
}

describe('every statement that runs all the time', () => {
  test('finds its rows by an index: with ten million rows none is scanned', () => {
    const source = ledger.source('a', 'tavus');
    cycle(source);
    database.isNoting = true;
    cycle(source);
    database.isNoting = false;
    const scans: string[] = [];
    const plans = new Map<string, string[]>();
    for (const sql of database.statements) {
      // Of requests there are a few, and only for a day.
      if (!/\b(conversation|counted|tally)\b/.test(sql)) continue;
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
    expect(by(/min\(due\).*attempts = 0/)).toMatch(/conversation_ready/);
    expect(by(/min\(due\).*attempts > 0/)).toMatch(/conversation_retry/);
    expect(by(/settled < \?/)).toMatch(/conversation_settled/);
  });
});
