import type { Agent, Conversation, ConversationOutcome, Nanos } from '../conversation.ts';
import { labelValue } from '../trace/label-value.ts';
import { ERROR_TYPE } from '../trace/semconv.ts';
import { LATENCY_BOUNDARIES, type MetricName } from './definitions.ts';
import { ANSWER, type Observation, ONE } from './observe.ts';
import { bucketOf } from './series.ts';

/** The few numbers of one conversation by which it is found again and compared with others. Lengths in milliseconds. */
export interface Summary {
  /** The agent that it began with. */
  readonly agent: SummarizedAgent;
  readonly outcome: ConversationOutcome;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly duration?: number;
  /** Absent where no wait of it is known. */
  readonly waits?: Waits;
  /** User turns that were owed an answer. */
  readonly turns: number;
  readonly unanswered: number;
  readonly tools: number;
  /** Absent where the vendor does not say which tools failed. */
  readonly toolsFailed?: number;
  readonly costUsd?: number;
}

export interface SummarizedAgent {
  readonly id?: string;
  readonly name?: string;
  readonly version?: string;
}

export interface Waits {
  readonly first: number;
  readonly median: number;
  readonly longest: number;
  /** How many there are in each bucket of the felt latency, as the metric has them; empty ones at the end left out. */
  readonly buckets: readonly number[];
}

/** Of what was observed of a conversation: so that a list of them and the metrics never say different things. Pure. */
export function summarize(conversation: Conversation, observations: readonly Observation[]): Summary {
  const { agent, outcome, start, duration, knowsToolErrors, totals } = conversation;
  const of = (metric: MetricName) => observations.filter((one) => one.metric === metric);
  const turns = of('callspan.turns');
  const tools = of('callspan.tool.calls');
  const waits = waitsOf(of('callspan.response.latency').map(({ value }) => value));
  const failed = tools.filter(({ labels }) => labels[ERROR_TYPE] !== undefined);
  return {
    agent: summarized(agent),
    outcome,
    startedAt: Number(start / 1_000_000n),
    ...(duration === undefined ? {} : { duration: millis(duration) }),
    ...(waits === undefined ? {} : { waits }),
    turns: turns.length,
    unanswered: turns.filter(({ labels }) => labels[ANSWER] === 'unanswered').length,
    tools: tools.length,
    ...(knowsToolErrors ? { toolsFailed: failed.length } : {}),
    ...(totals.costUsd === undefined
      ? {}
      : { costUsd: Number(of('callspan.cost')[0]?.value ?? 0n) / Number(ONE) }),
  };
}

function summarized({ id, name, version }: Agent): SummarizedAgent {
  return {
    ...(id === undefined ? {} : { id: labelValue(id) }),
    ...(name === undefined ? {} : { name: labelValue(name) }),
    ...(version === undefined ? {} : { version: labelValue(version) }),
  };
}

function waitsOf(lengths: readonly Nanos[]): Waits | undefined {
  const [first] = lengths;
  if (first === undefined) return undefined;
  const sorted = lengths.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  const buckets: number[] = [];
  for (const length of lengths) {
    const bucket = bucketOf(Number(length) / 1e9, LATENCY_BOUNDARIES);
    while (buckets.length <= bucket) buckets.push(0);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [Nanos, Nanos];
  return {
    first: millis(first),
    median: millis((lower + upper) / 2n),
    longest: millis(sorted.at(-1) ?? first),
    buckets,
  };
}

/** To the nearest. */
function millis(nanos: Nanos): number {
  return Number((nanos + 500_000n) / 1_000_000n);
}

/** How many waits there are. */
export function waitCount(waits: Waits | undefined): number {
  return waits?.buckets.reduce((sum, count) => sum + count, 0) ?? 0;
}
