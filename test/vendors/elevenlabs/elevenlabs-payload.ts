import type { TraceSettings } from '../../../src/trace/settings.ts';
import { readElevenLabs } from '../../../src/vendors/elevenlabs/payload.ts';
import { translateElevenLabs } from '../../../src/vendors/elevenlabs/translate.ts';
import type { Translated } from '../../../src/vendors/vendor.ts';
import { Trace } from '../../trace/read-spans.ts';
import { settings } from '../../trace/settings.ts';

type Json = Record<string, unknown>;

/** When the conversations of these tests begin, unix seconds: all times below count from it. */
export const START = 1_780_000_000;
export const ID = 'conv_1';
export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const ROOT = 'elevenlabs.conversation';
export const USER = 'elevenlabs.recv.user_transcript';
export const AGENT = 'elevenlabs.recv.agent_response';

export function nano(seconds: number): string {
  return String(BigInt(START) * 1_000_000_000n + BigInt(Math.round(seconds * 1e9)));
}

/** A text becomes a string value, a whole number an int64, as the vendor writes it; anything else stays as it is. */
function attribute(key: string, value: unknown): Json {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  if (typeof value === 'boolean') return { key, value: { boolValue: value } };
  if (Number.isInteger(value)) return { key, value: { intValue: String(value) } };
  if (typeof value === 'number') return { key, value: { doubleValue: value } };
  return { key, value };
}

export function attributes(values: Json): Json[] {
  return Object.entries(values).map(([key, value]) => attribute(key, value));
}

/** Ids are told by a short word. */
function spanId(word: string): string {
  return Buffer.from(word.padEnd(8, '.')).toString('hex').slice(0, 16);
}

export function span(
  id: string,
  parent: string | undefined,
  name: string,
  [from, to]: readonly [number, number],
  values: Json = {},
  more: Json = {},
): Json {
  return {
    traceId: TRACE_ID,
    spanId: spanId(id),
    ...(parent === undefined ? {} : { parentSpanId: spanId(parent) }),
    name,
    startTimeUnixNano: nano(from),
    endTimeUnixNano: nano(to),
    attributes: attributes(values),
    status: { code: 1 },
    ...more,
  };
}

export function root(to = 60, values: Json = {}, more: Json = {}): Json {
  return span('root', undefined, ROOT, [0, to], values, more);
}

/** The span of the transcript's row of that index. */
export function turn(index: number, name: string, at: readonly [number, number], values: Json = {}): Json {
  return span(`turn${index}`, 'root', name, at, { 'elevenlabs.turn.index': index, ...values });
}

export function otlp(spans: readonly unknown[], resource: Json = {}): Json {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': 'elevenlabs-convai', ...resource }) },
        scopeSpans: [{ scope: { name: 'elevenlabs.convai', version: '1.0.0' }, spans }],
      },
    ],
  };
}

export function row(
  role: 'user' | 'agent',
  message: string | null,
  at: number | null,
  more: Json = {},
): Json {
  return { role, message, time_in_call_secs: at, ...more };
}

export function metrics(values: Readonly<Record<string, number>>): Json {
  const records = Object.entries(values).map(([name, elapsed_time]) => [name, { elapsed_time }]);
  return { conversation_turn_metrics: { metrics: Object.fromEntries(records) } };
}

/** The felt latency, and what it was spent on. */
export function wait(seconds: number, phases: Readonly<Record<string, number>> = {}): Json {
  return metrics({ convai_ttf_audio_since_silence: seconds, ...phases });
}

export function usage(model: string, tokens: Readonly<Record<string, number>>): Json {
  const categories = Object.entries(tokens).map(([name, count]) => [
    name,
    { tokens: count, price: count / 1e6 },
  ]);
  return { llm_usage: { model_usage: { [model]: Object.fromEntries(categories) } } };
}

/** A finished conversation of one minute. */
export function conversation(parts: {
  spans?: readonly unknown[];
  rows?: readonly unknown[];
  metadata?: Json;
  more?: Json;
}): Json {
  return {
    conversation_id: ID,
    agent_id: 'agent_1',
    agent_name: 'Ada',
    status: 'done',
    transcript: parts.rows ?? [],
    metadata: { start_time_unix_secs: START, call_duration_secs: 60, ...parts.metadata },
    otlp_traces: parts.spans ? otlp(parts.spans) : null,
    ...parts.more,
  };
}

/** A conversation whose spans are those of its rows, each lasting until the next. */
export function talk(rows: readonly Json[], parts: { metadata?: Json; more?: Json; root?: Json } = {}): Json {
  const starts = rows.map((one) => Number(one.time_in_call_secs));
  const turns = rows.map((one, index) =>
    turn(index, one.role === 'user' ? USER : AGENT, [starts[index] ?? 0, starts[index + 1] ?? 60]),
  );
  return conversation({ spans: [root(60, parts.root), ...turns], rows, ...parts });
}

export function translate(payload: unknown, changes: Partial<TraceSettings> = {}): Translated {
  const translated = translateElevenLabs(readElevenLabs(payload), ID, settings(changes));
  if (!translated) throw new Error('Nothing was translated');
  return translated;
}

export function trace(payload: unknown, changes: Partial<TraceSettings> = {}): Trace {
  return new Trace(translate(payload, changes));
}
