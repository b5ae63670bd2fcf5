/** Reads payloads of ElevenLabs in tests, without any of the product's code. */
import {
  type ElevenLabsCall,
  elevenLabsConversation,
  type Json,
  scenarioNames,
  simulateCall,
} from '../../sandbox/index.ts';

const START = Date.UTC(2026, 10, 20, 12);

export function one(index: number, scenario?: string, shape?: ElevenLabsCall['shape']): ElevenLabsCall {
  const more = { ...(scenario === undefined ? {} : { scenario }), ...(shape === undefined ? {} : { shape }) };
  const call = simulateCall({
    provider: 'elevenlabs',
    seed: 31 + (index % 7),
    index,
    startAt: START,
    ...more,
  });
  if (call.provider !== 'elevenlabs') throw new Error('not a call of ElevenLabs');
  return call;
}

/** A conversation long after its end, with its trace. */
export function finished(call: ElevenLabsCall): Json {
  return elevenLabsConversation(call, { at: call.terminalAt, format: 'opentelemetry' });
}

export function rows(conversation: Json): Json[] {
  return conversation.transcript as Json[];
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | null;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code: number };
}

export function spans(conversation: Json): Span[] {
  const traces = conversation.otlp_traces as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] } | null;
  return (traces?.resourceSpans ?? []).flatMap((group) => group.scopeSpans.flatMap((scope) => scope.spans));
}

export function attributes(span: Span | undefined): Record<string, unknown> {
  return Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
}

export function metric(row: Json, name: string): number | undefined {
  const turn = row.conversation_turn_metrics as
    | { metrics: Record<string, { elapsed_time: number }> }
    | null
    | undefined;
  return turn?.metrics[name]?.elapsed_time;
}

/** Three conversations of every scenario. */
export const EVERY = scenarioNames('elevenlabs').flatMap((scenario) =>
  [0, 1, 2].map((index) => ({ scenario, call: one(index, scenario) })),
);
