import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { type Ledger, openLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import type { Observation } from '../../src/metrics/observe.ts';

export interface TestLedger {
  readonly ledger: Ledger;
  readonly file: string;
  /** Records the delivery of a conversation that adds these numbers. */
  deliver(id: string, observations: readonly Observation[], at: number): void;
  /** Records that a conversation cannot be delivered. */
  bury(id: string, at: number): void;
  /** Makes it unreadable for whoever has it open. */
  damage(): void;
}

/** A ledger in a folder of its own, gone with the test, with one source: `tavus`. */
export async function makeLedger(): Promise<TestLedger> {
  const folder = await mkdtemp(join(tmpdir(), 'callspan-telemetry-'));
  const file = join(folder, 'callspan.db');
  const ledger = openLedger(file);
  onTestFinished(async () => {
    ledger.close();
    await rm(folder, { recursive: true });
  });
  const source = ledger.source('tavus', 'tavus');
  const see = (id: string, at: number) =>
    ledger.conversations.see(source, [{ id, ended: true, startedAt: at, endedAt: at, due: at }], at);
  return {
    ledger,
    file,
    deliver(id, observations, at) {
      see(id, at);
      const sent = { traceId: '0'.repeat(31).concat('1'), spans: 1, shape: '00', late: [] };
      const settlement = { kind: 'delivered', due: undefined, endedAt: at, ...sent } as const;
      ledger.record([{ source, id, ...settlement, observations }], at);
    },
    bury(id, at) {
      see(id, at);
      ledger.record([{ source, id, kind: 'dead', reason: 'the collector refused it' }], at);
    },
    damage() {
      const other = new Database(file);
      other.exec('PRAGMA foreign_keys = OFF; DROP TABLE source');
      other.close();
    },
  };
}
