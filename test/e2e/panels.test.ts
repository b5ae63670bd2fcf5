import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { METRICS } from '../../src/metrics/definitions.ts';
import { BRIDGE_PANELS } from '../grafana/bridge-panels.ts';
import { CONVERSATION_PANELS } from '../grafana/conversation-panels.ts';
import type { Sample, World } from '../grafana/expected.ts';
import { feedNumbers, feedOwn, type Mutation, someOwnValues } from '../grafana/feed.ts';
import { MUTATIONS } from '../grafana/mutations.ts';
import { interpolate, type PanelQuery, promqlOf, readDashboards } from '../grafana/panel.ts';
import { Prometheus } from '../grafana/prometheus.ts';
import { prepared, shown, sorted } from '../grafana/shown.ts';
import { plainSpans, sendSpans } from '../grafana/spans.ts';
import type { Truth } from '../grafana/truth.ts';
import { someTruths } from '../grafana/truths.ts';
import { type Stack, startStack } from './stack.ts';

/** Panels that show the collector; their truth is what the collector says itself. */
const COLLECTOR_PANELS = ['callspan: Queues', 'callspan: Spans in and out', 'callspan: Refused and lost'];

const DASHBOARDS = readDashboards();
const QUERIES = promqlOf(DASHBOARDS.values());
const EXPECTED: Readonly<Record<string, (world: World) => Sample[]>> = {
  ...prefixed('Conversations', CONVERSATION_PANELS),
  ...prefixed('callspan', BRIDGE_PANELS),
};

let dir: string;
let stack: Stack;
let prometheus: Prometheus;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'callspan-panels-'));
  stack = await startStack({
    ...{ dir, jaeger: false, prometheus: true },
    settings: { COLLECTOR_QUEUE_SPANS: '100' },
  });
  prometheus = new Prometheus(stack.prometheusApi);
});
afterAll(async () => {
  await stack.stop();
  await rm(dir, { recursive: true });
});

/**
 * Brings conversations into a stack, and waits until their numbers are in Prometheus.
 * @returns what is true of them.
 */
async function feed(target: Stack, source: string, mutate?: Mutation): Promise<Truth[]> {
  const truths = someTruths(source);
  const now = Date.now();
  await feedNumbers(target, truths, { now, ...(mutate === undefined ? {} : { mutate }) });
  await feedOwn(target, someOwnValues(source), now);
  await vi.waitFor(async () => expect(await prometheus.query(arrived(source))).toHaveLength(1), {
    ...{ timeout: 600_000, interval: 200 },
  });
  return truths;
}

/** Told last, so everything else is there. */
function arrived(source: string): string {
  return `callspan_lag_seconds{callspan_source="${source}"}`;
}

describe('every PromQL panel', () => {
  let world: World;
  beforeAll(async () => {
    const truths = await feed(stack, 'plain');
    world = worldOf('plain', truths);
  });

  test('is known here', () => {
    const known = QUERIES.filter(({ panel }) => !COLLECTOR_PANELS.includes(panel)).map(({ name }) => name);
    expect(Object.keys(EXPECTED).sort()).toEqual(known.sort());
  });

  test.each(QUERIES.filter(({ panel }) => !COLLECTOR_PANELS.includes(panel)))('$name', async (query) => {
    expect(await showing(query, 'plain')).toEqual(sorted(EXPECTED[query.name]?.(world) ?? []));
  });

  test('shows a backfill only when it is asked for', async () => {
    const conversations = queryOf('Conversations: Conversations A');
    const value = async (late: string) => (await showing(conversations, 'plain', { late }))[0]?.value;
    expect(await value('true')).toBe(world.late.length);
    expect(await value('.*')).toBe(world.late.length + world.truths.length);
  });

  test('shows the same after every export was sent a second time', async () => {
    const conversations = queryOf('Conversations: Conversations A');
    const at = await prometheus.lastSample('callspan_conversations_total{callspan_source="plain"}');
    const now = Math.round(at * 1_000) + 1;
    await feedNumbers(stack, someTruths('plain'), { now });
    await vi.waitFor(
      async () => {
        const latest = await prometheus.lastSample('callspan_conversations_total{callspan_source="plain"}');
        expect(latest).toBeGreaterThan(at);
      },
      { timeout: 600_000, interval: 200 },
    );
    expect(await showing(conversations, 'plain')).toEqual([{ labels: {}, value: world.truths.length }]);
  });
});

describe('the variables of the dashboards', () => {
  const offered = async (name: string, chosen: Record<string, string> = {}) => {
    const variable = DASHBOARDS.get('conversations.json')?.templating.list.find((each) => each.name === name);
    const { query } = Object(variable?.query);
    const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    const variables = { source: 'plain', provider: '.*', agent: '.*', ...chosen };
    return prometheus.labelValues(interpolate(selector, variables), label);
  };

  test('offer what there is', async () => {
    expect(await offered('source')).toContain('plain');
    expect(await offered('provider')).toEqual(['elevenlabs', 'tavus']);
    expect(await offered('agent')).toEqual(['anna', 'pal-7']);
    expect(await offered('version')).toEqual(['v1', 'v2']);
  });

  test('offer only what goes with what was chosen before', async () => {
    expect(await offered('agent', { provider: 'tavus' })).toEqual(['pal-7']);
    expect(await offered('version', { agent: 'pal-7' })).toEqual(['v1']);
  });
});

describe('exemplars', () => {
  test('lead from the felt latency to the trace and the span of a wait', async () => {
    const query = queryOf('Conversations: Felt latency, percentiles B');
    const exemplars = await prometheus.exemplars(prepared(query, 'plain'));
    expect(exemplars.length).toBeGreaterThan(0);
    for (const { labels } of exemplars) {
      expect(labels).toEqual({
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
    }
  });
});

describe('a name that only one side changes is noticed', () => {
  test.each(MUTATIONS)('$from → $to by $panel', async ({ from, to, panel }) => {
    const source = `mutant-${MUTATIONS.findIndex((mutation) => mutation.from === from)}`;
    const truths = await feed(stack, source, (payload) => payload.replaceAll(`"${from}"`, `"${to}"`));
    const query = queryOf(`Conversations: ${panel}`);
    expect(await showing(query, source)).not.toEqual(
      sorted(EXPECTED[query.name]?.(worldOf(source, truths)) ?? []),
    );
  });

  test('the overflow of metrics', async () => {
    const late = '{"key":"callspan.late","value":{"boolValue":false}}';
    const overflow = '{"key":"otel.metric.overflow","value":{"boolValue":true}}';
    await feed(stack, 'overflow', (payload) => payload.replaceAll(late, overflow));
    expect(await showing(queryOf('callspan: Overflowing metrics A'), 'overflow')).toEqual([
      { labels: {}, value: Object.keys(METRICS).length },
    ]);
  });
});

/** The collector is its own truth: what it was sent, what its queues hold, and what it said about it. */
describe('the panels about the collector', () => {
  const sample = (exporter: string, value: number, more = {}) => ({ labels: { exporter, ...more }, value });
  const showingNow = async (name: string, series: string) =>
    shown(prometheus, queryOf(name), { source: '.*', at: await prometheus.lastSample(series) });
  const until = (series: string, value: number) =>
    vi.waitFor(
      async () => expect(await prometheus.query(`max(${series})`)).toEqual([{ labels: {}, value }]),
      {
        ...{ timeout: 600_000, interval: 500 },
      },
    );
  const REFUSED = 'otelcol_receiver_refused_spans';

  beforeAll(async () => {
    // Five spans are lost for good, sixty fill the queue, and for sixty more there is no room.
    stack.tempo.block(400);
    await sendSpans(stack, plainSpans(5));
    await until('otelcol_exporter_send_failed_spans', 5);
    stack.tempo.block(503);
    await sendSpans(stack, plainSpans(60));
    await expect(sendSpans(stack, plainSpans(60))).rejects.toThrow('sending queue is full');
    await until(REFUSED, 60);
  });

  test('Queues: how full they are', async () => {
    expect(await showingNow('callspan: Queues A', REFUSED)).toEqual(
      sorted([
        sample('otlp_http/jaeger', 0.65, { data_type: 'traces' }),
        sample('otlp_http/prometheus', 0, { data_type: 'metrics' }),
        sample('otlp_http/tempo', 0.6, { data_type: 'traces' }),
      ]),
    );
  });

  test('Refused and lost: what was refused, had no room, and was given up', async () => {
    expect(await showingNow('callspan: Refused and lost A', REFUSED)).toEqual([
      { labels: { receiver: 'otlp' }, value: 60 },
    ]);
    expect(await showingNow('callspan: Refused and lost B', REFUSED)).toEqual([
      sample('otlp_http/jaeger', 60),
      sample('otlp_http/tempo', 60),
    ]);
    expect(await showingNow('callspan: Refused and lost C', REFUSED)).toEqual([sample('otlp_http/tempo', 5)]);
  });

  test('Spans in and out: what was taken, and what was passed on', async () => {
    stack.tempo.unblock();
    await until('otelcol_exporter_sent_spans', 60);
    const SENT = 'otelcol_exporter_sent_spans';
    const [taken] = await showingNow('callspan: Spans in and out A', SENT);
    expect(taken?.labels).toEqual({ receiver: 'otlp' });
    // A rate is projected from the samples that there are: of 65 spans at least those that came after the first.
    expect(taken?.value).toBeGreaterThanOrEqual(Number((60 / 3_600).toPrecision(10)));
    expect(taken?.value).toBeLessThanOrEqual(65 / 3_600 + 1e-9);
    expect(await showingNow('callspan: Spans in and out B', SENT)).toEqual([
      sample('otlp_http/tempo', Number((60 / 3_600).toPrecision(10))),
    ]);
  });
});

function queryOf(name: string): PanelQuery {
  const query = QUERIES.find((each) => each.name === name);
  if (query === undefined) throw new Error(`There is no query ${name}`);
  return query;
}

async function showing(query: PanelQuery, source: string, variables: Record<string, string> = {}) {
  return shown(prometheus, query, { source, at: await prometheus.lastSample(arrived(source)), variables });
}

function worldOf(source: string, all: readonly Truth[]): World {
  return {
    truths: all.filter(({ late }) => !late),
    late: all.filter(({ late }) => late),
    own: someOwnValues(source),
  };
}

function prefixed<Value>(dashboard: string, panels: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(panels).map(([name, value]) => [`${dashboard}: ${name}`, value]));
}
