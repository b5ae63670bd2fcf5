/** The rows of a transcript: what was said and done, stamped with whole seconds. */
import { type ElevenLabsCall, type ToolCall, type Turn, toolEnd } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import { metricsJson, seconds } from './metrics.ts';
import { callJson, resultJson } from './tools.ts';
import { usage, usageInJson } from './usage.ts';

export interface Row {
  readonly role: 'user' | 'agent';
  readonly at: Micros;
  /** Whole seconds since the call began. */
  readonly second: number;
  /** Index into `ElevenLabsCall.agents`. */
  readonly agent: number;
  /** The node of the workflow that held it. */
  readonly node?: string;
  /** Absent in a row that only reports results. */
  readonly turn?: Turn;
  readonly results: ToolCall[];
}

/** The rows that there are at an instant; all of them where none is given. */
export function rowsOf(call: ElevenLabsCall, at: Micros = Number.POSITIVE_INFINITY): Row[] {
  const begun = call.turns.filter((turn) => turn.start <= at);
  const rows = begun.map((turn, place): Row => {
    const stamp = call.traits.textOnly && turn.speaker === 'user' ? lastWords(begun, place) : turn.start;
    return row(call, { at: stamp ?? turn.start, role: turn.speaker, of: turn, turn });
  });
  for (const turn of begun) {
    for (const tool of turn.tools) if (toolEnd(tool) <= at) report(call, rows, turn, tool);
  }
  return rows;
}

/** In a text chat a row of the user's carries the second of the agent's previous words. */
function lastWords(turns: readonly Turn[], place: number): Micros | undefined {
  return turns.slice(0, place).findLast((turn) => turn.speaker === 'agent' && turn.text !== '')?.start;
}

interface RowFacts {
  readonly at: Micros;
  readonly role: Row['role'];
  /** The turn whose agent and node the row has. */
  readonly of: Turn;
  readonly turn?: Turn;
}

function row(call: ElevenLabsCall, { at, role, of, turn }: RowFacts): Row {
  const second = Math.floor((at - call.start) / MICROS_PER_SECOND);
  return {
    role,
    at,
    second,
    agent: of.agent,
    ...(of.node === undefined ? {} : { node: of.node }),
    ...(turn === undefined ? {} : { turn }),
    results: [],
  };
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
  const own = row(call, { at: toolEnd(tool), role: 'agent', of: caller });
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
    .fact('message', turn === undefined ? undefined : message(call, turn))
    .fact('tool_calls', calls.length > 0 ? calls.map((tool) => callJson(call, tool)) : none(call))
    .fact(
      'tool_results',
      row.results.length > 0 ? row.results.map((tool) => resultJson(call, tool)) : none(call),
    )
    .fact('conversation_turn_metrics', turn === undefined ? undefined : metricsJson(call, turn))
    .fact('rag_retrieval_info', turn?.rag === undefined ? undefined : ragJson(turn.rag))
    .fact('llm_usage', turn?.model === undefined || !usageInJson(call) ? undefined : usage([turn.model]))
    .fact('producing_llm', turn?.model?.name)
    .fact('interrupted', isAgent ? interrupted(call, turn) : undefined)
    .extra('multivoice_message', () => null)
    .extra('feedback', () =>
      isAgent && place === 2 ? { score: 'like', time_in_call_secs: row.second + 1 } : null,
    )
    .extra('original_message', () => (turn?.interrupted ? (turn.unheard ?? `${turn.text} and more`) : null))
    .extra('source_medium', () => (isAgent ? null : call.traits.textOnly ? 'text' : 'audio'))
    .extra('id', () => `turn-${place}`);
  if (turn?.backchannel) fields.must('ignored_as_backchannel', true);
  else fields.extra('ignored_as_backchannel', () => false);
  // Who holds the turn is worth telling only where it can be another than the conversation's own agent.
  if (isAgent && agent !== undefined && (call.agents.length > 1 || row.node !== undefined)) {
    fields.must('agent_metadata', {
      agent_id: agent.id,
      branch_id: agent.branch ?? null,
      workflow_node_id: row.node ?? null,
      version_id: agent.version ?? null,
    });
  } else
    fields.extra('agent_metadata', () =>
      isAgent ? { agent_id: agent?.id, branch_id: agent?.branch ?? null } : null,
    );
  return fields.done();
}

/** Where nothing was called, recorded rows have an empty list. */
function none(call: ElevenLabsCall): Json[] | undefined {
  return call.shape === 'full' ? [] : undefined;
}

/** A reply of which no word was heard is told as an empty message, as dots, or as none. */
function message(call: ElevenLabsCall, turn: Turn): string | undefined {
  if (turn.unheard !== undefined) return ['', '...', undefined][turn.start % 3];
  return turn.text === '' ? undefined : spoken(call, turn);
}

/** Where nothing was heard, there is nothing that dots could be appended to. */
function interrupted({ traits }: ElevenLabsCall, turn: Turn | undefined): boolean | undefined {
  const isInDots = traits.interruption === 'dots' && turn?.unheard === undefined;
  return isInDots ? undefined : turn?.interrupted;
}

/** What the vendor keeps of a turn: what was heard, with dots where the caller cut it off. */
export function spoken(call: ElevenLabsCall, turn: Turn): string {
  return turn.interrupted && call.traits.interruption !== 'flag' ? `${turn.text}...` : turn.text;
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
