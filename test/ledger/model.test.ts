import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import type { Settlement } from '../../src/ledger/records.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { SqliteLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import type { Observation } from '../../src/metrics/observe.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

/** What the ledger should hold, as simply as it can be said. */
class Model {
  readonly rows = new Map<
    string,
    { state: string; due: number | undefined; sent: boolean; settled: number }
  >();
  readonly counted = new Set<string>();

  row(id: string) {
    return this.rows.get(id);
  }
}

const IDS = ['a', 'b', 'c', 'd', 'e'];
const id = fc.constantFrom(...IDS);
const soon = fc.integer({ min: -50, max: 50 });

const operation = fc.oneof(
  fc.record({ kind: fc.constant('see' as const), id, ended: fc.boolean(), due: soon }),
  fc.record({ kind: fc.constant('want' as const), id, force: fc.boolean() }),
  fc.record({ kind: fc.constant('delivered' as const), id, look: fc.option(soon, { nil: undefined }) }),
  fc.record({
    kind: fc.constant('nothing' as const),
    id,
    what: fc.constantFrom('empty', 'gone', 'dead', 'parked'),
  }),
  fc.record({
    kind: fc.constant('postponed' as const),
    id,
    due: soon,
    attempts: fc.integer({ min: 0, max: 9 }),
  }),
  fc.record({ kind: fc.constant('revive' as const), dead: fc.boolean(), parked: fc.boolean() }),
  fc.record({ kind: fc.constant('forget' as const), age: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ kind: fc.constant('broken' as const), id }),
  fc.constant({ kind: 'reopen' as const }),
);

type Operation = typeof operation extends fc.Arbitrary<infer Kind> ? Kind : never;

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let files = 0;

beforeAll(async () => {
  folder = await ledgerFolder();
});

afterAll(async () => {
  await rm(folder.path, { recursive: true, force: true });
});

const ONE: Observation = { metric: 'callspan.conversations', labels: {}, value: 1_000_000_000n };
const EMPTY = { traceId: '00'.repeat(16), spans: 1, shape: '00'.repeat(16), late: [] };

/** Does `step` to both. `now` grows by one from step to step. */
async function apply(
  ledger: Ledger,
  model: Model,
  source: number,
  step: Operation,
  now: number,
): Promise<void> {
  switch (step.kind) {
    case 'see': {
      const sighting = { id: step.id, ended: step.ended, startedAt: 1, endedAt: 2, due: now + step.due };
      await ledger.conversations.see(source, [sighting], now);
      const row = model.row(step.id);
      const seen = { state: step.ended ? 'due' : 'active', due: now + step.due, sent: false, settled: 0 };
      if (row === undefined && !model.counted.has(step.id)) model.rows.set(step.id, seen);
      else if (row?.state === 'active' && step.ended) model.rows.set(step.id, { ...seen, sent: row.sent });
      return;
    }
    case 'want': {
      const wish = { id: step.id, startedAt: undefined, endedAt: undefined };
      const attempts = (await ledger.conversations.get(source, step.id))?.attempts ?? 0;
      await ledger.conversations.want(source, [wish], now, step.force ? now : undefined);
      const row = model.row(step.id);
      if (row === undefined) {
        if (!model.counted.has(step.id) || step.force)
          model.rows.set(step.id, { state: 'due', due: now, sent: false, settled: 0 });
      } else if (row.state === 'due') {
        if ((row.due ?? 0) > now && attempts > 0) row.due = now;
      } else if (row.state === 'active' || step.force) {
        row.state = 'due';
        row.due = now;
      }
      return;
    }
    case 'delivered': {
      const row = model.row(step.id);
      if (row === undefined) return;
      const due = step.look === undefined ? undefined : now + step.look;
      await ledger.record(
        [{ ...{ source, id: step.id, kind: 'delivered', due, endedAt: 1, observations: [ONE] }, ...EMPTY }],
        now,
      );
      model.counted.add(step.id);
      if (row.state !== 'delivered') row.settled = now;
      Object.assign(row, { state: 'delivered', due, sent: true });
      return;
    }
    case 'nothing': {
      const row = model.row(step.id);
      if (row === undefined) return;
      const kind = step.what as 'empty' | 'gone' | 'dead' | 'parked';
      await ledger.record([{ source, id: step.id, kind, reason: 'why' }], now);
      Object.assign(row, { state: kind, due: undefined, settled: now });
      return;
    }
    case 'postponed': {
      const row = model.row(step.id);
      if (row === undefined) return;
      const due = now + step.due;
      await ledger.record(
        [{ source, id: step.id, kind: 'postponed', due, attempts: step.attempts, reason: 'why' }],
        now,
      );
      row.due = due;
      return;
    }
    case 'revive': {
      for (const [one, row] of model.rows) {
        const attempts = (await ledger.conversations.get(source, one))?.attempts ?? 0;
        if (row.state === 'due' && attempts > 0 && (row.due ?? 0) > now) row.due = now;
      }
      for (const [one, row] of model.rows) {
        if (!(step.dead && row.state === 'dead') && !(step.parked && row.state === 'parked')) continue;
        const known = await ledger.conversations.get(source, one);
        Object.assign(row, { state: 'due', due: Math.min(now, known?.endedAt ?? known?.startedAt ?? now) });
      }
      await ledger.conversations.revive(
        source,
        { dead: step.dead, parked: step.parked, only: undefined },
        now,
      );
      return;
    }
    case 'forget': {
      await ledger.conversations.forget(source, now - step.age, 100);
      for (const [one, row] of model.rows) {
        const isSettled = row.state !== 'due' && row.state !== 'active';
        if (isSettled && row.due === undefined && row.settled < now - step.age) model.rows.delete(one);
      }
      return;
    }
    case 'broken': {
      // Recorded together with one that cannot be: nothing of it may stay, not even in the metrics.
      const settlements: Settlement[] = [
        {
          ...{ source, id: step.id, kind: 'delivered', due: undefined, endedAt: 1 },
          ...EMPTY,
          observations: [ONE],
        },
        { source, id: 'nobody', kind: 'empty', reason: 'why' },
      ];
      await expect(ledger.record(settlements, now)).rejects.toThrow();
      return;
    }
    default:
  }
}

test('whatever is done in whatever order, rows, tallies, plans and metrics are what they should be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), async (steps) => {
      const file = `${folder.path}/${++files}.db`;
      let database = new Database(file);
      let ledger: Ledger = new SqliteLedger(database);
      const source = await ledger.source('one', 'tavus');
      const model = new Model();
      let now = 1_000;
      for (const step of steps) {
        now++;
        if (step.kind === 'reopen') {
          await ledger.close();
          database = new Database(file);
          ledger = new SqliteLedger(database);
        } else await apply(ledger, model, source, step, now);
      }
      await check(ledger, database, model, source);
      await ledger.close();
    }),
    { numRuns: 150 },
  );
});

async function check(ledger: Ledger, database: Database, model: Model, source: number): Promise<void> {
  const rows: unknown[] = [];
  for (const one of IDS) {
    const row = await ledger.conversations.get(source, one);
    if (row !== undefined) rows.push([one, row.state, row.dueAt, row.sent !== undefined]);
  }
  const expected = IDS.flatMap((one) => {
    const row = model.row(one);
    return row === undefined ? [] : [[one, row.state, row.due, row.sent]];
  });
  expect(rows).toEqual(expected);
  const recount: Record<string, number> = {
    active: 0,
    due: 0,
    delivered: 0,
    empty: 0,
    gone: 0,
    dead: 0,
    parked: 0,
  };
  for (const { state } of model.rows.values()) recount[state] = (recount[state] ?? 0) + 1;
  expect(await ledger.sources.tallies(source)).toEqual(recount);
  const counted = database.get('SELECT count(*) AS rows FROM conversation');
  expect(counted?.rows).toBe(model.rows.size);
  expect((await ledger.conversations.active(source)).map((row) => row.id).sort()).toEqual(
    [...model.rows]
      .filter(([, row]) => row.state === 'active')
      .map(([one]) => one)
      .sort(),
  );
  expect(await ledger.inspect(1_000)).toEqual({ rows: model.rows.size, isEnd: true });
  const unsealed = database.get('SELECT count(*) AS rows FROM conversation WHERE checksum IS NULL');
  expect(unsealed?.rows).toBe(0);
  const [series] = await ledger.series();
  expect(Number(series?.sum ?? 0n)).toBe(model.counted.size * 1_000_000_000);
}
