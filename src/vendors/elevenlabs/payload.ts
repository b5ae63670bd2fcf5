import type { Nanos } from '../../conversation.ts';
import { asObject, finite, flag, isObject, type Json, mendJson, objects, text } from '../../json/reading.ts';
import { measuredSeconds, unixSeconds } from '../../time/nanos.ts';
import { checkParts } from '../bounds.ts';
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
  readonly hasError: boolean;
  readonly costFiat: number | undefined;
  readonly llmPrice: number | undefined;
  readonly language: string | undefined;
  readonly direction: 'inbound' | 'outbound' | undefined;
  readonly textOnly: boolean;
  readonly dynamicVariables: Json;
  readonly analysis: Json;
  readonly rows: readonly Row[];
  /** The OTLP half, unread. */
  readonly otlpTraces: unknown;
}

/** One entry of `transcript`. */
export interface Row {
  /** Its place in `transcript`, entries that are no rows counted too: `elevenlabs.turn.index` counts so. */
  readonly index: number;
  readonly role: 'user' | 'agent';
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
  readonly toolCalls: readonly RowToolCall[];
  readonly toolResults: readonly RowToolResult[];
}

interface RowRetrieval {
  readonly documentIds: readonly string[];
  readonly model: string | undefined;
  readonly query: string | undefined;
  readonly length: Nanos | undefined;
}

export interface RowToolCall {
  readonly requestId: string | undefined;
  readonly name: string;
  readonly params: string | undefined;
  readonly type: string | undefined;
}

export interface RowToolResult {
  readonly requestId: string | undefined;
  readonly value: string | undefined;
  readonly isError: boolean;
  readonly errorType: string | undefined;
  readonly length: Nanos | undefined;
  readonly type: string | undefined;
}

/** Reads a payload; what cannot be read is absent. */
export function readElevenLabs(body: unknown): ElevenLabsPayload {
  const payload = asObject(mendJson(body));
  const metadata = asObject(payload.metadata);
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
    duration: measuredSeconds(metadata.call_duration_secs),
    queueWait: measuredSeconds(metadata.queue_wait_secs),
    terminationReason: text(metadata.termination_reason),
    hasError: isObject(metadata.error),
    costFiat: amount(metadata.cost_fiat),
    llmPrice: amount(asObject(metadata.charging).llm_price),
    language: text(metadata.main_language),
    direction: direction === 'inbound' || direction === 'outbound' ? direction : undefined,
    textOnly: metadata.text_only === true,
    dynamicVariables: asObject(asObject(payload.conversation_initiation_client_data).dynamic_variables),
    analysis: asObject(payload.analysis),
    rows: readRows(payload.transcript),
    otlpTraces: payload.otlp_traces,
  };
}

function readRows(transcript: unknown): Row[] {
  if (!Array.isArray(transcript)) return [];
  checkParts(transcript.length, 'rows');
  const rows = transcript.flatMap(readRow);
  const calls = rows.reduce((sum, row) => sum + row.toolCalls.length + row.toolResults.length, 0);
  checkParts(calls, 'tool calls and results');
  return rows;
}

function readRow(value: unknown, index: number): Row[] {
  const row = asObject(value);
  if (row.role !== 'user' && row.role !== 'agent') return [];
  const holder = asObject(row.agent_metadata);
  return [
    {
      index,
      role: row.role,
      message: text(row.message) ?? multivoice(row.multivoice_message),
      time: measuredSeconds(row.time_in_call_secs),
      agentId: text(holder.agent_id),
      agentVersion: text(holder.version_id) ?? text(holder.branch_id),
      producingLlm: text(row.producing_llm),
      usage: readRowUsage(row.llm_usage),
      metrics: readMetrics(row.conversation_turn_metrics),
      rag: isObject(row.rag_retrieval_info) ? readRetrieval(row.rag_retrieval_info) : undefined,
      interrupted: flag(row.interrupted),
      backchannel: row.ignored_as_backchannel === true,
      toolCalls: objects(row.tool_calls).flatMap(readToolCall),
      toolResults: objects(row.tool_results).map(readToolResult),
    },
  ];
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

function readToolCall(call: Json): RowToolCall[] {
  const name = text(call.tool_name);
  if (name === undefined) return [];
  return [
    { requestId: text(call.request_id), name, params: text(call.params_as_json), type: text(call.type) },
  ];
}

function readToolResult(result: Json): RowToolResult {
  return {
    requestId: text(result.request_id),
    value: text(result.result_value),
    isError: result.is_error === true,
    errorType: text(result.error_type),
    length: measuredSeconds(result.tool_latency_secs),
    type: text(result.type),
  };
}

function amount(value: unknown): number | undefined {
  const number = finite(value);
  return number === undefined || number < 0 ? undefined : number;
}
