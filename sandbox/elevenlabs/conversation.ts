/** `GET /v1/convai/conversations/{id}`: the conversation as the API answers it at an instant. */
import { type ElevenLabsCall, statusAt } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { MICROS_PER_SECOND, type Micros, wholeSecond } from '../time.ts';
import { analysis, summary, verdict } from './analysis.ts';
import { metadata } from './metadata.ts';
import { otlpTraces, type SpanIds } from './otlp.ts';
import { rowJson, rowsOf } from './transcript.ts';
import { dynamicVariables, isInTrace } from './variables.ts';

export interface ConversationView {
  /** When it is asked for: what has not happened yet is not answered. */
  readonly at: Micros;
  readonly format: 'json' | 'opentelemetry';
  /** Where span ids come from; new ones at every export unless a test says otherwise. */
  readonly spanIds?: SpanIds;
  /** As a webhook carries it: whole, also where nobody may fetch it afterwards. */
  readonly pushed?: true;
}

/** The answer of the API. The trace, where there is one, has new span ids every time. */
export function conversationJson(call: ElevenLabsCall, view: ConversationView): Json {
  const status = statusAt(call, view.at) ?? 'initiated';
  const ended = view.at >= call.end;
  const agent = call.agents[0];
  const blank = call.traits.zeroRetention && view.pushed === undefined;
  const rows = blank ? [] : rowsOf(call, ended ? undefined : view.at);
  const fields = new Fields(call.shape, call.id)
    .must('agent_id', agent?.id)
    .must('conversation_id', call.id)
    .must('status', status)
    .must('metadata', metadata(call, status, ended))
    .must(
      'transcript',
      rows.map((row, place) => rowJson(call, row, place)),
    )
    .must('has_audio', !call.traits.textOnly && !blank && ended)
    .must('has_user_audio', !call.traits.textOnly && !blank && ended)
    .must('has_response_audio', !call.traits.textOnly && !blank && ended)
    .must('has_auxiliary_audio', false)
    .fact('agent_name', agent?.name)
    .fact('branch_id', agent?.branch)
    .fact('version_id', agent?.version)
    .fact('environment', call.traits.environment)
    .extra('conversation_product', () => 'agents')
    .extra('user_id', () => (blank ? null : call.person.id))
    .extra('tag_ids', () => [])
    .extra('visited_agents', () =>
      call.agents.map((visited) => ({ agent_id: visited.id, branch_id: visited.branch ?? null })),
    );
  if (call.traceparent === undefined || isInTrace(call)) {
    fields.extra('conversation_initiation_client_data', () => clientData(call, blank));
  } else fields.must('conversation_initiation_client_data', clientData(call, blank));
  if (status === 'done' && !blank) fields.must('analysis', analysis(call));
  else fields.fact('analysis', undefined);
  addTraces(fields, call, view, ended);
  return fields.done();
}

/** A row of the list: what is known of a conversation without opening it. */
export function listRow(call: ElevenLabsCall, at: Micros, withSummary: boolean): Json {
  const status = statusAt(call, at) ?? 'initiated';
  const ended = at >= call.end;
  const agent = call.agents[0];
  const done = status === 'done';
  const blank = call.traits.zeroRetention;
  return new Fields(call.shape, `${call.id}row`)
    .must('agent_id', agent?.id)
    .must('conversation_id', call.id)
    .must('start_time_unix_secs', wholeSecond(call.start))
    .must('call_duration_secs', ended ? (call.end - call.start) / MICROS_PER_SECOND : 0)
    .must('message_count', ended && !blank ? rowsOf(call).length : 0)
    .must('status', status)
    .must('call_successful', done ? verdict(call) : 'unknown')
    .fact('agent_name', agent?.name)
    .fact('branch_id', agent?.branch)
    .fact('version_id', agent?.version)
    .fact('direction', call.traits.direction)
    .fact('main_language', ended && call.traits.publishesLanguage ? call.language : undefined)
    .extra('termination_reason', () => (ended ? (call.reason?.raw ?? '') : null))
    .fact('transcript_summary', withSummary && done && !blank ? summary(call) : undefined)
    .extra('call_summary_title', () => (done && !blank ? 'A question about an order' : null))
    .extra('tool_names', () => [
      ...new Set(call.turns.flatMap((turn) => turn.tools.map((tool) => tool.name))),
    ])
    .extra('rating', () => null)
    .extra('tag_ids', () => [])
    .done();
}

function clientData(call: ElevenLabsCall, blank: boolean): Json {
  return {
    conversation_config_override: {},
    custom_llm_extra_body: {},
    dynamic_variables: blank ? {} : dynamicVariables(call),
  };
}

function addTraces(fields: Fields, call: ElevenLabsCall, view: ConversationView, ended: boolean): void {
  const { otlp } = call.traits;
  // Asked for in JSON, the field is null or left out, whatever the trace would have been.
  if (view.format === 'json') {
    fields.fact('otlp_traces', undefined);
    return;
  }
  if (otlp === 'absent') return;
  if (otlp === 'null') fields.must('otlp_traces', null);
  else if (otlp === 'empty') fields.must('otlp_traces', { resourceSpans: [] });
  else fields.must('otlp_traces', otlpTraces(call, ended ? undefined : view.at, view.spanIds));
}
