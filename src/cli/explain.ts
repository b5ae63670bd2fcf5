import { existsSync } from 'node:fs';
import { ConfigError, loadConfig, loadLedgerPlace, type SourceConfig } from '../config/config.ts';
import type { Ledger } from '../ledger/contract.ts';
import { isServer, openLedger } from '../ledger/open.ts';
import type { Series } from '../metrics/series.ts';
import { explanationLines, slowWaits } from '../report/explanation.ts';
import { printableJson } from '../show/printable.ts';
import { parseDuration } from '../time/duration.ts';
import { oneId } from './arguments.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { translatedFile, translatedFrom } from './show.ts';

export interface ExplainOptions {
  readonly source?: string;
  readonly file?: string;
  readonly objective: string;
  readonly json: boolean;
}

/** `callspan explain`: the phase that dominates each slow wait of a conversation, and what changes it. */
export async function explain(id: string | undefined, options: ExplainOptions): Promise<number> {
  const objective = (parseDuration(options.objective) ?? Number.NaN) / 1000;
  if (Number.isNaN(objective)) {
    throw new ConfigError(`--objective ${options.objective}: expected a duration such as 2s or 800ms.`);
  }
  const { conversation, source, series } = await found(id, options);
  const slow = slowWaits(conversation, { series, source, objective });
  if (options.json) {
    const told = { conversation: conversation.id, traceId: conversation.traceId, slow };
    process.stdout.write(`${printableJson(JSON.stringify(told, null, 2))}\n`);
  } else print(...explanationLines(conversation, slow, objective));
  return EXIT.ok;
}

async function found(id: string | undefined, { file, source: name }: ExplainOptions) {
  const ledger = await ledgerIfAny();
  try {
    const series: readonly Series[] = ledger === undefined ? [] : await ledger.series();
    if (file !== undefined) {
      const { conversation } = await translatedFile(file);
      return { conversation, source: name ?? conversation.provider, series };
    }
    if (id === undefined) throw new ConfigError('callspan explain needs a conversation id, or --file.');
    const source = await sourceOf(oneId(id), name, ledger);
    return { conversation: (await translatedFrom(source, id)).conversation, source: source.name, series };
  } finally {
    await ledger?.close();
  }
}

/** Without a ledger there is nothing to compare with, and still something to explain. */
async function ledgerIfAny(): Promise<Ledger | undefined> {
  const place = await loadLedgerPlace();
  if (!isServer(place) && !existsSync(place)) return undefined;
  return await openLedger(place, { readOnly: true });
}

/** The configured source that a conversation is of: the ledger knows it, if it was ever seen. */
async function sourceOf(
  id: string,
  name: string | undefined,
  ledger: Ledger | undefined,
): Promise<SourceConfig> {
  const { sources } = await loadConfig();
  const [only] = sources;
  const configured = sources.map((source) => source.name).join(', ');
  if (name === undefined && sources.length === 1 && only !== undefined) return only;
  const wanted = name ?? (await ownerOf(id, ledger));
  const source = sources.find((one) => one.name === wanted);
  if (source !== undefined) return source;
  throw new ConfigError(
    wanted === undefined
      ? `The ledger does not know ${id}; say whose it is with --source: ${configured}.`
      : `There is no source ${wanted}; configured: ${configured}.`,
  );
}

async function ownerOf(id: string, ledger: Ledger | undefined): Promise<string | undefined> {
  for (const source of (await ledger?.sources.all()) ?? []) {
    if ((await ledger?.conversations.get(source.id, id)) !== undefined) return source.name;
  }
  return undefined;
}
