import { definitionOf, METRICS, type MetricName } from '../../src/metrics/definitions.ts';
import { type InstrumentKey, instrumentOf } from '../../src/telemetry/instruments.ts';

/**
 * What callspan's metrics and attributes are called once Prometheus has taken them in over OTLP with the
 * translation strategy UnderscoreEscapingWithSuffixes, which config/prometheus.yml asks for.
 */

/** Units that become part of the name; things that are counted, `{turn}`, do not. */
const SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes', USD: '_USD' };

/** The Prometheus name of a number about conversations; of a histogram without `_bucket`, `_sum` or `_count`. */
export function numberName(name: MetricName): string {
  const { kind, unit } = definitionOf(name);
  return prometheusName(name, kind, unit);
}

/** The Prometheus name of a number about callspan itself. */
export function instrumentName(key: InstrumentKey): string {
  const { name, kind, unit } = instrumentOf(key);
  return prometheusName(name, kind, unit);
}

function prometheusName(name: string, kind: string, unit: string): string {
  const total = kind.endsWith('counter') ? '_total' : '';
  return `${label(name)}${SUFFIXES[unit] ?? ''}${total}`;
}

/** The label that an attribute becomes. */
export function label(attribute: string): string {
  return attribute.replaceAll('.', '_');
}

/** What tells one agent from another: every alert about conversations is about one of them. */
export const AGENT: readonly string[] = ['callspan.source', 'gen_ai.provider.name', 'gen_ai.agent.id'].map(
  label,
);
export const VERSION = label('gen_ai.agent.version');
export const SOURCE = label('callspan.source');
export const PROVIDER = label('gen_ai.provider.name');
export const AGENT_ID = label('gen_ai.agent.id');
export const AGENT_NAME = label('gen_ai.agent.name');
export const LATE = label('callspan.late');
export const OUTCOME = label('callspan.outcome');
export const PHASE = label('callspan.phase');
export const ANSWER = label('callspan.answer');
export const TOOL = label('gen_ai.tool.name');
export const EVALUATION = label('gen_ai.evaluation.name');
export const EVALUATION_LABEL = label('gen_ai.evaluation.score.label');
export const ERROR = label('error.type');
export const MODEL = label('gen_ai.request.model');
export const TOKEN_TYPE = label('gen_ai.token.type');
export const RESULT = label('callspan.result');
export const STATUS_CODE = label('http.response.status_code');
export const OVERFLOW = label('otel.metric.overflow');

/** The numbers about conversations, in Prometheus' names. */
export const NUMBER = {
  conversations: numberName('callspan.conversations'),
  agents: numberName('callspan.agents'),
  duration: numberName('callspan.conversation.duration'),
  response: numberName('callspan.response.latency'),
  phase: numberName('callspan.phase.latency'),
  join: numberName('callspan.join.latency'),
  turns: numberName('callspan.turns'),
  toolCalls: numberName('callspan.tool.calls'),
  toolDuration: numberName('callspan.tool.duration'),
  evaluations: numberName('callspan.evaluations'),
  tokens: numberName('callspan.tokens'),
  cost: numberName('callspan.cost'),
} as const;

/**
 * Whether a histogram of the numbers has this boundary, in seconds. Shares over a boundary are exact; over anything
 * else they would be guessed.
 */
export function isBoundary(name: MetricName, seconds: number): boolean {
  return definitionOf(name).boundaries?.includes(seconds) ?? false;
}

/** Histograms of latencies share their boundaries; these are those of the felt latency. */
export const LATENCY: readonly number[] = METRICS['callspan.response.latency'].boundaries;
