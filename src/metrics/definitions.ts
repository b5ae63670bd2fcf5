/** The numbers that callspan computes about conversations: one place for names, units, kinds and boundaries. */

/** Seconds. Every threshold of an alert is one of them, so that shares are exact and nothing is interpolated. */
export const LATENCY_BOUNDARIES: readonly number[] = [
  0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 1, 1.2, 1.5, 1.7, 2, 2.5, 3, 3.5, 4, 5, 8, 13, 30,
];

/** Seconds, of whole conversations. */
const DURATION_BOUNDARIES: readonly number[] = [5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

export interface MetricDefinition {
  readonly kind: 'counter' | 'histogram';
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  readonly boundaries?: readonly number[];
}

export const METRICS = {
  'callspan.conversations': {
    kind: 'counter',
    unit: '{conversation}',
    description: 'Conversations delivered, each once',
  },
  'callspan.agents': {
    kind: 'counter',
    unit: '{conversation}',
    description: 'Conversations that an agent took part in, by its name too: what leads from an id to a name',
  },
  'callspan.conversation.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'How long conversations lasted',
    boundaries: DURATION_BOUNDARIES,
  },
  'callspan.response.latency': {
    kind: 'histogram',
    unit: 's',
    description: 'Felt latency: from the moment the user stops to the moment the agent is heard',
    boundaries: LATENCY_BOUNDARIES,
  },
  'callspan.phase.latency': {
    kind: 'histogram',
    unit: 's',
    description: 'True length of the phases of waits; they may overlap',
    boundaries: LATENCY_BOUNDARIES,
  },
  'callspan.join.latency': {
    kind: 'histogram',
    unit: 's',
    description: 'From the creation of a conversation to the replica being there',
    boundaries: LATENCY_BOUNDARIES,
  },
  'callspan.turns': { kind: 'counter', unit: '{turn}', description: 'User turns by what became of them' },
  'callspan.tool.calls': { kind: 'counter', unit: '{call}', description: 'Tool calls' },
  'callspan.tool.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'How long tools took, where that was measured',
    boundaries: LATENCY_BOUNDARIES,
  },
  'callspan.evaluations': {
    kind: 'counter',
    unit: '{evaluation}',
    description: 'Results of the evaluations of conversations',
  },
  'callspan.tokens': { kind: 'counter', unit: '{token}', description: 'Tokens of language models' },
  'callspan.cost': {
    kind: 'counter',
    unit: 'USD',
    description: 'What conversations cost, as the vendor says',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** Series that one metric may have, that of overflow included. */
export const MOST_SERIES = 2_000;

export function definitionOf(name: MetricName): MetricDefinition {
  return METRICS[name];
}
