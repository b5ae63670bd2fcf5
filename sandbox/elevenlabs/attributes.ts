/** Attributes of the vendor's spans, as far as they are known from public captures and its documentation. */
import type { ElevenLabsCall, ToolCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { Random } from '../random.ts';
import type { Micros, Nanos } from '../time.ts';
import { signedUrl } from '../tools.ts';
import { summary, verdict } from './analysis.ts';
import { publishedMetrics } from './metrics.ts';
import { pythonRepr } from './python-repr.ts';
import { parameters, resultText } from './tools.ts';
import { type Row, spoken } from './transcript.ts';
import { TOKEN_KINDS, usageInTrace } from './usage.ts';
import { dynamicVariables, isInTrace } from './variables.ts';

/** Parameters and results of tools are cut off after this many characters. */
const TOOL_TEXT_LIMIT = 4096;

class Attributes {
  readonly list: Json[] = [];
  readonly #integers: 'string' | 'number';

  constructor(call: ElevenLabsCall) {
    this.#integers = call.traits.spans.integers;
  }

  text(name: string, value: string | undefined): this {
    if (value !== undefined) this.list.push({ key: `elevenlabs.${name}`, value: { stringValue: value } });
    return this;
  }

  integer(name: string, value: number): this {
    const intValue = this.#integers === 'string' ? String(value) : value;
    this.list.push({ key: `elevenlabs.${name}`, value: { intValue } });
    return this;
  }

  float(name: string, value: number | undefined): this {
    if (value !== undefined) this.list.push({ key: `elevenlabs.${name}`, value: { doubleValue: value } });
    return this;
  }

  millis(name: string, length: Nanos | undefined): this {
    return this.float(name, length === undefined ? undefined : length / 1_000_000);
  }
}

export function rootAttributes(call: ElevenLabsCall, end: Micros): Json[] {
  const { traits } = call;
  const agent = call.agents[0];
  const out = new Attributes(call).text('source', 'post_call_webhook').text('status', traits.status);
  if (traits.spans.agentOn !== 'resource') out.text('agent_id', agent?.id);
  if (traits.otlp === 'skeleton') return out.list;
  out
    .integer('session.duration_ms', (end - call.start) / 1000)
    .text('termination_reason', call.reason?.raw)
    .text('environment', traits.environment)
    .text('branch_id', agent?.branch)
    .text('version_id', agent?.version)
    .float('cost_fiat', traits.costUsd)
    .text('user_id', call.person.id)
    .text('telephony.external_number', traits.direction === undefined ? undefined : call.person.phone)
    .text('analysis.call_successful', verdict(call))
    .text('analysis.transcript_summary', summary(call))
    .text(
      'analysis.data_collection_results.name',
      pythonRepr({
        data_collection_id: 'name',
        value: call.person.name,
        rationale: "The caller's own words.",
      }),
    );
  for (const [name, value] of Object.entries(dynamicVariables(call))) {
    if (name === 'traceparent' && !isInTrace(call)) continue;
    if (typeof value === 'number') out.integer(`dynamic_variable.${name}`, value);
    else out.text(`dynamic_variable.${name}`, String(value));
  }
  // A second copy of all that was said.
  const entries = call.turns.map(({ speaker, text }) => ({ role: speaker, message: text }));
  out.text('dynamic_variable.system__conversation_history', JSON.stringify({ entries }));
  return out.list;
}

/** @param index of the row in the transcript, where it is told. */
export function turnAttributes(call: ElevenLabsCall, row: Row, index: number | undefined): Json[] {
  const { traits } = call;
  const out = new Attributes(call);
  if (index !== undefined) out.integer('turn.index', index);
  const { turn } = row;
  if (traits.otlp === 'skeleton' || turn === undefined) return out.list;
  const text = spoken(call, turn);
  if (text !== '') out.text(row.role === 'user' ? 'user.text' : 'agent.text', text);
  if (row.role === 'user') {
    const random = new Random(call.id, 'audio', row.at);
    if (random.chance(0.3)) out.text('audio.file_url', signedUrl(random, `${call.id}/${row.second}.wav`));
    return out.list;
  }
  const { llm, tts } = publishedMetrics(call, turn);
  out
    .text('producing_llm', turn.model?.name)
    .millis('metric.convai_llm_service_ttfb_ms', llm)
    .millis('metric.convai_tts_service_ttfb_ms', tts);
  if (turn.model !== undefined && usageInTrace(call)) {
    for (const [ours, theirs] of Object.entries(TOKEN_KINDS)) {
      const used = turn.model.usage[ours as keyof typeof TOKEN_KINDS];
      const value = pythonRepr({ tokens: { int: used.tokens }, price: { float: used.price } });
      out.text(`llm_usage.${turn.model.name}.${theirs}`, value);
    }
  }
  if (turn.rag !== undefined) {
    out
      .text('rag.retrieval_query', turn.rag.query)
      .text('rag.embedding_model', turn.rag.embeddingModel)
      .millis('rag.latency_ms', turn.rag.latency);
  }
  return out.list;
}

export function toolAttributes(call: ElevenLabsCall, tool: ToolCall): Json[] {
  const out = new Attributes(call);
  if (call.traits.otlp === 'skeleton') return out.list;
  const { toolKeys } = call.traits.spans;
  return out
    .text('tool.name', tool.name)
    .text(`tool.${toolKeys.input}`, parameters(tool).slice(0, TOOL_TEXT_LIMIT))
    .text(`tool.${toolKeys.output}`, resultText(call, tool).slice(0, TOOL_TEXT_LIMIT))
    .text('tool.status', tool.refused ? undefined : tool.error === undefined ? 'success' : 'error')
    .millis('tool.latency_ms', tool.measured || tool.refused === 'blocked' ? tool.latency : undefined).list;
}
