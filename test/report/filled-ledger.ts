import { join } from 'node:path';
import { type Provider, simulateCall, type Truth, truth } from '../../sandbox/index.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Settlement } from '../../src/ledger/records.ts';
import { observe } from '../../src/metrics/observe.ts';
import { summarize } from '../../src/metrics/summary.ts';
import { ledgerFolder } from '../bridge/simulation.ts';
import { payloadOn, translatePayload } from '../trace/sandbox-calls.ts';

const DAY = 86_400_000;
/** So many are recorded in one transaction. */
const BATCH = 250;

export interface FilledLedger {
  readonly file: string;
  readonly ledger: Ledger;
  /** What truly happened in every conversation that is in it. */
  readonly truths: readonly Truth[];
  remove(): Promise<void>;
}

/** A ledger with so many conversations of the four weeks before `now`, as a bridge would have recorded them. */
export async function fillLedger(conversations: number, now: number): Promise<FilledLedger> {
  const folder = await ledgerFolder();
  const file = join(folder.path, 'callspan.db');
  const ledger = await openLedger(file);
  const sources: Record<Provider, number> = {} as Record<Provider, number>;
  for (const provider of ['elevenlabs', 'tavus'] as const) {
    sources[provider] = await ledger.source(provider, provider);
  }
  const truths: Truth[] = [];
  let batch: Settlement[] = [];
  const flush = async () => {
    for (const { source, id } of batch) {
      await ledger.conversations.want(
        source,
        [{ id, startedAt: now - DAY, endedAt: now - DAY }],
        now,
        undefined,
      );
    }
    await ledger.record(batch, now);
    batch = [];
  };
  for (let index = 0; truths.length < conversations; index++) {
    const provider = index % 3 === 0 ? 'tavus' : 'elevenlabs';
    const startAt = now - 28 * DAY + Math.floor((index * 27 * DAY) / (1.2 * conversations));
    const call = simulateCall({ provider, seed: 42, index, startAt });
    const told = truth(call);
    const translated =
      told.fate === 'exported'
        ? translatePayload(provider, payloadOn('with a trace', call), told.id)
        : undefined;
    if (translated === undefined) continue;
    const { conversation, waitIds } = translated;
    const observations = observe(conversation, { source: provider, waitIds, deliveredAt: conversation.end });
    batch.push({
      ...{
        source: sources[provider],
        id: told.id,
        kind: 'delivered',
        traceId: conversation.traceId,
        spans: 1,
      },
      ...{ shape: 'cd'.repeat(16), late: [], due: undefined, endedAt: Number(conversation.end / 1_000_000n) },
      ...{ observations, summary: summarize(conversation, observations) },
    });
    truths.push(told);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return {
    ...{ file, ledger, truths },
    async remove() {
      await ledger.close();
      await folder.remove();
    },
  };
}
