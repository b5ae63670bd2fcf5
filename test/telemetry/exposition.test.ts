import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/metrics/observe.ts';
import { type OtlpMetrics, toOtlpMetrics } from '../../src/metrics/otlp.ts';
import { asksFor, type ExpositionFormat, exposition } from '../../src/telemetry/exposition.ts';
import { AT, SPAN, seen, seriesOf, TRACE, wait } from '../metrics/some-series.ts';

function requestsOf(observations: readonly Observation[]): Iterable<OtlpMetrics> {
  const teller = { instance: 'f00d', serviceName: 'callspan', resource: { 'k8s.pod.name': 'a"b\\c' } };
  return toOtlpMetrics(seriesOf(observations), { ...teller, now: AT });
}

function textOf(observations: readonly Observation[], format: ExpositionFormat): string {
  return [...exposition(requestsOf(observations), format)].join('');
}

const TARGET =
  'target_info{k8s_pod_name="a\\"b\\\\c",service_name="callspan",service_instance_id="f00d"} 1\n';
const LABELS = 'callspan_source="tavus",gen_ai_agent_id="p1",callspan_late="false"';

test('OpenMetrics is for those who ask for it', () => {
  expect(asksFor(undefined)).toBe('prometheus');
  expect(asksFor('text/plain;version=0.0.4;q=0.5,*/*;q=0.1')).toBe('prometheus');
  expect(asksFor('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2')).toBe('openmetrics');
});

describe('the text for Prometheus', () => {
  test('names metrics and labels as Prometheus names them when they are pushed', () => {
    const text = textOf(
      [seen('callspan.turns', 1), seen('callspan.cost', 0.25), seen('callspan.tokens', 12)],
      'prometheus',
    );
    expect(text).toBe(
      `# TYPE target_info gauge\n${TARGET}` +
        '# HELP callspan_turns_total User turns by what became of them\n' +
        '# TYPE callspan_turns_total counter\n' +
        `callspan_turns_total{${LABELS}} 1\n` +
        '# HELP callspan_cost_USD_total What conversations cost, as the vendor says\n' +
        '# TYPE callspan_cost_USD_total counter\n' +
        `callspan_cost_USD_total{${LABELS}} 0.25\n` +
        '# HELP callspan_tokens_total Tokens of language models\n' +
        '# TYPE callspan_tokens_total counter\n' +
        `callspan_tokens_total{${LABELS}} 12\n`,
    );
  });

  test('adds the buckets of a histogram up, and has no exemplars', () => {
    const text = textOf([wait(0.45), wait(0.9), wait(99)], 'prometheus');
    const lines = text.split('\n').filter((line) => line.startsWith('callspan_response_latency_seconds_'));
    const bucket = (le: string) => lines.find((line) => line.includes(`le="${le}"`))?.split('} ')[1];
    expect(['0.3', '0.5', '0.8', '1.0', '30.0', '+Inf'].map(bucket)).toEqual(['0', '1', '1', '2', '2', '3']);
    expect(lines.slice(-2)).toEqual([
      `callspan_response_latency_seconds_sum{${LABELS}} 100.35`,
      `callspan_response_latency_seconds_count{${LABELS}} 3`,
    ]);
    expect(text).not.toContain(TRACE);
  });

  test('keeps every series of a metric together, also where they come in several requests', () => {
    const other = { 'gen_ai.agent.id': 'p2', 'callspan.late': true };
    const first = requestsOf([seen('callspan.turns', 1), wait(1)]);
    const second = requestsOf([
      seen('callspan.turns', 1, other),
      seen('callspan.response.latency', 1, other),
    ]);
    const lines = [...exposition([...first, ...second], 'prometheus')].join('').split('\n');
    expect(lines.filter((line) => line.startsWith('# TYPE callspan_turns_total'))).toHaveLength(1);
    const names = lines.map((line) => /^callspan_\w+?(?=_bucket|_sum|_count|\{)/.exec(line)?.[0]);
    const runs = names.filter((name, index) => name !== undefined && name !== names[index - 1]);
    expect(runs).toEqual(['callspan_turns_total', 'callspan_response_latency_seconds']);
  });

  test('has a label for whatever a tool is called, and a line for each', () => {
    const named = (name: string) => seen('callspan.tool.calls', 1, { 'gen_ai.tool.name': name });
    const text = textOf([named('say "hi"'), named('a\nb'), named('c\\d')], 'prometheus');
    expect(text.match(/(?<=gen_ai_tool_name=").*(?=")/g)).toEqual(['say \\"hi\\"', 'a\\nb', 'c\\\\d']);
  });
});

describe('OpenMetrics', () => {
  test('says when a series began, so that its first values count', () => {
    expect(textOf([seen('callspan.turns', 1)], 'openmetrics')).toBe(
      `# TYPE target info\n${TARGET}` +
        '# HELP callspan_turns User turns by what became of them\n' +
        '# TYPE callspan_turns counter\n' +
        `callspan_turns_total{${LABELS}} 1\n` +
        `callspan_turns_created{${LABELS}} ${AT / 1_000 - 1}.999\n` +
        '# EOF\n',
    );
  });

  test('has units, and in each bucket the way to its latest wait', () => {
    const text = textOf([wait(0.45), wait(0.9)], 'openmetrics');
    expect(text).toContain('# UNIT callspan_response_latency_seconds seconds\n');
    const at = `${AT / 1_000}.000`;
    const buckets = text.split('\n').filter((line) => line.includes(TRACE));
    expect(buckets).toEqual([
      `callspan_response_latency_seconds_bucket{${LABELS},le="0.5"} 1 # {trace_id="${TRACE}",span_id="${SPAN}"} 0.45 ${at}`,
      `callspan_response_latency_seconds_bucket{${LABELS},le="1.0"} 2 # {trace_id="${TRACE}",span_id="${SPAN}"} 0.9 ${at}`,
    ]);
  });
});
