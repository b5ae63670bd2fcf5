import { definitionOf, type MetricName } from '../../src/metrics/definitions.ts';
import { instrumentOf } from '../../src/telemetry/instruments.ts';
import { NAMES } from './conversation.ts';
import type { OwnValue } from './feed.ts';
import type { Exchange, ToolCall, Truth } from './truth.ts';

/** What panels have to show, computed from the truth and from nothing that the dashboards are made of. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is true of one source. */
export interface World {
  /** Conversations that arrived on time: what panels show unless somebody asks for more. */
  readonly truths: readonly Truth[];
  readonly late: readonly Truth[];
  readonly own: readonly OwnValue[];
}

type Labels = Readonly<Record<string, string>>;
/** Groups things by the labels that a panel tells apart. */
type Grouping<Thing> = (thing: Thing) => Labels;

/** One sample for each group that there is. */
export function each<Thing>(
  things: readonly Thing[],
  by: Grouping<Thing>,
  value: (group: readonly Thing[]) => number,
): Sample[] {
  const groups = new Map<string, Thing[]>();
  for (const thing of things) {
    const key = JSON.stringify(Object.entries(by(thing)).sort());
    groups.set(key, [...(groups.get(key) ?? []), thing]);
  }
  return [...groups].map(([key, group]) => ({
    labels: Object.fromEntries(JSON.parse(key)),
    value: value(group),
  }));
}

/** One value for everything. */
export function one(value: number): Sample[] {
  return [{ labels: {}, value }];
}

/** An agent as the panels show it: by its name where it has one, else by its id. */
export const byAgent = ({ agent }: { agent: string }) => {
  const name = NAMES[agent];
  return {
    gen_ai_agent_id: agent,
    agent: name ?? agent,
    ...(name === undefined ? {} : { gen_ai_agent_name: name }),
  };
};
export const byVersion = ({ agent, version }: Truth) => ({
  ...byAgent({ agent }),
  ...(version === undefined ? {} : { gen_ai_agent_version: version }),
});

/** Something said by a user, with the conversation in which it was. */
export interface Turn extends Exchange {
  readonly truth: Truth;
}

export function turnsOf(truths: readonly Truth[]): Turn[] {
  return truths.flatMap((truth) => truth.exchanges.map((exchange) => ({ ...exchange, truth })));
}

export function waitsOf(truths: readonly Truth[]): (Turn & { readonly wait: number })[] {
  return turnsOf(truths).flatMap((turn) => (turn.wait === undefined ? [] : [{ ...turn, wait: turn.wait }]));
}

export function toolsOf(truths: readonly Truth[]): (ToolCall & { readonly truth: Truth })[] {
  return turnsOf(truths).flatMap(({ tools = [], truth }) => tools.map((tool) => ({ ...tool, truth })));
}

export function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

/** The share of those of which it is true. */
export function share<Thing>(things: readonly Thing[], is: (thing: Thing) => boolean): number {
  return things.filter(is).length / things.length;
}

/** A quantile as it can be told from a metric's buckets. */
export function bucketQuantile(quantile: number, metric: MetricName, values: readonly number[]): number {
  return quantileOf(quantile, definitionOf(metric).boundaries ?? [], values);
}

/** The same of callspan's own histogram. */
export function requestQuantile(quantile: number, values: readonly number[]): number {
  return quantileOf(quantile, instrumentOf('vendorRequestDuration').boundaries ?? [], values);
}

/**
 * The value below which a share of the values lie, as if those in one bucket were spread evenly over it; beyond the
 * last boundary nothing is known but that boundary.
 */
function quantileOf(quantile: number, boundaries: readonly number[], values: readonly number[]): number {
  const rank = quantile * values.length;
  let below = 0;
  let start = 0;
  for (const end of boundaries) {
    const inside = values.filter((value) => value > start && value <= end).length;
    if (below + inside >= rank) return start + ((end - start) * (rank - below)) / inside;
    below += inside;
    start = end;
  }
  return start;
}

/** How many values are at most as large as each boundary. */
export function cumulative(metric: MetricName, values: readonly number[]): Sample[] {
  const boundaries = definitionOf(metric).boundaries ?? [];
  return [...boundaries, Number.POSITIVE_INFINITY].map((boundary) => ({
    labels: { le: Number.isFinite(boundary) ? String(boundary) : '+Inf' },
    value: values.filter((value) => value <= boundary).length,
  }));
}
