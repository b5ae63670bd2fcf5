import type { Nanos } from '../../conversation.ts';
import { asObject, finite, flag, isObject, type Json, mendJson, objects, text } from '../../json/reading.ts';
import { DAY, later, measuredSeconds, secondsToNanos, unixSeconds } from '../../time/nanos.ts';
import { checkParts } from '../../trace/bounds.ts';
import { readProtobufJson } from './protobuf-json.ts';
import {
  partsOf,
  type RowToolCall,
  type RowToolResult,
  readToolCall,
  readToolResult,
} from './tool-payload.ts';
import { type ModelUsage, readRowUsage } from './usage.ts';

/**
 * `GET /v1/convai/conversations/{id}?format=opentelemetry` as callspan reads its JSON half. Every field may be
 * absent or null: the payload has grown over time and old conversations keep their old shape.
 */
export interface ElevenLabsPayload {
  readonly id: string | undefined;
  readonly status: string | undefined;
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
  readonly versionId: string | undefined;
  readonly branchId: string | undefined;
  readonly userId: string | undefined;
  readonly environment: string | undefined;
  readonly start: Nanos | undefined;
  /** When the call was taken, a little before it started. */
  readonly accepted: Nanos | undefined;
  /** Whole seconds. */
  readonly duration: Nanos | undefined;
  readonly queueWait: Nanos | undefined;
  readonly terminationReason: string | undefined;
  /** What the vendor says went wrong, or how the connection ended. */
  readonly error: PayloadError | undefined;
  readonly costFiat: number | undefined;
  readonly llmPrice: number | undefined;
  readonly language: string | undefined;
  readonly direction: 'inbound' | 'outbound' | undefined;
  readonly textOnly: boolean;
  readonly dynamicVariables: Json;
  readonly analysis: Json;
  /** There is a transcript to tell who spoke, be it an empty one: not where there never was one, or not any more. */
  readonly hasTranscript: boolean;
  /** It came without the half that has the transcript, the metadata and what was measured. */
  readonly lacksTranscript?: true;
  readonly rows: readonly Row[];
  /** The OTLP half: its spans unread, in the names and numbers of OTLP/JSON. */
  readonly otlpTraces: unknown;
}

/** `metadata.error`, which has something to say. */
export interface PayloadError {
  /** A close code of WebSocket, as far as has been seen. */
  readonly code: number | undefined;
  readonly reason: string | undefined;
}

/** One entry of `transcript`. */
export interface Row {
  /** Its place in `transcript`, entries that are no rows counted too: `elevenlabs.turn.index` counts so. */
  readonly index: number;
  readonly role: 'user' | 'agent';
  /** Empty for words that nobody heard; undefined where the row does not say. */
  readonly message: string | undefined;
  /** Whole seconds since the conversation's start. */
  readonly time: Nanos | undefined;
  readonly agentId: string | undefined;
  readonly agentVersion: string | undefined;
  readonly producingLlm: string | undefined;
  readonly usage: ModelUsage;
  /** Records by metric name, unread: there are many, and {@link rowMetric} is asked for few. */
  readonly metrics: Json;
  readonly rag: RowRetrieval | undefined;
  readonly interrupted: boolean | undefined;
  readonly backchannel: boolean;
  /** Typed: then `time` is the second of the agent's previous words, not of these. */
  readonly isTyped: boolean;
  readonly toolCalls: readonly RowToolCall[];
  readonly toolResults: readonly RowToolResult[];
}

interface RowRetrieval {
  readonly documentIds: readonly string[];
  readonly model: string | undefined;
  readonly query: string | undefined;
  readonly length: Nanos | undefined;
}

/** Reads a payload, or the webhook that carries one; what cannot be read is absent. */
export function readElevenLabs(body: unknown): ElevenLabsPayload {
  const payload = documentOf(asObject(mendJson(body)));
  const metadata = asObject(payload.metadata);
  const duration = lastingSeconds(metadata.call_duration_secs);
  const direction = asObject(metadata.phone_call).direction;
  return {
    id: text(payload.conversation_id),
    status: text(payload.status),
    agentId: text(payload.agent_id),
    agentName: text(payload.agent_name),
    versionId: text(payload.version_id),
    branchId: text(payload.branch_id),
    userId: text(payload.user_id),
    environment: text(payload.environment),
    start: unixSeconds(metadata.start_time_unix_secs),
    accepted: unixSeconds(metadata.accepted_time_unix_secs),
    duration,
    queueWait: measuredSeconds(metadata.queue_wait_secs),
    terminationReason: text(metadata.termination_reason),
    error: readError(metadata.error),
    costFiat: amount(metadata.cost_fiat),
    llmPrice: amount(asObject(metadata.charging).llm_price),
    language: text(metadata.main_language),
    direction: direction === 'inbound' || direction === 'outbound' ? direction : undefined,
    textOnly: metadata.text_only === true,
    dynamicVariables: asObject(asObject(payload.conversation_initiation_client_data).dynamic_variables),
    analysis: asObject(payload.analysis),
    hasTranscript:
      Array.isArray(payload.transcript) &&
      asObject(metadata.deletion_settings).deleted_transcript_at_time_unix_secs == null,
    rows: readRows(payload.transcript, later(duration ?? 0n, DAY)),
    otlpTraces: readProtobufJson(payload.otlp_traces),
  };
}

/** A webhook is `{type, event_timestamp, data}`, and its `data` the very document that the API has. */
function documentOf(body: Json): Json {
  const isEnvelope = typeof body.type === 'string' && body.conversation_id === undefined;
  return isEnvelope && isObject(body.data) ? body.data : body;
}

/** Threads on messengers last for days; what would be longer than this is damage. */
const LONGEST = 366n * DAY;

/** How long a conversation lasted, in seconds: other than a measurement, it may be days. */
export function lastingSeconds(value: unknown): Nanos | undefined {
  if (typeof value !== 'number' || !(value >= 0) || value > 1e9) return undefined;
  const length = secondsToNanos(value);
  return length <= LONGEST ? length : undefined;
}

function readError(value: unknown): PayloadError | undefined {
  const { code: given, reason: words } = asObject(value);
  const code = typeof given === 'string' && /^\d{1,5}$/.test(given) ? Number(given) : finite(given);
  const reason = text(words) ?? text(value);
  return code === undefined && reason === undefined ? undefined : { code, reason };
}

function readRows(transcript: unknown, longest: Nanos): Row[] {
  if (!Array.isArray(transcript)) return [];
  checkParts(transcript.length, 'rows');
  const rows = transcript.flatMap((row, index) => readRow(row, index, longest));
  const calls = rows.reduce(
    (sum, row) =>
      sum + row.toolCalls.length + row.toolResults.reduce((of, result) => of + partsOf(result), 0),
    0,
  );
  checkParts(calls, 'tool calls and results');
  return rows;
}

/** @param longest how long the conversation lasted: no row is later. */
function readRow(value: unknown, index: number, longest: Nanos): Row[] {
  const row = asObject(value);
  if (row.role !== 'user' && row.role !== 'agent') return [];
  const holder = asObject(row.agent_metadata);
  const time = lastingSeconds(row.time_in_call_secs);
  return [
    {
      index,
      role: row.role,
      message: text(row.message) ?? multivoice(row.multivoice_message) ?? empty(row.message),
      time: time !== undefined && time <= longest ? time : undefined,
      agentId: text(holder.agent_id),
      agentVersion: text(holder.version_id) ?? text(holder.branch_id),
      producingLlm: text(row.producing_llm),
      usage: readRowUsage(row.llm_usage),
      metrics: readMetrics(row.conversation_turn_metrics),
      rag: isObject(row.rag_retrieval_info) ? readRetrieval(row.rag_retrieval_info) : undefined,
      interrupted: flag(row.interrupted),
      backchannel: row.ignored_as_backchannel === true,
      isTyped: row.role === 'user' && row.source_medium === 'text',
      toolCalls: objects(row.tool_calls).flatMap(readToolCall),
      toolResults: objects(row.tool_results).map(readToolResult),
    },
  ];
}

function empty(value: unknown): string | undefined {
  return value === '' ? value : undefined;
}

/** With several voices the message is in parts. */
function multivoice(value: unknown): string | undefined {
  const parts = objects(asObject(value).parts).flatMap((part) => text(part.text) ?? []);
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** Older payloads have the metrics without the `metrics` around them. */
function readMetrics(value: unknown): Json {
  const outer = asObject(value);
  return isObject(outer.metrics) ? outer.metrics : outer;
}

/** A metric of a row, as a length. */
export function rowMetric({ metrics }: Row, name: string): Nanos | undefined {
  return measuredSeconds(asObject(metrics[name]).elapsed_time);
}

function readRetrieval(info: Json): RowRetrieval {
  return {
    documentIds: [...new Set(objects(info.chunks).flatMap((chunk) => text(chunk.document_id) ?? []))],
    model: text(info.embedding_model),
    query: text(info.retrieval_query),
    length: measuredSeconds(info.rag_latency_secs),
  };
}

function amount(value: unknown): number | undefined {
  const number = finite(value);
  return number === undefined || number < 0 ? undefined : number;
}
