import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import type { Observation } from '../../src/metrics/observe.ts';

export interface TestLedger {
  readonly ledger: Ledger;
  readonly file: string;
  /** Records the delivery of a conversation that adds these numbers. */
  deliver(id: string, observations: readonly Observation[], at: number): Promise<void>;
  /** Records that a conversation cannot be delivered. */
  bury(id: string, at: number): Promise<void>;
  /** Makes it unreadable for whoever has it open. */
  damage(): void;
}

/** A ledger in a folder of its own, gone with the test, with one source: `tavus`. */
export async function makeLedger(): Promise<TestLedger> {
  const folder = await mkdtemp(join(tmpdir(), 'callspan-telemetry-'));
  const file = join(folder, 'callspan.db');
  const ledger = await openLedger(file);
  onTestFinished(async () => {
    await ledger.close();
    await rm(folder, { recursive: true });
  });
  const source = await ledger.source('tavus', 'tavus');
  const see = (id: string, at: number) =>
    ledger.conversations.see(source, [{ id, ended: true, startedAt: at, endedAt: at, due: at }], at);
  return {
    ledger,
    file,
    async deliver(id, observations, at) {
      await see(id, at);
      const sent = { traceId: '0'.repeat(31).concat('1'), spans: 1, shape: '00', late: [] };
      const settlement = { kind: 'delivered', due: undefined, endedAt: at, ...sent } as const;
      await ledger.record([{ source, id, ...settlement, observations }], at);
    },
    async bury(id, at) {
      await see(id, at);
      await ledger.record([{ source, id, kind: 'dead', reason: 'the collector refused it' }], at);
    },
    damage() {
      const other = new Database(file);
      other.exec('PRAGMA foreign_keys = OFF; DROP TABLE source');
      other.close();
    },
  };
}
