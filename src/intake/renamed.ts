import type { SourceConfig } from '../config/config.ts';
import type { Ledger } from '../ledger/contract.ts';

/** A source that the ledger does not know, and one of the same vendor that it knows and that is configured no more. */
export interface Renamed {
  readonly name: string;
  readonly was: { readonly id: number; readonly name: string };
}

/**
 * Sources that may have been renamed, or moved from the environment into a file: the ledger knows them by their names, so
 * what it has delivered under the old one would be delivered again under the new one.
 */
export async function renamedSources(ledger: Ledger, sources: readonly SourceConfig[]): Promise<Renamed[]> {
  const known = await ledger.sources.all();
  const orphans = known.filter(({ name }) => !sources.some((source) => source.name === name));
  return sources
    .filter(({ name }) => !known.some((row) => row.name === name))
    .flatMap(({ name, provider }) =>
      orphans
        .filter((row) => row.provider === provider)
        .map(({ id, name: was }) => ({ name, was: { id, name: was } })),
    );
}
