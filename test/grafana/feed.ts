import { type Observation, observe } from '../../src/metrics/observe.ts';
import { type OtlpMetrics, toOtlpMetrics } from '../../src/metrics/otlp.ts';
import { SeriesBook } from '../../src/metrics/series.ts';
import { ATTRIBUTE, INSTRUMENTS, type InstrumentKey, instrumentOf } from '../../src/telemetry/instruments.ts';
import { encodeAttributes } from '../../src/trace/otlp-value.ts';
import { conversationOf, waitIdsOf } from './conversation.ts';
import type { Truth } from './truth.ts';

/** Changes what is sent on its way: a name that somebody changed on one side only. */
export type Mutation = (payload: string) => string;

/** Where numbers go: the part of a stack that a feed needs. */
export interface Receiver {
  /** Base URL of the collector's OTLP/HTTP receiver. */
  readonly otlpHttp: string;
}

/** Milliseconds between two exports of a feed. */
const STEP_MS = 20_000;

/**
 * Sends the numbers of conversations to a collector as callspan exports them, in three exports: begun at the first,
 * the last at `now`.
 */
export async function feedNumbers(
  stack: Receiver,
  truths: readonly Truth[],
  { now, mutate = (payload) => payload }: { now: number; mutate?: Mutation },
): Promise<void> {
  const book = new SeriesBook([]);
  const third = Math.ceil(truths.length / 3);
  for (const part of [0, 1, 2]) {
    const at = now - STEP_MS * (2 - part);
    for (const [index, truth] of truths.slice(part * third, (part + 1) * third).entries()) {
      book.add(observations(truth, `${truth.source}-${part}-${index}`, at), at);
    }
    for (const request of toOtlpMetrics(book.all, { ...TELLER, now: at })) await send(stack, request, mutate);
  }
}

export function observations(truth: Truth, id: string, at: number): Observation[] {
  const endedAt = at - (truth.late ? 86_400_000 : 60_000);
  return observe(conversationOf(truth, id, endedAt), {
    source: truth.source,
    waitIds: waitIdsOf(truth),
    deliveredAt: BigInt(at) * 1_000_000n,
  });
}

export const TELLER = { instance: 'ledger-1', serviceName: 'callspan', resource: {} };

/** One value of one of callspan's own instruments. */
export interface OwnValue {
  readonly key: InstrumentKey;
  readonly labels: Readonly<Record<string, string | number>>;
  /** A counter's or a gauge's; of a histogram all of its values. */
  readonly value: number | readonly number[];
}

/** What callspan tells of itself, in one source. */
export function someOwnValues(source: string): OwnValue[] {
  const of = { [ATTRIBUTE.SOURCE]: source };
  const value = (key: InstrumentKey, value: OwnValue['value'], more: OwnValue['labels'] = {}): OwnValue => ({
    ...{ key, value, labels: { ...of, ...more } },
  });
  return [
    value('vendorRequests', 120, { [ATTRIBUTE.STATUS_CODE]: 200 }),
    value('vendorRequests', 3, { [ATTRIBUTE.STATUS_CODE]: 429 }),
    value('vendorErrors', 2, { [ATTRIBUTE.ERROR_TYPE]: 'timeout' }),
    value('vendorRequestDuration', [0.03, 0.08, 0.2, 0.4, 2]),
    value('deliveries', 40, { [ATTRIBUTE.RESULT]: 'accepted' }),
    value('deliveries', 1, { [ATTRIBUTE.RESULT]: 'rejected' }),
    value('deliveries', 5, { [ATTRIBUTE.RESULT]: 'unavailable' }),
    value('spansRejected', 7),
    value('drift', 4),
    value('deadLetters', 1),
    value('parked', 3),
    value('pending', 6),
    value('lag', 42),
    { key: 'ledgerSize', labels: {}, value: 65_536 },
    { key: 'collectorUp', labels: { [ATTRIBUTE.SERVER_ADDRESS]: '127.0.0.1' }, value: 1 },
  ];
}

/** Sends callspan's own metrics as its SDK does. */
export async function feedOwn(stack: Receiver, values: readonly OwnValue[], now: number): Promise<void> {
  const metrics = Object.keys(INSTRUMENTS).flatMap((name) => {
    const key = name as InstrumentKey;
    const mine = values.filter((value) => value.key === key);
    return mine.length === 0 ? [] : [ownMetric(key, mine, now)];
  });
  const resource = {
    attributes: encodeAttributes({
      'service.name': TELLER.serviceName,
      'service.instance.id': TELLER.instance,
    }),
  };
  await send(stack, {
    resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'callspan' }, metrics }] }],
  });
}

function ownMetric(key: InstrumentKey, values: readonly OwnValue[], now: number) {
  const { name, unit, description, kind, boundaries = [] } = instrumentOf(key);
  const points = values.map(({ labels, value }) => {
    const common = {
      attributes: encodeAttributes(labels),
      startTimeUnixNano: `${now - 2 * STEP_MS}000000`,
      timeUnixNano: `${now}000000`,
    };
    if (typeof value === 'number') return { ...common, asDouble: value };
    return {
      ...common,
      count: String(value.length),
      sum: value.reduce((sum, each) => sum + each, 0),
      bucketCounts: [...boundaries, Number.POSITIVE_INFINITY].map((boundary, index) =>
        String(value.filter((each) => each <= boundary && each > (boundaries[index - 1] ?? -1)).length),
      ),
      explicitBounds: boundaries,
    };
  });
  const described = { name, unit, description };
  if (kind === 'gauge') return { ...described, gauge: { dataPoints: points } };
  if (kind === 'histogram') {
    return { ...described, histogram: { aggregationTemporality: 2, dataPoints: points } };
  }
  return { ...described, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points } };
}

export async function send(
  stack: Receiver,
  request: OtlpMetrics | object,
  mutate: Mutation = (payload) => payload,
) {
  const response = await fetch(`${stack.otlpHttp}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: mutate(JSON.stringify(request)),
  });
  const answer = await response.text();
  if (answer !== '{"partialSuccess":{}}')
    throw new Error(`The collector answered ${response.status}: ${answer}`);
}
