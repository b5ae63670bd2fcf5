import { COLLECTOR } from '../../grafana/src/collector-alerts.ts';
import { AGENT, instrumentName, label, NUMBER, numberName } from '../../grafana/src/metric.ts';
import { RECORDED } from '../../grafana/src/recording.ts';
import { METRICS, type MetricName } from '../../src/metrics/definitions.ts';
import { INSTRUMENTS, type InstrumentKey } from '../../src/telemetry/instruments.ts';

/** What a PromQL expression speaks of. Prometheus itself says whether it can be read; here it is about names. */

/** Names of metrics, and of the series that a histogram is made of. */
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(METRICS).flatMap((name) =>
    series(numberName(name as MetricName), METRICS[name as MetricName].kind),
  ),
  ...Object.keys(INSTRUMENTS).flatMap((key) =>
    series(instrumentName(key as InstrumentKey), INSTRUMENTS[key as InstrumentKey].kind),
  ),
  ...Object.values(COLLECTOR),
  'up',
]);

/** Attributes that become labels. */
const LABELS: ReadonlySet<string> = new Set([
  ...AGENT,
  ...[
    'gen_ai.agent.version',
    'callspan.late',
    'callspan.outcome',
    'callspan.phase',
    'callspan.answer',
    'gen_ai.agent.name',
  ].map(label),
  ...['callspan.result', 'gen_ai.tool.name', 'gen_ai.request.model', 'gen_ai.token.type'].map(label),
  ...['gen_ai.evaluation.name', 'gen_ai.evaluation.score.label'].map(label),
  ...['error.type', 'http.response.status_code', 'otel.metric.overflow'].map(label),
]);

function series(name: string, kind: string): string[] {
  return kind === 'histogram' ? ['_bucket', '_count', '_sum'].map((suffix) => name + suffix) : [name];
}

/** The metrics of an expression: those that callspan and its collector have, and names that nobody has. */
export function metricsIn(expr: string): { known: string[]; unknown: string[] } {
  const bare = expr.replaceAll(/"[^"]*"/g, '""');
  const names = [...bare.matchAll(/(?<![\w:])(?:agent:)?(?:callspan|otelcol|gen_ai)_[\w:]+|\bup\b/g)].map(
    ([name]) => name,
  );
  const metrics = names.filter((name) => !LABELS.has(name));
  return {
    known: metrics.filter(isKnown),
    unknown: metrics.filter((name) => !isKnown(name)),
  };
}

function isKnown(name: string): boolean {
  const [, over] = /(\d+[smhd])$/.exec(name) ?? [];
  return (
    KNOWN.has(name) || (over !== undefined && Object.values(RECORDED).some((record) => record(over) === name))
  );
}

/** Every length in seconds with which an expression compares the values of a histogram. */
export function thresholdsIn(expr: string): { metric: MetricName; seconds: number }[] {
  return [...expr.matchAll(/(callspan_\w+)_bucket\{[^}]*\ble=~"([^"]+)"/g)].map(([, name = '', le = '']) => {
    const metric = Object.keys(METRICS).find((each) => numberName(each as MetricName) === name);
    if (metric === undefined) throw new Error(`${name} is none of callspan's histograms`);
    const [first = ''] = le.split('|');
    return { metric: metric as MetricName, seconds: Number(first.replace('[.]', '.')) };
  });
}

/** Numbers about conversations that an expression asks for without leaving out those that came late. */
export function askedLate(expr: string): string[] {
  const names = Object.values(NUMBER).map((name) => name.replace(/_total$/, ''));
  return [...expr.matchAll(/(?<![\w:])(callspan_\w+)(?:\{([^}]*)\})?/g)]
    .filter(([, name = '']) => names.some((number) => name.startsWith(number)) && !LABELS.has(name))
    .filter(([, , matchers = '']) => !matchers.includes('callspan_late="false"'))
    .map(([whole]) => whole);
}
