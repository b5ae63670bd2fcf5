import type { Ledger } from '../ledger/contract.ts';
import type { Condition } from './condition.ts';
import { ATTRIBUTE } from './instruments.ts';
import type { Reading } from './meters.ts';

export interface ReadingsOptions {
  readonly ledger: Ledger;
  /** Names of the configured sources. */
  readonly sources: readonly string[];
  /** How long vendors keep what a source has not fetched, in milliseconds, by the source's name. */
  readonly retentions: ReadonlyMap<string, number>;
  readonly condition: Condition;
  /** Names of the sources whose webhooks are taken. */
  readonly told: readonly string[];
  /** When the process began, unix milliseconds. */
  readonly began: number;
}

/** The state of things at `now` (unix milliseconds). @throws LedgerError where the ledger cannot be read. */
export async function readings(options: ReadingsOptions, now: number): Promise<Reading[]> {
  const ofEachSource: Reading[] = [];
  for await (const reading of ofSources(options, now)) ofEachSource.push(reading);
  const size = await options.ledger.size();
  return [...ofEachSource, ...ofCollectors(options.condition), ...ofProcess(size)];
}

async function* ofSources(
  { ledger, sources, told, retentions, condition, began }: ReadingsOptions,
  now: number,
): AsyncGenerator<Reading> {
  const rows = new Map((await ledger.sources.all()).map((row) => [row.name, row]));
  for (const name of sources) {
    const row = rows.get(name);
    const tallies = row === undefined ? undefined : await ledger.sources.tallies(row.id);
    const labels = { [ATTRIBUTE.SOURCE]: name };
    // The cursor is the moment of the last complete poll, by the vendor's clock: it outlives the process.
    const listed = condition.completePoll(name) ?? row?.cursor ?? began;
    yield { instrument: 'lag', value: Math.max(0, now - listed) / 1_000, labels };
    const retention = retentions.get(name);
    if (retention !== undefined) yield { instrument: 'retention', value: retention / 1_000, labels };
    yield { instrument: 'deadLetters', value: tallies?.dead ?? 0, labels };
    yield { instrument: 'parked', value: tallies?.parked ?? 0, labels };
    const disabled = condition.disabledWebhooks.get(name);
    if (disabled !== undefined) yield { instrument: 'webhookDisabled', value: disabled ? 1 : 0, labels };
    if (told.includes(name) && row !== undefined) {
      const { waiting, payloads, oldest = now } = await ledger.inbox.depth(row.id);
      yield { instrument: 'inboxDepth', value: waiting + payloads, labels };
      yield { instrument: 'inboxAge', value: Math.max(0, now - oldest) / 1_000, labels };
    }
    yield { instrument: 'pending', value: (tallies?.active ?? 0) + (tallies?.due ?? 0), labels };
  }
}

function* ofCollectors(condition: Condition): Generator<Reading> {
  for (const { host, port, up } of condition.collectors) {
    const labels = { [ATTRIBUTE.SERVER_ADDRESS]: host, [ATTRIBUTE.SERVER_PORT]: port };
    yield { instrument: 'collectorUp', value: up ? 1 : 0, labels };
  }
}

function* ofProcess(ledgerSize: number): Generator<Reading> {
  const { user, system } = process.cpuUsage();
  yield { instrument: 'ledgerSize', value: ledgerSize, labels: {} };
  yield { instrument: 'memory', value: process.memoryUsage.rss(), labels: {} };
  yield { instrument: 'uptime', value: process.uptime(), labels: {} };
  yield { instrument: 'cpu', value: user / 1e6, labels: { [ATTRIBUTE.CPU_MODE]: 'user' } };
  yield { instrument: 'cpu', value: system / 1e6, labels: { [ATTRIBUTE.CPU_MODE]: 'system' } };
}
