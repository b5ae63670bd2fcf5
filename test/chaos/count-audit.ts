import type { SeriesStore } from '../../sandbox/index.ts';
import type { Labels } from '../../src/metrics/observe.ts';
import { keyOf, type Series } from '../../src/metrics/series.ts';
import { type Expectation, totalsOf } from './expectation.ts';

/** The same number in the ledger, and at the collector as it was last told. */
export interface Counted {
  readonly ledger: readonly Series[];
  readonly collector: SeriesStore;
  readonly expectation: Expectation;
}

/** Compares the numbers with those of an undisturbed translation, and with the simulated vendors' truth. */
export function* miscounts({ ledger, collector, expectation }: Counted): Generator<string> {
  const expected = [...expectation.series.all];
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
  yield* mistold(expected, collector);
}

function* otherTotals(ledger: readonly Series[], expectation: Expectation): Generator<string> {
  const totals = totalsOf(ledger);
  const truth = expectation.totals();
  for (const name of new Set([...totals.keys(), ...truth.keys()])) {
    if (totals.get(name) !== truth.get(name))
      yield `${name}: ${totals.get(name)}, in truth ${truth.get(name)}`;
  }
}

/** What the collector was told last; that nothing it was told ever went down, it has seen to itself. */
function* mistold(expected: readonly Series[], collector: SeriesStore): Generator<string> {
  const told = new Map(
    expected.flatMap(({ metric }) =>
      collector.series(metric).map((one) => [keyOf(metric, one.attributes as Labels), one.last] as const),
    ),
  );
  for (const { metric, labels, count, sum, buckets } of expected) {
    const key = keyOf(metric, labels);
    const last = told.get(key);
    const isRight =
      buckets.length === 0
        ? last?.value === Number(sum) / 1e9
        : last?.count === Number(count) &&
          last.sum === Number(sum) / 1e9 &&
          last.buckets?.join() === buckets.join();
    if (!isRight) yield `${key}: the collector was told ${JSON.stringify(last)}`;
  }
}

function figures({ count, sum, buckets }: Series): string {
  return `count ${count}, sum ${sum}, buckets ${buckets.join(' ')}`;
}
