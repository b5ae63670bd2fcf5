import { loadLedgerPlace } from '../config/config.ts';
import type { Ledger } from '../ledger/contract.ts';
import { openLedger } from '../ledger/open.ts';
import { printableJson } from '../show/printable.ts';
import { EXIT } from './exit.ts';
import { limitOf, sourcesNamed } from './ledger-sources.ts';
import { print } from './output.ts';

export interface DeadOptions {
  readonly source?: string;
  readonly parked: boolean;
  readonly limit: string;
  readonly json: boolean;
}

interface Letter {
  readonly source: string;
  readonly provider: string;
  readonly conversation: string;
  readonly since: string;
  readonly reason: string;
}

/** What is said of each kind, where there is none and where there are some. */
const WORDS = {
  dead: {
    none: 'No dead letters.',
    mend: 'When the reason is mended: callspan retry --dead, or callspan retry --dead --id <conversation>.',
  },
  parked: {
    none: 'Nothing is parked.',
    mend: 'With a destination that takes them, or a larger max_age: callspan retry --parked.',
  },
} as const;

/** `callspan dead`: every conversation that cannot be delivered as it is, why, and since when; or what is parked. */
export async function dead({ source, parked, limit, json }: DeadOptions): Promise<number> {
  const most = limitOf(limit);
  const which = parked ? 'parked' : 'dead';
  const ledger = await openLedger(await loadLedgerPlace(), { readOnly: true });
  try {
    const { letters, all } = await lettersOf(ledger, which, source, most);
    if (json) process.stdout.write(`${printableJson(JSON.stringify(letters, null, 2))}\n`);
    else if (all === 0) print(WORDS[which].none);
    else {
      for (const { source: name, conversation, since, reason } of letters)
        print(`${conversation} (${name}), since ${since}`, `  ${reason}`);
      if (all > letters.length) print(`${letters.length} of ${all}; --limit shows more.`);
      print('', WORDS[which].mend);
    }
    return EXIT.ok;
  } finally {
    await ledger.close();
  }
}

async function lettersOf(
  ledger: Ledger,
  which: 'dead' | 'parked',
  named: string | undefined,
  most: number,
): Promise<{ letters: readonly Letter[]; all: number }> {
  const letters: Letter[] = [];
  let all = 0;
  for (const { id, name, provider } of await sourcesNamed(ledger, named)) {
    all += (await ledger.sources.tallies(id))[which];
    for await (const { id: conversation, at, reason } of ledger.conversations.unsettled(id, which)) {
      if (letters.length === most) break;
      const since = new Date(at).toISOString();
      letters.push({ source: name, provider, conversation, since, reason: reason ?? 'no reason was told' });
    }
  }
  return { letters, all };
}
