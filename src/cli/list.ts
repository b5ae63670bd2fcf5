import { ConfigError, loadLedgerPlace } from '../config/config.ts';
import type { ConversationOutcome } from '../conversation.ts';
import { openLedger } from '../ledger/open.ts';
import { type ListedConversation, listCsv, listJson, listLines } from '../report/conversation-list.ts';
import { Foremost, isSelected, type Selection, SORTS, type Sort } from '../report/selection.ts';
import { printableJson } from '../show/printable.ts';
import { systemClock } from '../time/clock.ts';
import { parseDuration } from '../time/duration.ts';
import { OBJECTIVE_SECONDS } from '../trace/objective.ts';
import { moment } from './arguments.ts';
import { EXIT } from './exit.ts';
import { limitOf, sourcesNamed } from './ledger-sources.ts';
import { print } from './output.ts';
import { terminal } from './show.ts';

/** What `callspan list` and `callspan report` choose conversations by. */
export interface ChoosingOptions {
  readonly since: string;
  readonly until?: string;
  readonly source?: string;
  readonly agent?: string;
  readonly agentVersion?: string;
  readonly outcome?: string;
  readonly slow: boolean;
  readonly over?: string;
}

export interface ListOptions extends ChoosingOptions {
  readonly sort: string;
  readonly limit: string;
  readonly json: boolean;
  readonly csv: boolean;
}

const OUTCOMES: readonly ConversationOutcome[] = ['completed', 'failed', 'no_user', 'time_limit', 'unknown'];

/** `callspan list`: conversations that were delivered, with their numbers, from the ledger alone. */
export async function list(options: ListOptions): Promise<number> {
  const sort = sortOf(options.sort);
  const limit = limitOf(options.limit);
  const foremost = new Foremost<ListedConversation>(limit, ({ summary }) => SORTS[sort](summary) ?? -1);
  let found = 0;
  await eachChosen(options, (row) => {
    found += 1;
    foremost.add(row);
  });
  const { rows } = foremost;
  if (options.json) process.stdout.write(`${printableJson(JSON.stringify(rows.map(listJson), null, 2))}\n`);
  else if (options.csv) process.stdout.write(listCsv(rows));
  else if (found === 0)
    process.stdout.write(`No conversation was delivered that fits, since ${options.since}.\n`);
  else {
    const lines = listLines(rows, terminal(process.stdout).columns);
    const more = found > rows.length ? [`${rows.length} of ${found}; --limit shows more.`] : [];
    print(...lines, ...more);
  }
  return EXIT.ok;
}

/** Hands every conversation that fits to `each`, source by source, in the order in which they began. */
export async function eachChosen(
  options: ChoosingOptions,
  each: (row: ListedConversation) => void,
): Promise<void> {
  const now = systemClock.now();
  const since = moment('--since', options.since, now);
  const until = options.until === undefined ? now + 1 : moment('--until', options.until, now);
  const selection = selectionOf(options);
  const ledger = await openLedger(await loadLedgerPlace(), { readOnly: true });
  try {
    for (const { id: source, name, provider } of await sourcesNamed(ledger, options.source)) {
      for await (const { id, traceId, summary } of ledger.summaries.between(source, since, until)) {
        if (isSelected(summary, selection)) each({ source: name, provider, id, traceId, summary });
      }
    }
  } finally {
    await ledger.close();
  }
}

function selectionOf({ agent, agentVersion, outcome, slow, over }: ChoosingOptions): Selection {
  const known = OUTCOMES.find((one) => one === outcome);
  if (outcome !== undefined && known === undefined) {
    throw new ConfigError(`--outcome ${outcome}: expected one of ${OUTCOMES.join(', ')}.`);
  }
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(agentVersion === undefined ? {} : { version: agentVersion }),
    ...(known === undefined ? {} : { outcome: known }),
    ...(slow || over !== undefined ? { slowerThan: slowerThan(over) } : {}),
  };
}

/** Milliseconds. */
function slowerThan(over: string | undefined): number {
  const length = over === undefined ? OBJECTIVE_SECONDS * 1000 : parseDuration(over);
  if (length === undefined) throw new ConfigError(`--over ${over}: expected a duration such as 2s or 500ms.`);
  return length;
}

function sortOf(text: string): Sort {
  if (text in SORTS) return text as Sort;
  throw new ConfigError(`--sort ${text}: expected one of ${Object.keys(SORTS).join(', ')}.`);
}
