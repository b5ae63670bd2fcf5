import type { Nanos } from '../../conversation.ts';
import { asObject, finite, firstText, flag, type Json, mendJson, objects, text } from '../../json/reading.ts';
import { measured, measuredMillis } from '../../time/nanos.ts';
import { checkParts } from '../../trace/bounds.ts';
import { privateTexts } from '../private-texts.ts';
import { decimal } from './decimal.ts';
import { momentOf } from './moments.ts';
import { type Row, readRows } from './rows.ts';

/**
 * `GET /v2/get-call/{call_id}` as callspan reads it, or what a webhook has around it. Nothing in it is required: a
 * call that never connected has neither times nor words, and one of an agent that keeps little has no transcript.
 */
export interface RetellPayload {
  readonly id: string | undefined;
  readonly agent: { readonly id?: string; readonly name?: string; readonly version?: string };
  readonly status: string | undefined;
  readonly type: string | undefined;
  readonly direction: 'inbound' | 'outbound' | undefined;
  readonly start: Nanos | undefined;
  readonly end: Nanos | undefined;
  /** It ended, be it that nobody can read when. */
  readonly hasEnd: boolean;
  readonly duration: Nanos | undefined;
  /** When the webhook was sent that it came by. */
  readonly sentAt: Nanos | undefined;
  readonly reason: string | undefined;
  /** `basic_attributes_only`, say. */
  readonly storage: string | undefined;
  /** Undefined where there is no transcript at all, be it an empty one. */
  readonly rows: readonly Row[] | undefined;
  readonly latency: Readonly<Record<LatencyName, Measured>>;
  /** Tokens of all requests of a model, input and output together. */
  readonly tokens: number | undefined;
  /** USD. */
  readonly cost: number | undefined;
  /** USD by product. */
  readonly products: readonly (readonly [name: string, usd: number])[];
  readonly analysis: Analysis | undefined;
  /** A W3C trace context, in whatever it was passed along. */
  readonly traceparent: string | undefined;
  readonly metadata: unknown;
  /** What opens a recording, a log or a running call, and phone numbers: never let out, wherever they are repeated. */
  readonly secrets: readonly string[];
  readonly drift: readonly string[];
}

export interface Analysis {
  readonly summary: string | undefined;
  readonly successful: boolean | undefined;
  readonly sentiment: string | undefined;
  readonly voicemail: boolean | undefined;
  readonly custom: Json;
}

/** What was measured of one kind, in the order in which it was; of which turns, the vendor does not say. */
export interface Measured {
  readonly values: readonly Nanos[];
  /** Each of them is one, and there are as many as the vendor has counted. */
  readonly complete: boolean;
}

/** Of the kinds that the vendor measures, those that a wait is made of. */
export type LatencyName = (typeof LATENCIES)[number];
const LATENCIES = ['e2e', 'asr', 'llm', 'tts', 'knowledge_base'] as const;

/** Statuses after which a call does not change any more. */
export const TERMINAL: readonly string[] = ['ended', 'error', 'not_connected'];
export const ONGOING: readonly string[] = ['registered', 'ongoing'];

const NUMBERS = ['from_number', 'to_number', 'transfer_destination'] as const;
/** Shorter ones are nobody's, and would be found in every other word. */
const SHORTEST_NUMBER = 6;
const SPOKEN: ReadonlySet<string> = new Set([
  ...['transcript', 'transcript_object', 'transcript_with_tool_calls', 'scrubbed_transcript_with_tool_calls'],
]);

/** Reads a payload; what cannot be read is absent and, where it matters, named in `drift`. */
export function readRetell(body: unknown): RetellPayload {
  const outer = asObject(mendJson(body));
  const { call, sentAt } = unwrap(outer);
  const rows = transcriptOf(call);
  const start = momentOf(call.start_timestamp);
  const status = text(call.call_status);
  const variables = asObject(call.retell_llm_dynamic_variables);
  return {
    id: text(call.call_id),
    agent: agentOf(call),
    status,
    type: text(call.call_type),
    direction: call.direction === 'inbound' || call.direction === 'outbound' ? call.direction : undefined,
    start,
    end: momentOf(call.end_timestamp),
    hasEnd: call.end_timestamp != null && call.end_timestamp !== 0 && call.end_timestamp !== '',
    duration: measuredMillis(decimal(call.duration_ms)),
    sentAt,
    reason: text(call.disconnection_reason),
    storage: text(call.data_storage_setting),
    rows: rows.rows,
    latency: latencyOf(asObject(call.latency)),
    tokens: sumOf(asObject(call.llm_token_usage).values),
    cost: dollars(asObject(call.call_cost).combined_cost),
    products: productsOf(asObject(call.call_cost)),
    analysis: isAnalyzed(call) ? analysisOf(asObject(call.call_analysis)) : undefined,
    traceparent: firstText(asObject(call.metadata), 'traceparent') ?? text(variables.traceparent),
    metadata: call.metadata,
    secrets: secretsOf(call),
    drift: [
      ...rows.drift,
      ...(start === undefined && status === 'ended' ? ['missing start_timestamp'] : []),
      ...(status !== undefined && !TERMINAL.includes(status) && !ONGOING.includes(status)
        ? [`call_status ${status}`]
        : []),
    ],
  };
}

/** A webhook has the call inside, and says when it was sent. */
function unwrap(body: Json): { call: Json; sentAt: Nanos | undefined } {
  if (typeof body.event !== 'string' || body.call_id !== undefined) return { call: body, sentAt: undefined };
  return { call: asObject(body.call), sentAt: momentOf(body.event_timestamp) };
}

function agentOf(call: Json): RetellPayload['agent'] {
  const id = text(call.agent_id);
  const name = text(call.agent_name);
  const version = decimal(call.agent_version);
  const tag = text(call.agent_tag);
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? (tag === undefined ? {} : { version: tag }) : { version: String(version) }),
  };
}

/** The fullest of the transcripts that there are: with calls of tools, without what is private, or with words alone. */
function transcriptOf(call: Json): { rows: readonly Row[] | undefined; drift: readonly string[] } {
  const lists = [
    call.transcript_with_tool_calls,
    call.scrubbed_transcript_with_tool_calls,
    call.transcript_object,
  ].filter(Array.isArray);
  const list = lists.find((one) => one.length > 0) ?? lists[0];
  if (list === undefined) return { rows: undefined, drift: [] };
  checkParts(list.length, 'transcript rows');
  checkParts(
    objects(list).reduce((sum, row) => sum + (Array.isArray(row.words) ? row.words.length : 0), 0),
    'words',
  );
  return readRows(objects(list));
}

function latencyOf(latency: Json): RetellPayload['latency'] {
  return Object.fromEntries(LATENCIES.map((name) => [name, valuesOf(asObject(latency[name]))])) as Record<
    LatencyName,
    Measured
  >;
}

function valuesOf({ values, num }: Json): Measured {
  if (!Array.isArray(values)) return { values: [], complete: false };
  checkParts(values.length, 'latencies');
  const valid = values.flatMap((value) => measuredMillis(decimal(value)) ?? []);
  const counted = decimal(num) ?? values.length;
  return { values: valid, complete: valid.length === values.length && values.length === counted };
}

function sumOf(values: unknown): number | undefined {
  if (!Array.isArray(values)) return undefined;
  const counts = values.flatMap((value) => count(value) ?? []);
  return counts.length === 0 ? undefined : finite(counts.reduce((sum, one) => sum + one, 0));
}

function count(value: unknown): number | undefined {
  const number = finite(decimal(value));
  return number === undefined || number < 0 ? undefined : Math.round(number);
}

/** What the vendor charges in cents. A billionth of a dollar is the last digit that anything is counted in. */
function dollars(cents: unknown): number | undefined {
  const number = finite(decimal(cents));
  return number === undefined || number < 0 ? undefined : Math.round(number * 1e7) / 1e9;
}

function productsOf(cost: Json): RetellPayload['products'] {
  const sums = new Map<string, number>();
  for (const { product, cost: cents } of objects(cost.product_costs)) {
    const usd = dollars(cents);
    // It becomes a key: a word of the vendor's, never a sentence.
    if (usd === undefined || typeof product !== 'string' || !/^[a-z0-9][a-z0-9_.-]{0,63}$/i.test(product))
      continue;
    sums.set(product, Math.round(((sums.get(product) ?? 0) + usd) * 1e9) / 1e9);
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Whether a call, or a row of a list, has its analysis. One with nothing in it is still to come. */
export function isAnalyzed(call: Json): boolean {
  return Object.values(asObject(call.call_analysis)).some((value) => value != null);
}

function analysisOf(analysis: Json): Analysis {
  return {
    summary: text(analysis.call_summary),
    successful: flag(analysis.call_successful),
    sentiment: text(analysis.user_sentiment),
    voicemail: flag(analysis.in_voicemail),
    custom: asObject(analysis.custom_analysis_data),
  };
}

function secretsOf(call: Json): string[] {
  const numbers = NUMBERS.flatMap((name) => text(call[name])?.trim() ?? []);
  const known = numbers.filter((number) => number.length >= SHORTEST_NUMBER);
  return [...new Set([...privateTexts(call, SPOKEN), ...known])];
}

/** A length between two moments, where both are told. */
export function lengthBetween(one: Nanos | undefined, other: Nanos | undefined): Nanos | undefined {
  return one === undefined || other === undefined ? undefined : measured(other - one);
}
