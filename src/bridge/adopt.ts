import { type Config, type SourceConfig, traceSettings } from '../config/config.ts';
import { type Renamed, renamedSources } from '../intake/renamed.ts';
import type { Ledger } from '../ledger/contract.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { createSource } from '../vendors/create-source.ts';

export interface AdoptOptions {
  readonly ledger: Ledger;
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * A source that was renamed, or moved from the environment into a file, goes on where it was under its old name: what
 * was delivered is not delivered again. An account is known by its conversations, for their ids are the vendor's and a
 * key may be another by now. Replicas that share a ledger may all do it: a source is known to them by its number.
 */
export async function adoptRenamed(options: AdoptOptions, stop: AbortSignal): Promise<void> {
  const { ledger, config, log } = options;
  const candidates = await renamedSources(ledger, config.sources);
  const adopted = new Map<number, string>();
  for (const name of new Set(candidates.map((candidate) => candidate.name))) {
    const source = config.sources.find((one) => one.name === name);
    if (source === undefined) continue;
    const olds = candidates.filter((candidate) => candidate.name === name).map(({ was }) => was);
    const old = await knownAs(source, olds, options, stop);
    if (old === undefined) continue;
    const other = adopted.get(old.id);
    if (other !== undefined) {
      const message = `${name} is of the account that the ledger knew as ${old.name}, and so is ${other}, which goes on with it: what is shown to ${name} too is delivered once more`;
      log.warn({ source: name }, message);
      continue;
    }
    await ledger.sources.rename(old.id, name);
    adopted.set(old.id, name);
    const message = `${name} is the account that the ledger knew as ${old.name}, and goes on with it: nothing is delivered again, and what it counts from now on is counted as ${name}`;
    log.info({ source: name }, message);
  }
}

/** Of which of `olds` the ledger has a conversation that the vendor shows in the look-back. */
async function knownAs(
  config: SourceConfig,
  olds: readonly Renamed['was'][],
  { ledger, config: { lookback }, log, clock }: AdoptOptions,
  stop: AbortSignal,
): Promise<Renamed['was'] | undefined> {
  const source = await createSource(config, traceSettings(config), clock);
  try {
    for await (const { refs } of source.discover({ since: source.now() - lookback }, stop)) {
      for (const { id } of refs)
        for (const old of olds) if ((await ledger.conversations.get(old.id, id)) !== undefined) return old;
    }
  } catch (error) {
    stop.throwIfAborted();
    const names = olds.map(({ name }) => name).join(', ');
    const why = error instanceof Error ? error.message : String(error);
    const message = `${config.name} is new to the ledger, which knows ${names} of the same vendor, and whether it is the same account could not be looked at (${why}): if it is, stop callspan, and call it by its old name or start again later, or the look-back is delivered once more`;
    log.warn({ source: config.name }, message);
  } finally {
    await source.close();
  }
  return undefined;
}
