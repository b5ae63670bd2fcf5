/** The rows of a transcript: what was said and done, stamped with whole seconds. */
import { type ElevenLabsCall, type ToolCall, type Turn, toolEnd } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { mix } from '../random.ts';
import { MICROS_PER_SECOND, type Micros, NANOS_PER_SECOND, type Nanos } from '../time.ts';
import { usage, usageInJson } from './usage.ts';

export interface Row {
  readonly role: 'user' | 'agent';
  readonly at: Micros;
  /** Whole seconds since the call began. */
  readonly second: number;
  /** Index into `ElevenLabsCall.agents`. */
  readonly agent: number;
  /** Absent in a row that only reports results. */
  readonly turn?: Turn;
  readonly results: ToolCall[];
}

/** The rows that there are at an instant; all of them where none is given. */
export function rowsOf(call: ElevenLabsCall, at: Micros = Number.POSITIVE_INFINITY): Row[] {
  const begun = call.turns.filter((turn) => turn.start <= at);
  const rows = begun.map((turn): Row => row(call, turn.speaker, turn.agent, turn.start, turn));
  for (const turn of begun) {
    for (const tool of turn.tools) if (toolEnd(tool) <= at) report(call, rows, turn, tool);
  }
  return rows;
}

function row(call: ElevenLabsCall, role: Row['role'], agent: number, at: Micros, turn?: Turn): Row {
  const second = Math.floor((at - call.start) / MICROS_PER_SECOND);
  return { role, at, second, agent, ...(turn === undefined ? {} : { turn }), results: [] };
}

/** Puts a result where this conversation puts its results. */
function report(call: ElevenLabsCall, rows: Row[], caller: Turn, tool: ToolCall): void {
  const place = rows.findIndex((one) => one.turn === caller);
  const style = call.traits.results;
  const next = rows.find(
    (one, at) => at > place && one.role === 'agent' && (one.turn?.start ?? 0) >= toolEnd(tool),
  );
  const target = style === 'same' && !tool.deferred ? rows[place] : style === 'own' ? undefined : next;
  if (target !== undefined) {
    target.results.push(tool);
    return;
  }
  const own = row(call, 'agent', caller.agent, toolEnd(tool));
  own.results.push(tool);
  // Behind everything that had begun by then, so that the order of the rows stays that of time.
  const later = rows.findIndex((one, at) => at > place && one.at > own.at);
  rows.splice(later === -1 ? rows.length : later, 0, own);
}

/** One row as the API gives it. */
export function rowJson(call: ElevenLabsCall, row: Row, place: number): Json {
  const { turn } = row;
  const agent = call.agents[row.agent];
  const isAgent = row.role === 'agent';
  const calls = turn?.tools ?? [];
  const fields = new Fields(call.shape, `${call.id}${place}`)
    .must('role', row.role)
    .must('time_in_call_secs', row.second)
    .fact('message', turn === undefined || turn.text === '' ? undefined : spoken(call, turn))
    .fact('tool_calls', calls.length > 0 ? calls.map((tool) => callJson(call, tool)) : undefined)
    .fact(
      'tool_results',
      row.results.length > 0 ? row.results.map((tool) => resultJson(call, tool)) : undefined,
    )
    .fact('conversation_turn_metrics', turn === undefined ? undefined : metrics(call, turn))
    .fact('rag_retrieval_info', turn?.rag === undefined ? undefined : ragJson(turn.rag))
    .fact('llm_usage', turn?.model === undefined || !usageInJson(call) ? undefined : usage([turn.model]))
    .fact('producing_llm', turn?.model?.name)
    .fact('interrupted', isAgent && call.traits.interruption !== 'dots' ? turn?.interrupted : undefined)
    .extra('multivoice_message', () => null)
    .extra('feedback', () =>
      isAgent && place === 2 ? { score: 'like', time_in_call_secs: row.second + 1 } : null,
    )
    .extra('original_message', () => (turn?.interrupted ? `${turn.text} and more that nobody heard` : null))
    .extra('ignored_as_backchannel', () => false)
    .extra('source_medium', () => (isAgent ? null : call.traits.textOnly ? 'text' : 'audio'))
    .extra('id', () => `turn-${place}`);
  // Who holds the turn is worth telling only where it can be another than the conversation's own agent.
  if (isAgent && agent !== undefined && call.agents.length > 1) {
    fields.must('agent_metadata', {
      agent_id: agent.id,
      branch_id: agent.branch ?? null,
      workflow_node_id: null,
      version_id: agent.version ?? null,
    });
  } else
    fields.extra('agent_metadata', () =>
      isAgent ? { agent_id: agent?.id, branch_id: agent?.branch ?? null } : null,
    );
  return fields.done();
}

/** What the vendor keeps of a turn: what was heard, with dots where the caller cut it off. */
export function spoken(call: ElevenLabsCall, turn: Turn): string {
  return turn.interrupted && call.traits.interruption !== 'flag' ? `${turn.text}...` : turn.text;
}

/** A tool's parameters as the vendor carries them, as JSON in a string. */
export function parameters(tool: ToolCall): string {
  return JSON.stringify(tool.arguments);
}

/** A tool's result as the vendor carries it; a failed one has the error instead. */
export function resultText(tool: ToolCall): string {
  return tool.error === undefined ? JSON.stringify(tool.result) : tool.error.message;
}

function callJson(call: ElevenLabsCall, tool: ToolCall): Json {
  const fields = new Fields(call.shape, tool.id)
    .must('request_id', tool.id)
    .must('tool_name', tool.name)
    .must('params_as_json', parameters(tool))
    .must('tool_has_been_called', true);
  // An app's own tool is told from the vendor's by this word alone.
  fields.must('type', tool.type);
  if (tool.type === 'webhook') {
    const secret = { Authorization: `Bearer ${mix(tool.id).toString(36)}-secret` };
    fields.extra('tool_details', () => ({
      type: 'webhook',
      method: 'POST',
      url: 'https://api.example.com/tools',
      headers: secret,
      body: parameters(tool),
    }));
  } else if (tool.type === 'client')
    fields.extra('tool_details', () => ({ type: 'client', parameters: parameters(tool) }));
  return fields.done();
}

function resultJson(call: ElevenLabsCall, tool: ToolCall): Json {
  const fields = new Fields(call.shape, `${tool.id}r`)
    .must('request_id', tool.id)
    .must('tool_name', tool.name)
    .must('result_value', resultText(tool))
    .must('is_error', tool.error !== undefined)
    .must('tool_has_been_called', true)
    .fact('tool_latency_secs', tool.measured ? seconds(tool.latency, tool.id) : undefined)
    .fact('error_type', tool.error?.type)
    .fact('raw_error_message', tool.error?.message)
    .extra('dynamic_variable_updates', () => []);
  if (tool.type === 'system')
    return fields
      .must('type', 'system')
      .extra('result', () => tool.result)
      .done();
  return fields.extra('type', () => tool.type).done();
}

function metrics(call: ElevenLabsCall, turn: Turn): Json | undefined {
  const { asr, turnDetection, llm, tts } = turn.metrics;
  const heard = call.turns.slice(0, call.turns.indexOf(turn)).findLast((one) => one.speaker === 'user');
  const repeated = turn.wait === undefined ? undefined : heard?.metrics.asr;
  const measured: Record<string, Nanos | undefined> = {
    convai_asr_trailing_service_latency: asr,
    convai_turn_asr_latency: repeated,
    convai_turn_silence_before_initiation: turnDetection,
    convai_llm_service_ttfb: llm,
    convai_llm_tool_request_generation_latency:
      turn.tools.length > 0 && llm !== undefined ? llm + 60_000_000 : undefined,
    convai_llm_service_ttf_sentence: llm === undefined ? undefined : llm + 90_000_000,
    convai_llm_service_tt_last_sentence: llm === undefined ? undefined : llm + 240_000_000,
    convai_tts_service_ttfb: tts,
    convai_ttf_audio_since_silence: turn.wait,
  };
  const there = Object.entries(measured).filter((entry): entry is [string, number] => entry[1] !== undefined);
  if (there.length === 0) return undefined;
  const salt = `${call.id}${turn.start}`;
  const records = there.map(([name, length]) => [name, { elapsed_time: seconds(length, salt + name) }]);
  return new Fields(call.shape, salt)
    .must('metrics', Object.fromEntries(records))
    .extra('convai_asr_provider', () => (asr === undefined ? null : 'scribe_realtime'))
    .extra('convai_tts_model', () => (tts === undefined ? null : 'eleven_flash_v2_5'))
    .extra('voice_id', () => 'voice-7')
    .done();
}

/** Seconds with the digits that a difference of two float clocks has beyond the nanosecond. */
function seconds(length: Nanos, salt: string): number {
  return (length + (mix(salt) / 0x1_0000_0000 - 0.5) * 0.8) / NANOS_PER_SECOND;
}

function ragJson(rag: NonNullable<Turn['rag']>): Json {
  return {
    chunks: rag.documents.map((document, place) => ({
      document_id: document,
      chunk_id: `${document}-${place}`,
      vector_distance: 0.2 + place / 10,
    })),
    embedding_model: rag.embeddingModel,
    retrieval_query: rag.query,
    rag_latency_secs: seconds(rag.latency, rag.query),
  };
}
