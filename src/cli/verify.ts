import { type Config, ConfigError, loadConfig, traceSettings } from '../config/config.ts';
import { Environment } from '../config/environment.ts';
import { HttpError } from '../http/errors.ts';
import { openLedger } from '../ledger/open.ts';
import { systemClock } from '../time/clock.ts';
import { shapeOf } from '../trace/shape.ts';
import { createSource } from '../vendors/create-source.ts';
import { retraceAsSent } from '../vendors/retrace.ts';
import type { Source } from '../vendors/vendor.ts';
import type { TraceStore } from '../verify/store.ts';
import { type Findings, findLacks, type Lack, type Subject, sample } from '../verify/verify.ts';
import { moment } from './arguments.ts';
import { carryOut } from './command.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print, tell } from './output.ts';
import { openStore, storeHeaders, storeKind } from './trace-store.ts';

export interface VerifyOptions {
  readonly against: string;
  readonly since: string;
  readonly source?: string;
  readonly sample?: string;
  /** For the store, each as `Name: value`. */
  readonly header: readonly string[];
  readonly repair: boolean;
}

/** Conversations repaired by one command. */
const ITEMS_A_COMMAND = 200;

/** `callspan verify`: reads back what was delivered, tells what is missing, and with `--repair` sends just that. */
export async function verify(url: string, options: VerifyOptions): Promise<number> {
  const kind = storeKind(options.against);
  const since = moment('--since', options.since, systemClock.now());
  const count = options.sample === undefined ? undefined : Number(options.sample);
  if (count !== undefined && !(Number.isInteger(count) && count > 0)) {
    throw new ConfigError(`--sample ${options.sample}: expected a whole number of at least 1.`);
  }
  const config = await loadConfig();
  const headers = storeHeaders(new Environment(process.env), options.header);
  const stop = stopSignal();
  const store = openStore(kind, url, headers);
  const which = { since, count, source: options.source };
  const { checked, lacks, repeated, unknown } = await compare(config, store, which, stop);
  for (const lack of lacks) print(describe(lack));
  for (const { subject, spans } of repeated) print(`${nameOf(subject)} ${spans} spans repeated`);
  process.stdout.write(
    [
      `checked ${checked}, missing ${missing(lacks)}, short of spans ${lacks.length - missing(lacks)}`,
      ...(repeated.length > 0 ? [`with repeated spans ${repeated.length}`] : []),
      ...(unknown > 0 ? [`compared by number alone ${unknown}`] : []),
    ].join(', '),
  );
  process.stdout.write('\n');
  if (lacks.length === 0) return EXIT.ok;
  return options.repair ? await repair(config, lacks, stop) : EXIT.failed;
}

async function compare(
  config: Config,
  store: TraceStore,
  which: { since: number; count: number | undefined; source: string | undefined },
  stop: AbortSignal,
): Promise<Findings> {
  const opened: { close(): Promise<void> }[] = [store];
  try {
    const ledger = await openLedger(config.state, { readOnly: true });
    opened.push(ledger);
    const sources = new Map<string, Source>();
    for (const source of config.sources) {
      const made = await createSource(source, traceSettings(source), systemClock);
      opened.push(made);
      sources.set(source.name, made);
    }
    const recorded = await ledger.sources.all();
    if (which.source !== undefined && !recorded.some(({ name }) => name === which.source)) {
      const names = recorded.map(({ name }) => name).join(', ');
      throw new ConfigError(`There is no source ${which.source}; in the ledger: ${names || 'none yet'}.`);
    }
    const subjects = async function* (): AsyncGenerator<Subject> {
      for (const source of recorded) {
        if (which.source !== undefined && source.name !== which.source) continue;
        for await (const { id, firstSeenAt, sent } of ledger.conversations.delivered(
          source.id,
          which.since,
        )) {
          yield { source: source.name, conversation: id, firstSeenAt, sent };
        }
      }
    };
    const chosen =
      which.count === undefined ? subjects() : await sample(subjects(), which.count, Math.random);
    return await findLacks(chosen, {
      ...{ store, signal: stop, onChecked: showProgress },
      idsOf: (subject, signal) => sentIds(sources.get(subject.source), subject, signal),
    });
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
    await Promise.all(opened.map((one) => one.close()));
  }
}

/**
 * Ids of the spans that were sent, from the vendor, whose payload says so again; `undefined` where it has changed or
 * gone, or cannot be had.
 */
async function sentIds(
  source: Source | undefined,
  { conversation, firstSeenAt, sent }: Subject,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const fetched = await source?.fetch(conversation, signal, undefined, firstSeenAt);
    if (source === undefined || fetched?.kind !== 'ready') return undefined;
    const { batch, lateIds, spanIds } = retraceAsSent(fetched.translated, source.name, sent.traceId);
    if (shapeOf(batch, lateIds) !== sent.shape) return undefined;
    const later = new Set(lateIds.filter((late) => !sent.late.includes(late)));
    return new Set(spanIds.filter((id) => !later.has(id)));
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}

function showProgress(checked: number, lacking: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2Kchecked ${checked}, lacking ${lacking}`);
}

function describe({ subject, have }: Lack): string {
  const state = have.size === 0 ? 'missing' : `${have.size} of ${subject.sent.spans} spans`;
  return `${nameOf(subject)} ${state}`;
}

function nameOf({ source, conversation, sent }: Subject): string {
  return `${source} ${conversation} ${sent.traceId}`;
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
      spans += result.spans;
      problems.push(...result.problems);
    }
  }
  for (const problem of problems) tell(problem);
  process.stdout.write(`sent ${spans} spans again\n`);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}
