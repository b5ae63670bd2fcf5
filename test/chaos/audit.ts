import type { Sink, SpanStore, Truth } from '../../sandbox/index.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { isServer, openLedger } from '../../src/ledger/open.ts';
import { Client } from '../../src/ledger/postgres/client.ts';
import type { Due, StateName } from '../../src/ledger/records.ts';
import { Database } from '../../src/ledger/sqlite/database.ts';
import { STATE } from '../../src/ledger/sqlite/schema.ts';
import { miscounts } from './count-audit.ts';
import type { Expectation, Expected } from './expectation.ts';

/** What is promised. */
export const PROMISED = [
  'nothing is missing',
  'every repetition is byte-identical',
  'the collector refuses nothing as wrong',
  'the ledger agrees with the collector',
  'each conversation counts once',
  'what was answered with 200 is delivered',
  'what nobody may keep is gone from the disk',
  'nothing forged is taken, and nothing true refused',
  'nothing but a kill ends the bridge',
  'an orderly stop ends with 0 within five seconds',
] as const;

export type Promised = (typeof PROMISED)[number];

/** What breaks each promise. */
export type Violations = Map<Promised, string[]>;

export interface Audited {
  /** Where everything came to, and what that should be. */
  readonly sink: Sink;
  readonly numbers: Sink;
  readonly expectation: Expectation;
  /** The ledger's file, or the URL of its database: of replicas, some of which have wrong clocks. */
  readonly ledger: string;
}

/** Compares what came to the collector, and what the ledger says, with what should be. */
export async function audit({ sink, numbers, expectation, ledger: file }: Audited): Promise<Violations> {
  const spans = sink.spanStore;
  const violations: Violations = new Map();
  const tell = (promised: Promised, problem: string) =>
    void violations.set(promised, [...(violations.get(promised) ?? []), problem]);
  for (const { traceId, spanId } of spans.differing()) {
    tell('every repetition is byte-identical', `span ${spanId} of ${traceId} came with two contents`);
  }
  for (const problem of [...sink.violations, ...numbers.violations])
    tell('the collector refuses nothing as wrong', problem);
  const ledger = await openLedger(file, { readOnly: true });
  try {
    const sources = new Map<string, number>((await ledger.sources.all()).map(({ name, id }) => [name, id]));
    const traces = new Set<string>();
    for (const [id, expected] of expectation.conversations) {
      const source = sources.get(expected.source) ?? 0;
      if (expected.trace) traces.add(expected.trace.id);
      checkSpans(id, expected, spans, tell);
      checkRow(id, expected, await ledger.conversations.get(source, id), spans, tell);
    }
    for (const traceId of spans.traceIds()) {
      if (!traces.has(traceId))
        tell('every repetition is byte-identical', `nobody asked for trace ${traceId}`);
    }
    await checkTallies(file, ledger, sources.values(), tell);
    const series = [...(await ledger.series())];
    const counted = {
      ledger: series,
      collector: numbers.metrics,
      expectation,
      lateIsUncertain: isServer(file),
    };
    for (const problem of miscounts(counted)) tell('each conversation counts once', problem);
  } finally {
    await ledger.close();
  }
  return violations;
}

type Tell = (promised: Promised, problem: string) => void;

function checkSpans(id: string, { truth, trace, promised }: Expected, spans: SpanStore, tell: Tell): void {
  const name = `${truth.provider} ${id} (${truth.scenario})`;
  if (trace === undefined) return;
  const came = new Map(spans.spans(trace.id).map(({ spanId, forms }) => [spanId, forms[0]?.digest]));
  const missing = [...trace.digests.keys()].filter((spanId) => !came.has(spanId) && !trace.late.has(spanId));
  if (missing.length > 0) {
    tell(promised, `${name}: ${missing.length} of ${trace.digests.size} spans never came`);
  }
  // When it was first heard of, nobody can know beforehand.
  if (truth.undated) return;
  for (const [spanId, digest] of came) {
    const should = trace.digests.get(spanId);
    if (should === digest) continue;
    const what = should === undefined ? 'is none of its spans' : 'is not what an undisturbed run sends';
    tell('every repetition is byte-identical', `${name}: span ${spanId} ${what}`);
  }
}

/** Of what a vendor keeps nothing a webhook may still tell, for an hour after its end. */
export function mayAwaitWebhook({ fate, scenario }: Truth): boolean {
  return fate === 'empty' && scenario === 'zero-retention';
}

function checkRow(
  id: string,
  { truth, trace, promised }: Expected,
  row: Due | undefined,
  spans: SpanStore,
  tell: Tell,
): void {
  const name = `${truth.provider} ${id} (${truth.scenario})`;
  if (row === undefined && truth.unlisted) return;
  if (row === undefined) {
    tell(promised, `${name}: the ledger never saw it`);
    return;
  }
  if (row.state === 'due' && mayAwaitWebhook(truth)) return;
  const state = trace === undefined ? truth.fate : 'delivered';
  if (row.state !== state) {
    tell('the ledger agrees with the collector', `${name}: ${row.state} instead of ${state}, ${row.reason}`);
    return;
  }
  if (trace === undefined) return;
  const came = spans.spans(trace.id).map(({ spanId }) => spanId);
  if (row.sent?.traceId !== trace.id) {
    tell('the ledger agrees with the collector', `${name}: trace ${row.sent?.traceId}, not ${trace.id}`);
  }
  if (row.sent?.spans !== came.length) {
    tell(
      'the ledger agrees with the collector',
      `${name}: ${row.sent?.spans} spans in the ledger, ${came.length} came`,
    );
  }
  const late = came.filter((spanId) => trace.late.has(spanId)).sort();
  if (late.join() !== [...(row.sent?.late ?? [])].sort().join()) {
    tell('the ledger agrees with the collector', `${name}: other late spans than those that came`);
  }
}

async function checkTallies(
  file: string,
  ledger: Ledger,
  sources: Iterable<number>,
  tell: Tell,
): Promise<void> {
  const count = await rowCounter(file);
  try {
    for (const source of sources) {
      const tallies = await ledger.sources.tallies(source);
      for (const [state, number] of Object.entries(STATE)) {
        const rows = await count.of(source, number);
        if (rows === tallies[state as StateName]) continue;
        tell(
          'the ledger agrees with the collector',
          `source ${source}: ${rows} rows are ${state}, the tally says ${tallies[state as StateName]}`,
        );
      }
    }
  } finally {
    await count.close();
  }
}

interface RowCounter {
  of(source: number, state: number): Promise<number>;
  close(): Promise<void>;
}

/** Counts the rows themselves, past the ledger. */
async function rowCounter(place: string): Promise<RowCounter> {
  // Each engine marks parameters its own way; these are numbers.
  const where = (source: number, state: number) => `WHERE source = ${source} AND state = ${state}`;
  if (isServer(place)) {
    const client = new Client(place);
    return {
      async of(source, state) {
        const sql = `SELECT count(*) AS count FROM callspan.conversation ${where(source, state)}`;
        return Number((await client.session((session) => session.query(sql))).rows[0]?.count);
      },
      close: () => client.close(),
    };
  }
  const database = new Database(place, { readOnly: true });
  return {
    async of(source, state) {
      return Number(
        database.get(`SELECT count(*) AS count FROM conversation ${where(source, state)}`)?.count,
      );
    },
    async close() {
      database.close();
    },
  };
}
