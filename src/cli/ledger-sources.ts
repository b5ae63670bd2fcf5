import { ConfigError } from '../config/config.ts';
import type { Ledger } from '../ledger/contract.ts';

/** Sources of the ledger, or the one of this name. @throws ConfigError where there is none. */
export async function sourcesNamed(ledger: Ledger, name: string | undefined) {
  const all = await ledger.sources.all();
  const fitting = all.filter((source) => name === undefined || source.name === name);
  if (name !== undefined && fitting.length === 0) {
    const known = all.map((source) => source.name).join(', ');
    throw new ConfigError(`${name}: the ledger has no such source${known === '' ? '' : `, only ${known}`}.`);
  }
  return fitting;
}

/** @throws ConfigError where it is no number of lines. */
export function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0 && limit <= 1_000_000) return limit;
  throw new ConfigError(`--limit ${text}: expected a whole number from 1 to 1000000.`);
}
