import type { MetricName } from '../../src/metrics/definitions.ts';
import type { Labels, Observation } from '../../src/metrics/observe.ts';
import { type Series, SeriesBook } from '../../src/metrics/series.ts';

export const AT = Date.UTC(2026, 0, 1, 12);
export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const SPAN = 'b7ad6b7169203331';

export const AGENT: Labels = { 'callspan.source': 'tavus', 'gen_ai.agent.id': 'p1', 'callspan.late': false };

/** One value of one metric, in the metric's unit. */
export function seen(
  metric: MetricName,
  value: number,
  labels: Labels = AGENT,
  exemplar?: Observation['exemplar'],
): Observation {
  const nanos = BigInt(Math.round(value * 1e9));
  return { metric, labels, value: nanos, ...(exemplar === undefined ? {} : { exemplar }) };
}

/** A wait of so many seconds, with an exemplar that leads to `SPAN`. */
export function wait(seconds: number, spanId = SPAN): Observation {
  return seen('callspan.response.latency', seconds, AGENT, { traceId: TRACE, spanId });
}

/** The series that these observations make, all made at the same moment. */
export function seriesOf(observations: readonly Observation[], at = AT): Series[] {
  const book = new SeriesBook([]);
  book.add(observations, at);
  return [...book.all];
}
