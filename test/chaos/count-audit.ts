import type { SeriesStore } from '../../sandbox/index.ts';
import type { MetricName } from '../../src/metrics/definitions.ts';
import type { Labels } from '../../src/metrics/observe.ts';
import { keyOf, type Series } from '../../src/metrics/series.ts';
import { type Expectation, totalsOf } from './expectation.ts';

/** The value of a series. */
type Count = Pick<Series, 'metric' | 'labels' | 'count' | 'sum'> & { readonly buckets: readonly number[] };

/** The same number in the ledger, and at the collector as it was last told. */
export interface Counted {
  readonly ledger: readonly Series[];
  readonly collector: SeriesStore;
  readonly expectation: Expectation;
  /** Some of those who counted had a wrong clock, and may have taken for late what was not, or the other way round. */
  readonly lateIsUncertain: boolean;
}

/** Compares the numbers with those of an undisturbed translation, and with the simulated vendors' truth. */
export function* miscounts(all: Counted): Generator<string> {
  const { collector, expectation, lateIsUncertain } = all;
  const comparable = lateIsUncertain ? whetherLateOrNot : (series: readonly Count[]) => series;
  const ledger = comparable(all.ledger);
  const expected = comparable([...expectation.series.all]);
  const counted = new Map(ledger.map((one) => [keyOf(one.metric, one.labels), one]));
  for (const one of expected) {
    const key = keyOf(one.metric, one.labels);
    const found = counted.get(key);
    counted.delete(key);
    if (found === undefined) yield `${key} is not in the ledger`;
    else if (figures(found) !== figures(one)) yield `${key}: ${figures(found)} instead of ${figures(one)}`;
  }
  for (const key of counted.keys()) yield `${key} should not be in the ledger`;
  yield* otherTotals(ledger, expectation);
  const told = [...new Set(expected.map(({ metric }) => metric))].flatMap((metric) =>
    collector.series(metric).map((one) => asCounted(metric, one)),
  );
  yield* mistold(expected, comparable(told));
}

function* otherTotals(ledger: readonly Count[], expectation: Expectation): Generator<string> {
  const totals = totalsOf(ledger);
  const truth = expectation.totals();
  for (const name of new Set([...totals.keys(), ...truth.keys()])) {
    if (totals.get(name) !== truth.get(name))
      yield `${name}: ${totals.get(name)}, in truth ${truth.get(name)}`;
  }
}

/** What the collector was told last; that nothing it was told ever went down, it has seen to itself. */
function* mistold(expected: readonly Count[], told: readonly Count[]): Generator<string> {
  const last = new Map(told.map((one) => [keyOf(one.metric, one.labels), one]));
  for (const one of expected) {
    const key = keyOf(one.metric, one.labels);
    const found = last.get(key);
    // A sum is told without the number of its parts.
    const isRight =
      one.buckets.length === 0
        ? found?.sum === one.sum
        : found !== undefined && figures(found) === figures(one);
    if (!isRight)
      yield `${key}: the collector was told ${found === undefined ? 'nothing' : figures(found)} instead of ${figures(one)}`;
  }
}

/** What a collector was told last, as it is counted: in whole billionths. */
function asCounted(
  metric: MetricName,
  { attributes, last }: ReturnType<SeriesStore['series']>[number],
): Count {
  const { value, count = 0, sum = value ?? 0, buckets = [] } = last;
  const labels = attributes as Labels;
  return { metric, labels, count: BigInt(count), sum: BigInt(Math.round(sum * 1e9)), buckets };
}

/** Those that differ in nothing but whether they are of late conversations, as one. */
function whetherLateOrNot(all: readonly Count[]): Count[] {
  const together = new Map<string, Count>();
  for (const { metric, labels: given, count, sum, buckets } of all) {
    const { 'callspan.late': _, ...labels } = given;
    const key = keyOf(metric, labels);
    const known = together.get(key) ?? { count: 0n, sum: 0n, buckets: [] };
    together.set(key, {
      ...{ metric, labels, count: known.count + count, sum: known.sum + sum },
      buckets: buckets.map((own, place) => own + (known.buckets[place] ?? 0)),
    });
  }
  return [...together.values()];
}

function figures({ count, sum, buckets }: Count): string {
  return `count ${count}, sum ${sum}, buckets ${buckets.join(' ')}`;
}
