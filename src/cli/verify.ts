import { type Config, ConfigError, loadConfig } from '../config/config.ts';
import { openLedger } from '../ledger/sqlite/sqlite-ledger.ts';
import { systemClock } from '../time/clock.ts';
import { createStore, STORES, type StoreKind } from '../verify/store.ts';
import { findLacks, type Lack, type Subject, sample } from '../verify/verify.ts';
import { carryOut } from './command.ts';
import { EXIT, stopSignal } from './exit.ts';
import { moment } from './moment.ts';
import { print, tell } from './output.ts';

export interface VerifyOptions {
  readonly against: string;
  readonly since: string;
  readonly source?: string;
  readonly sample?: string;
  readonly repair: boolean;
}

/** Conversations repaired by one command. */
const ITEMS_A_COMMAND = 200;

/** `callspan verify`: reads back what was delivered, tells what is missing, and with `--repair` sends just that. */
export async function verify(url: string, options: VerifyOptions): Promise<number> {
  const kind = STORES.find((known) => known === options.against);
  if (kind === undefined)
    throw new ConfigError(`--against ${options.against}: expected ${STORES.join(' or ')}.`);
  const since = moment('--since', options.since, systemClock.now());
  const count = options.sample === undefined ? undefined : Number(options.sample);
  if (count !== undefined && !(Number.isInteger(count) && count > 0)) {
    throw new ConfigError(`--sample ${options.sample}: expected a whole number of at least 1.`);
  }
  const config = await loadConfig();
  const stop = stopSignal();
  const { checked, lacks } = await compare(config, kind, url, { since, count, source: options.source }, stop);
  for (const lack of lacks) print(describe(lack));
  process.stdout.write(
    `checked ${checked}, missing ${missing(lacks)}, short of spans ${lacks.length - missing(lacks)}\n`,
  );
  if (lacks.length === 0) return EXIT.ok;
  return options.repair ? await repair(config, lacks, stop) : EXIT.failed;
}

async function compare(
  config: Config,
  kind: StoreKind,
  url: string,
  which: { since: number; count: number | undefined; source: string | undefined },
  stop: AbortSignal,
): Promise<{ checked: number; lacks: Lack[] }> {
  const store = openStore(kind, url);
  const ledger = openLedger(config.state, { readOnly: true });
  try {
    const subjects = function* (): Generator<Subject> {
      for (const source of ledger.sources.all()) {
        if (which.source !== undefined && source.name !== which.source) continue;
        for (const { id, sent } of ledger.conversations.delivered(source.id, which.since)) {
          yield { source: source.name, conversation: id, sent };
        }
      }
    };
    const chosen = which.count === undefined ? subjects() : sample(subjects(), which.count, Math.random);
    return await findLacks(chosen, store, stop, (checked, lacking) => showProgress(checked, lacking));
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
    ledger.close();
    await store.close();
  }
}

function openStore(kind: StoreKind, url: string): ReturnType<typeof createStore> {
  try {
    return createStore(kind, url);
  } catch {
    throw new ConfigError(
      `${url} is no address of a trace store; expected one such as http://localhost:16686.`,
    );
  }
}

function showProgress(checked: number, lacking: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2Kchecked ${checked}, lacking ${lacking}`);
}

function describe({ subject, have }: Lack): string {
  const { source, conversation, sent } = subject;
  const state = have.size === 0 ? 'missing' : `${have.size} of ${sent.spans} spans`;
  return `${source} ${conversation} ${sent.traceId} ${state}`;
}

function missing(lacks: readonly Lack[]): number {
  return lacks.filter((lack) => lack.have.size === 0).length;
}

async function repair(config: Config, lacks: readonly Lack[], stop: AbortSignal): Promise<number> {
  let spans = 0;
  const problems: string[] = [];
  for (const source of new Set(lacks.map((lack) => lack.subject.source))) {
    const items = lacks
      .filter((lack) => lack.subject.source === source)
      .map(({ subject, have }) => ({ id: subject.conversation, have: [...have] }));
    for (let from = 0; from < items.length; from += ITEMS_A_COMMAND) {
      const command = { kind: 'repair', source, items: items.slice(from, from + ITEMS_A_COMMAND) } as const;
      const result = await carryOut({ config, command, stop });
      spans += Number(result.spans);
      if (result.problems) problems.push(String(result.problems));
    }
  }
  for (const problem of problems) tell(problem);
  process.stdout.write(`sent ${spans} spans again\n`);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}
