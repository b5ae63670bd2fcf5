import type { SourceConfig } from '../config/config.ts';
import { renamedSources } from '../intake/renamed.ts';
import { LedgerError } from '../ledger/errors.ts';
import { openLedger } from '../ledger/open.ts';
import { type Finding, note, problem } from './finding.ts';

/** Conversations of a new source that are looked for under the old name. */
const MOST_COMPARED = 50;

/** Sources that are an account of which the ledger has delivered conversations already, under another name. */
export async function examineNames(
  state: string,
  sources: readonly { readonly config: SourceConfig; readonly ids: readonly string[] }[],
): Promise<Finding[]> {
  try {
    const ledger = await openLedger(state, { readOnly: true });
    try {
      const findings: Finding[] = [];
      for (const { name, was } of await renamedSources(
        ledger,
        sources.map(({ config }) => config),
      )) {
        const ids = sources.find(({ config }) => config.name === name)?.ids.slice(0, MOST_COMPARED) ?? [];
        let shared = 0;
        for (const id of ids) if ((await ledger.conversations.get(was.id, id)) !== undefined) shared++;
        const costs =
          'the bridge goes on with it and delivers nothing again, but counts from nothing under the new name';
        const mend = `name: ${was.name}  # instead of ${name}`;
        if (shared > 0) {
          const said = `${name} is the account that the ledger knows as ${was.name}: ${shared} of its conversations are there`;
          findings.push(problem('account', name, { said, mend }, costs));
        } else if (ids.length === 0) {
          const said = `${name} is new to the ledger, which knows ${was.name} of the same vendor`;
          findings.push(note('account', name, { said, mend }, costs));
        }
      }
      return findings;
    } finally {
      await ledger.close();
    }
  } catch (error) {
    // What is wrong with the ledger is told where that is looked at.
    if (error instanceof LedgerError) return [];
    throw error;
  }
}
