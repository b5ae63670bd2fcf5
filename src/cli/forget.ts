import { ConfigError, loadLedgerPlace } from '../config/config.ts';
import { openLedger } from '../ledger/open.ts';
import { systemClock } from '../time/clock.ts';
import { EXIT, stopSignal } from './exit.ts';
import { sourcesNamed } from './ledger-sources.ts';
import { print } from './output.ts';

export interface ForgetOptions {
  readonly yes: boolean;
}

/**
 * `callspan forget <source>`: takes a source out of the ledger, with all that is known of it. Only while no bridge is
 * running: one that knows the source would go on with it.
 */
export async function forget(name: string, { yes }: ForgetOptions): Promise<number> {
  const ledger = await openLedger(await loadLedgerPlace());
  try {
    const [source] = await sourcesNamed(ledger, name);
    if (source === undefined) throw new ConfigError(`${name}: the ledger has no such source.`);
    const { active, due, delivered, dead } = await ledger.sources.tallies(source.id);
    const known = `${delivered} conversations delivered, ${active + due} pending, ${dead} dead letters`;
    if (!yes) {
      throw new ConfigError(
        `${name}: ${known}. All of it, and the source's metrics, would be forgotten, and whatever its vendor still lists delivered anew if it is configured again; say --yes to do it.`,
      );
    }
    await ledger.hold(systemClock, stopSignal());
    try {
      await ledger.sources.forget(source.id);
    } finally {
      await ledger.release();
    }
    print(`Forgotten: ${name}, ${known}.`);
    return EXIT.ok;
  } finally {
    await ledger.close();
  }
}
