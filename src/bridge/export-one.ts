import type { ExportResult } from '../ledger/command.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Clock } from '../time/clock.ts';
import type { Signals } from './pipeline.ts';
import type { Worker } from './worker.ts';

/**
 * Delivers one conversation now, if that is not done yet or with `forced` once more.
 * @param order.forced also what was settled before this moment, unix milliseconds.
 * @throws SourceDown, CollectorDown, LedgerError
 */
export async function exportOne(
  {
    ledger,
    id: source,
    worker,
    clock,
  }: {
    readonly ledger: Ledger;
    /** The source's number in the ledger. */
    readonly id: number;
    readonly worker: Worker;
    readonly clock: Clock;
  },
  order: { readonly id: string; readonly forced: number | undefined },
  signals: Signals,
): Promise<ExportResult> {
  const { id, forced } = order;
  const unseen = { id, startedAt: undefined, endedAt: undefined };
  if ((await ledger.conversations.get(source, id)) === undefined && forced === undefined) {
    // Whether it has ended only the vendor knows; until then it stays among those that discovery looks after.
    const sighting = { ...unseen, ended: false, due: clock.now() };
    await ledger.conversations.see(source, [sighting], clock.now());
  }
  const running = await ledger.conversations.get(source, id);
  if (running?.state === 'active') return await worker.process(id, signals);
  const [granted] = await ledger.conversations.want(source, [unseen], clock.now(), forced);
  const row = await ledger.conversations.get(source, id);
  if (row === undefined) return { kind: 'looked', reason: 'delivered longer ago than the ledger remembers' };
  if (granted !== 'settled') return await worker.process(id, signals);
  if (row.sent) return { kind: 'looked', traceId: row.sent.traceId, spans: row.sent.spans };
  return {
    kind: row.state === 'dead' || row.state === 'gone' || row.state === 'parked' ? row.state : 'empty',
    reason: row.reason ?? '',
  };
}
