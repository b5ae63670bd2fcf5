import { describe, expect, it } from 'vitest';
import { type Call, countedWaits, type Provider, simulateCall, truth } from '../../sandbox/index.ts';
import { LATENCY_BOUNDARIES, type MetricName } from '../../src/metrics/definitions.ts';
import { type Labels, observe } from '../../src/metrics/observe.ts';
import { type Series, SeriesBook } from '../../src/metrics/series.ts';
import { ELEVENLABS_ROADS, payloadOn, translatePayload } from '../trace/sandbox-calls.ts';

const CALLS = 300;
const AT = Date.UTC(2026, 10, 20);

/** Everything that is exported of `CALLS` conversations, as the ledger adds it up. */
function numbersOf(
  provider: Provider,
  road: (typeof ELEVENLABS_ROADS)[number],
): { calls: Call[]; book: SeriesBook } {
  const calls: Call[] = [];
  const book = new SeriesBook([]);
  for (let index = 0; index < CALLS; index++) {
    const call = simulateCall({ provider, seed: 900, index, startAt: AT - 86_400_000 });
    const told = truth(call);
    if (told.fate !== 'exported') continue;
    const translated = translatePayload(provider, payloadOn(road, call), told.id);
    if (translated === undefined) throw new Error(`${told.id} was not translated`);
    const { conversation, waitIds } = translated;
    const deliveredAt = conversation.end + 60_000_000_000n;
    book.add(observe(conversation, { source: provider, waitIds, deliveredAt }), AT);
    calls.push(call);
  }
  return { calls, book };
}

function seriesOf(book: SeriesBook, metric: MetricName): Series[] {
  return [...book.all].filter((series) => series.metric === metric);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** In whole nanoseconds, so that sums can be equal. */
function nanos(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e9));
}

/** How many conversations' worth of something each agent has. */
function byAgent(waits: readonly { agent: { id: string }; seconds: number }[]): Map<unknown, number[]> {
  const found = new Map<unknown, number[]>();
  for (const { agent, seconds } of waits) found.set(agent.id, [...(found.get(agent.id) ?? []), seconds]);
  return found;
}

const WAYS = [
  ...ELEVENLABS_ROADS.map((road) => ['elevenlabs', road] as const),
  // The others have a transcript alone.
  ['tavus', 'with a trace'] as const,
  ['retell', 'with a trace'] as const,
  ['vapi', 'with a trace'] as const,
];

describe.each(WAYS)('the numbers of %s, %s', (provider, road) => {
  const { calls, book } = numbersOf(provider, road);
  const truths = calls.map(truth);
  const sum = (of: (told: (typeof truths)[number]) => number) => total(truths.map(of));

  it('have no wait in them that nobody felt: count, sum and every bucket, agent by agent', () => {
    const felt = byAgent(truths.flatMap(countedWaits));
    const series = seriesOf(book, 'callspan.response.latency');
    const agents = new Set(series.map(({ labels }) => labels['gen_ai.agent.id']));
    expect(agents).toEqual(new Set(felt.keys()));
    for (const [agent, waits] of felt) {
      const own = series.filter(({ labels }) => labels['gen_ai.agent.id'] === agent);
      expect(total(own.map(({ count }) => Number(count)))).toBe(waits.length);
      expect(own.reduce((all, one) => all + one.sum, 0n)).toBe(
        waits.reduce((all, one) => all + nanos(one), 0n),
      );
      const buckets = LATENCY_BOUNDARIES.map((_, place) => total(own.map((one) => one.buckets[place] ?? 0)));
      expect(buckets).toEqual(
        LATENCY_BOUNDARIES.map(
          (boundary, place) =>
            waits.filter((wait) => wait <= boundary && wait > (LATENCY_BOUNDARIES[place - 1] ?? -1)).length,
        ),
      );
    }
  });

  it('have every phase of those waits, and no other', () => {
    const phases = truths.flatMap((told) => [
      ...told.waits.flatMap((wait) => wait.phases),
      ...(told.unplaced?.phases ?? []),
    ]);
    const series = seriesOf(book, 'callspan.phase.latency');
    const names = new Set(series.map(({ labels }) => labels['callspan.phase']));
    expect(names).toEqual(new Set(phases.map(({ name }) => name)));
    for (const name of names) {
      const own = series.filter(({ labels }) => labels['callspan.phase'] === name);
      const lengths = phases.filter((phase) => phase.name === name).map(({ seconds }) => nanos(seconds));
      expect(total(own.map(({ count }) => Number(count)))).toBe(lengths.length);
      expect(own.reduce((all, one) => all + one.sum, 0n)).toBe(lengths.reduce((all, one) => all + one, 0n));
    }
  });

  it.each(['answered', 'unanswered', 'overlapped', 'interrupted'] as const)(
    'count the turns that were %s',
    (answer) => {
      const series = seriesOf(book, 'callspan.turns').filter(
        ({ labels }) => labels['callspan.answer'] === answer,
      );
      expect(counted(series)).toBe(sum(({ userTurns }) => userTurns[answer]));
    },
  );

  it('count every call of a tool by its name and error, what workflows called in turn included', () => {
    const calls = tally(
      truths.flatMap(({ tools }) => tools.map(({ name, error }) => [name, error] as const)),
    );
    expect(tallied(seriesOf(book, 'callspan.tool.calls'), 'gen_ai.tool.name', 'error.type')).toEqual(calls);
    const measured = truths.flatMap(({ tools }) => tools.filter(({ seconds }) => seconds !== undefined));
    expect(total(seriesOf(book, 'callspan.tool.duration').map(({ count }) => Number(count)))).toBe(
      measured.length,
    );
  });

  it('count how conversations ended, and what they were judged', () => {
    const outcomes = tally(truths.map(({ outcome }) => [outcome ?? '', undefined] as const));
    expect(tallied(seriesOf(book, 'callspan.conversations'), 'callspan.outcome')).toEqual(outcomes);
    const judged = tally(truths.flatMap(({ evaluations }) => Object.entries(evaluations)));
    expect(
      tallied(
        seriesOf(book, 'callspan.evaluations'),
        'gen_ai.evaluation.name',
        'gen_ai.evaluation.score.label',
      ),
    ).toEqual(judged);
  });
});

/** Of counters: they are kept in 1e-9 units. */
function counted(series: readonly Series[]): number {
  return Number(series.reduce((all, one) => all + one.sum, 0n) / 1_000_000_000n);
}

function tally(keys: readonly (readonly [string, string | undefined])[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key.join(' ')] = (counts[key.join(' ')] ?? 0) + 1;
  return counts;
}

function tallied(series: readonly Series[], name: string, second?: string): Record<string, number> {
  const labelled = (labels: Labels) =>
    [labels[name], second === undefined ? undefined : labels[second]].join(' ');
  const counts: Record<string, number> = {};
  for (const one of series) {
    counts[labelled(one.labels)] = (counts[labelled(one.labels)] ?? 0) + counted([one]);
  }
  return counts;
}
