import { createHash } from 'node:crypto';
import type { Attributes, Nanos } from '../../conversation.ts';
import { asObject, finite, flag, type Json, text } from '../../json/reading.ts';
import { later } from '../../time/nanos.ts';
import { encodeAttributes } from '../../trace/otlp-value.ts';
import { MODEL_VERSION, SCOPE_NAME } from '../../trace/semconv.ts';
import { KIND, STATUS } from '../../trace/tree.ts';
import { ResultFinder } from './join.ts';
import { type ElevenLabsPayload, type Row, rowMetric } from './payload.ts';
import { endOf } from './reason.ts';
import { NAME } from './span.ts';
import type { RowToolCall, RowToolResult } from './tool-payload.ts';
import { USAGE_PREFIX } from './usage.ts';

/**
 * Vendor-shaped OTLP for a conversation that has a transcript and no `otlp_traces` (older ones, pushed JSON): it
 * goes down the same road as the vendor's own, so a reader cannot tell them apart but for the scope.
 */
export function tracesFromTranscript(payload: ElevenLabsPayload, id: string, start: Nanos): Json {
  const end =
    start + (payload.duration ?? payload.rows.reduce((last, row) => later(last, row.time ?? 0n), 0n));
  const root = span('root', undefined, NAME.CONVERSATION, start, end, rootAttributes(payload), {
    kind: KIND.CLIENT,
    status: { code: endedInOrder(payload) ? STATUS.OK : STATUS.ERROR },
  });
  const results = new ResultFinder(payload.rows);
  const starts = startsOf(payload.rows, start);
  const turns = payload.rows.flatMap((row, index) =>
    turnSpans(row, index, { start: starts[index] ?? start, end: starts[index + 1] ?? end }, results),
  );
  return {
    resourceSpans: [
      {
        resource: {
          attributes: encodeAttributes({
            'service.name': 'elevenlabs-convai',
            'elevenlabs.conversation_id': id,
            ...(payload.agentId === undefined ? {} : { 'elevenlabs.agent_id': payload.agentId }),
          }),
        },
        scopeSpans: [{ scope: { name: SCOPE_NAME, version: MODEL_VERSION }, spans: [root, ...turns] }],
      },
    ],
  };
}

/** The vendor's rule: an error is what did not end with a normal disconnect of the client. */
function endedInOrder({ status, terminationReason, error }: ElevenLabsPayload): boolean {
  const { reason, failed } = endOf(terminationReason, error);
  if (status === 'failed' || failed) return false;
  return reason === undefined || reason === 'client_disconnect';
}

function rootAttributes(payload: ElevenLabsPayload): Attributes {
  return present({
    'elevenlabs.agent_id': payload.agentId,
    'elevenlabs.status': payload.status,
    'elevenlabs.session.duration_ms':
      payload.duration === undefined ? undefined : Number(payload.duration / 1_000_000n),
    'elevenlabs.termination_reason': payload.terminationReason,
    'elevenlabs.user_id': payload.userId,
    'elevenlabs.environment': payload.environment,
    'elevenlabs.branch_id': payload.branchId,
    'elevenlabs.version_id': payload.versionId,
    'elevenlabs.cost_fiat': payload.costFiat,
    'elevenlabs.analysis.call_successful': text(payload.analysis.call_successful),
    'elevenlabs.analysis.transcript_summary': text(payload.analysis.transcript_summary),
    'elevenlabs.analysis.call_summary_title': text(payload.analysis.call_summary_title),
    ...Object.fromEntries(
      Object.entries(asObject(payload.dynamicVariables)).map(([name, value]) => [
        `elevenlabs.dynamic_variable.${name}`,
        text(value) ?? finite(value) ?? flag(value),
      ]),
    ),
  });
}

/** A turn ends where the next one starts; its tools last as long as they took. */
function turnSpans(
  row: Row,
  index: number,
  { start, end }: { start: Nanos; end: Nanos },
  results: ResultFinder,
): Json[] {
  const name = row.role === 'user' ? NAME.USER : NAME.AGENT;
  const kind = row.role === 'user' ? KIND.INTERNAL : KIND.CLIENT;
  const turn = span(`turn ${index}`, 'root', name, start, later(start, end), turnAttributes(row), {
    kind,
    status: { code: STATUS.OK },
  });
  return [
    turn,
    ...row.toolCalls.map((call, place) =>
      toolSpan(call, `${index} ${place}`, index, start, results.find(call, row.index)?.result),
    ),
  ];
}

/** A row without a time stands where the one before it stands. */
function startsOf(rows: readonly Row[], start: Nanos): Nanos[] {
  let at = start;
  return rows.map(({ time }) => {
    if (time !== undefined) at = start + time;
    return at;
  });
}

function turnAttributes(row: Row): Attributes {
  return present({
    'elevenlabs.turn.index': row.index,
    [`elevenlabs.${row.role}.text`]: row.message || undefined,
    'elevenlabs.producing_llm': row.producingLlm,
    'elevenlabs.rag.retrieval_query': row.rag?.query,
    'elevenlabs.rag.embedding_model': row.rag?.model,
    'elevenlabs.rag.latency_ms': row.rag?.length === undefined ? undefined : Number(row.rag.length) / 1e6,
    ...Object.fromEntries(
      Object.keys(row.metrics).flatMap((name) => {
        const length = rowMetric(row, name);
        return length === undefined ? [] : [[`elevenlabs.metric.${name}_ms`, Number(length) / 1e6]];
      }),
    ),
    ...Object.fromEntries(
      [...row.usage].flatMap(([model, categories]) =>
        Object.entries(categories).map(([category, metered]) => [
          `${USAGE_PREFIX}${model}.${category}`,
          metered && `{'tokens': ${metered.tokens ?? 'None'}, 'price': ${metered.price ?? 'None'}}`,
        ]),
      ),
    ),
  });
}

function toolSpan(
  call: RowToolCall,
  place: string,
  turn: number,
  start: Nanos,
  result: RowToolResult | undefined,
): Json {
  const isFailed = result !== undefined && (result.isError || result.isBlocked);
  const attributes = present({
    'elevenlabs.tool.name': call.name,
    'elevenlabs.tool.params': call.params,
    'elevenlabs.tool.result': result?.value,
    'elevenlabs.tool.latency_ms': result?.length === undefined ? undefined : Number(result.length) / 1e6,
    'elevenlabs.tool.status': result === undefined ? undefined : isFailed ? 'error' : 'success',
  });
  const code = isFailed ? STATUS.ERROR : STATUS.OK;
  return span(
    `tool ${place}`,
    `turn ${turn}`,
    `${NAME.TOOL}${call.name}`,
    start,
    start + (result?.length ?? 0n),
    attributes,
    {
      kind: KIND.INTERNAL,
      status: { code },
    },
  );
}

function span(
  id: string,
  parent: string | undefined,
  name: string,
  start: Nanos,
  end: Nanos,
  attributes: Attributes,
  rest: { kind: number; status: { code: number } },
): Json {
  return {
    spanId: placeholder(id),
    ...(parent === undefined ? {} : { parentSpanId: placeholder(parent) }),
    name,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end),
    attributes: encodeAttributes(attributes),
    ...rest,
  };
}

/** Only says who hangs under whom: the ids that leave are made from the tree. */
function placeholder(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16);
}

function present(attributes: Record<string, Attributes[string] | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, Attributes[string]] => entry[1] !== undefined,
    ),
  );
}
