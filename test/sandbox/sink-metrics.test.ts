import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type Sink, startSink } from '../../sandbox/index.ts';

const START = '1700000000000000000';
const TIME = '1700000060000000000';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

let sink: Sink;

beforeEach(async () => {
  sink = await startSink();
});

afterEach(() => sink.close());

function point(value: number, more: Json = {}): Json {
  return {
    attributes: [{ key: 'callspan.outcome', value: { stringValue: 'completed' } }],
    startTimeUnixNano: START,
    timeUnixNano: TIME,
    asDouble: value,
    ...more,
  };
}

function sum(points: Json[], more: Json = {}): Json {
  const data = { dataPoints: points, aggregationTemporality: 2, isMonotonic: true, ...more };
  return { name: 'callspan.conversations', unit: '{conversation}', sum: data };
}

function bars(buckets: unknown[], more: Json = {}, metric: Json = {}): Json {
  const { asDouble: _, ...common } = point(0);
  const total = buckets.reduce<number>((all, one) => all + Number(one), 0);
  const data = {
    ...common,
    count: String(total),
    sum: 3.5,
    bucketCounts: buckets,
    explicitBounds: [0.5, 1],
    ...more,
  };
  return {
    name: 'callspan.response.latency',
    unit: 's',
    histogram: { dataPoints: [data], aggregationTemporality: 2, ...metric },
  };
}

async function send(...metrics: Json[]): Promise<{ status: number; message: string | undefined }> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'callspan' } }] };
  const body = JSON.stringify({
    resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'callspan' }, metrics }] }],
  });
  const response = await fetch(sink.metricsUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const answer = (await response.json()) as Json;
  return { status: response.status, message: answer.message as string | undefined };
}

describe('metrics in the sink', () => {
  it('have a last value and a history', async () => {
    await send(sum([point(1)]), bars(['1', '0', '1']));
    await send(
      sum([point(4, { timeUnixNano: '1700000120000000000' })]),
      bars([2, 0, 1], { timeUnixNano: '1700000120000000000' }),
    );

    const counted = sink.metrics.one('callspan.conversations', { 'callspan.outcome': 'completed' });
    expect(counted).toMatchObject({
      kind: 'sum',
      unit: '{conversation}',
      isMonotonic: true,
      resource: { 'service.name': 'callspan' },
    });
    expect(counted?.history.map((each) => each.value)).toEqual([1, 4]);
    expect(counted?.last.value).toBe(4);
    expect(sink.metrics.one('callspan.response.latency')?.last).toMatchObject({
      count: 3,
      sum: 3.5,
      buckets: [2, 0, 1],
      bounds: [0.5, 1],
    });
    expect(sink.violations).toEqual([]);
  });

  it('are one series for each set of attributes, whatever their order', async () => {
    const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const both = [attribute('a', '1'), attribute('b', '2')];
    await send(sum([point(1, { attributes: both }), point(5, { attributes: [attribute('a', '2')] })]));
    await send(sum([point(2, { attributes: both.toReversed() })]));
    expect(sink.metrics.series('callspan.conversations')).toHaveLength(2);
    expect(sink.metrics.total('callspan.conversations')).toBe(7);
    expect(sink.metrics.total('callspan.conversations', { b: '2' })).toBe(2);
    expect(sink.metrics.one('callspan.conversations')).toBeUndefined();
    expect(
      sink.metrics.matching('callspan.conversations', { a: '2' }).map((each) => each.last.value),
    ).toEqual([5]);
  });

  it('carry exemplars that lead to a span', async () => {
    const exemplar = {
      timeUnixNano: TIME,
      asDouble: 0.7,
      traceId: TRACE,
      spanId: SPAN,
      filteredAttributes: [],
    };
    expect((await send(bars([0, 1, 0], { exemplars: [exemplar] }))).status).toBe(200);
    expect(sink.metrics.one('callspan.response.latency')?.last.exemplars).toEqual([exemplar]);
  });

  it.each<[string, Json]>([
    ['aggregationTemporality must be 2 (cumulative)', sum([point(1)], { aggregationTemporality: 1 })],
    ['isMonotonic must be a boolean', sum([point(1)], { isMonotonic: undefined })],
    ['must have exactly one kind of data', { name: 'x' }],
    ['must have exactly one kind of data', { ...sum([point(1)]), gauge: { dataPoints: [] } }],
    ['name must be a string that is not empty', { ...sum([]), name: '' }],
    ['must have exactly one of asDouble and asInt', sum([point(1, { asInt: '1' })])],
    ['must have exactly one of asDouble and asInt', sum([point(1, { asDouble: null })])],
    ['startTimeUnixNano must be a string', sum([point(1, { startTimeUnixNano: undefined })])],
    ['was observed before it started', sum([point(1, { timeUnixNano: '1' })])],
    ['comes twice in one request', sum([point(1), point(2)])],
    ['attributes[0].value must be an object', sum([point(1, { attributes: [{ key: 'a' }] })])],
    ['has 2 in its buckets and a count of 3', bars([1, 1, 0], { count: 3 })],
    ['must have one bucket more than bounds', bars([1, 1])],
    ['explicitBounds[1] must be a number above', bars([1, 0, 0], { explicitBounds: [1, 1] })],
    ['bucketCounts must be whole numbers', bars([1, '-1', 0], { count: 1 })],
    ['sum must be a finite number', bars([1, 0, 0], { sum: null })],
    [
      'exemplars[0].traceId must be 32',
      bars([1, 0, 0], { exemplars: [{ timeUnixNano: TIME, asDouble: 1, spanId: SPAN }] }),
    ],
    ['exemplars[0].timeUnixNano must be', bars([1, 0, 0], { exemplars: [{ asDouble: 1 }] })],
    ['exemplars[0] must have exactly one of', bars([1, 0, 0], { exemplars: [{ timeUnixNano: TIME }] })],
    ['exponential is no field of OTLP', bars([1, 0, 0], { exponential: 1 })],
  ])('are refused where %s …', async (sentence, metric) => {
    const { status, message } = await send(metric);
    expect(status).toBe(400);
    expect(message).toContain(sentence);
    expect(sink.violations.join('\n')).toContain(sentence);
  });

  it('are refused where a cumulative series goes down, unless it starts anew', async () => {
    await send(sum([point(5)]), bars([2, 2, 0]));
    const later = '1700000180000000000';
    expect((await send(sum([point(4)]))).message).toContain('went down without a new start');
    expect((await send(bars([3, 1, 0]))).message).toContain('went down without a new start');
    expect((await send(sum([point(1, { startTimeUnixNano: TIME, timeUnixNano: later })]))).status).toBe(200);
    expect((await send(sum([point(9, { startTimeUnixNano: TIME, timeUnixNano: TIME })]))).message).toContain(
      'went back in time',
    );
  });

  it('may go down where they are gauges', async () => {
    const gauge = (value: number) => ({ name: 'callspan.backlog', gauge: { dataPoints: [point(value)] } });
    await send(gauge(5));
    expect((await send(gauge(2))).status).toBe(200);
    expect(sink.metrics.one('callspan.backlog')?.history.map((each) => each.value)).toEqual([5, 2]);
  });

  it('can be rejected in part', async () => {
    sink.faults.add({ route: 'metrics', fault: { kind: 'partial-success', rejected: 2, message: 'no' } });
    const body = JSON.stringify({ resourceMetrics: [] });
    const response = await fetch(sink.metricsUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedDataPoints: '2', errorMessage: 'no' },
    });
  });
});
