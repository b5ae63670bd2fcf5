/** The `otlp_traces` of a conversation: OTLP/JSON, built from the transcript, as the vendor exports it. */
import { randomFillSync } from 'node:crypto';
import type { ElevenLabsCall, ToolCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix, Random } from '../random.ts';
import { MICROS_PER_SECOND, type Micros, NANOS_PER_SECOND } from '../time.ts';
import { rootAttributes, toolAttributes, turnAttributes } from './attributes.ts';
import { type Row, rowsOf } from './transcript.ts';

/** Gives the next span id: 16 hex digits. */
export type SpanIds = () => string;

const SPAN_ID_BYTES = 8;
/** Random bytes are drawn for many ids at once: one by one, they are most of what an export costs. */
const pool = Buffer.alloc(512 * SPAN_ID_BYTES);
let used = pool.length;

const freshSpanIds: SpanIds = () => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += SPAN_ID_BYTES;
  return pool.toString('hex', used - SPAN_ID_BYTES, used);
};

/** What has been exported by an instant (all where none is given). Every call makes new span ids. */
export function otlpTraces(call: ElevenLabsCall, at?: Micros, spanIds: SpanIds = freshSpanIds): Json {
  const rows = call.traits.zeroRetention ? [] : rowsOf(call, at);
  const root = spanIds();
  const end =
    at === undefined
      ? call.end
      : Math.max(call.start, Math.floor(at / MICROS_PER_SECOND) * MICROS_PER_SECOND);
  const spans = [rootSpan(call, root, end)];
  const indexed =
    call.traits.spans.turnIndex || rows.some((row, place) => row.second === rows[place + 1]?.second);
  rows.forEach((row, place) => {
    const id = spanIds();
    const next = rows[place + 1];
    const from = call.start + row.second * MICROS_PER_SECOND;
    const to = next === undefined ? Math.max(from, end) : call.start + next.second * MICROS_PER_SECOND;
    spans.push({
      ...base(
        call,
        `elevenlabs.recv.${row.role === 'user' ? 'user_transcript' : 'agent_response'}`,
        from,
        to,
      ),
      spanId: id,
      parentSpanId: root,
      attributes: turnAttributes(call, row, indexed ? place : undefined),
      status: { code: 1 },
    });
    for (const tool of row.turn?.tools ?? []) spans.push(toolSpan(call, tool, row, spanIds(), id));
  });
  return { resourceSpans: [{ resource: { attributes: resource(call) }, scopeSpans: [scope(call, spans)] }] };
}

function scope(call: ElevenLabsCall, spans: Json[]): Json {
  const ordered =
    call.traits.spans.order === 'tree' ? spans : new Random(call.id, 'order', spans.length).shuffled(spans);
  return { scope: { name: 'elevenlabs.convai', version: '1.0.0' }, spans: ordered };
}

function resource(call: ElevenLabsCall): Json[] {
  const attributes = [
    { key: 'service.name', value: { stringValue: 'elevenlabs-convai' } },
    { key: 'elevenlabs.conversation_id', value: { stringValue: call.id } },
  ];
  if (call.traits.spans.agentOn !== 'root') {
    attributes.push({ key: 'elevenlabs.agent_id', value: { stringValue: call.agents[0]?.id ?? '' } });
  }
  return attributes;
}

function base(call: ElevenLabsCall, name: string, from: Micros, to: Micros): Json {
  const { kind } = call.traits.spans;
  return {
    traceId: call.traceId,
    name,
    ...(kind === undefined ? {} : { kind }),
    startTimeUnixNano: unixNano(from),
    endTimeUnixNano: unixNano(to),
  };
}

function rootSpan(call: ElevenLabsCall, spanId: string, end: Micros): Json {
  const { rootParent } = call.traits.spans;
  // The vendor calls every end an error that is not the client's disconnecting, with whatever code.
  const orderly = call.reason === undefined || call.reason.raw.startsWith('Client disconnected');
  return {
    ...base(call, 'elevenlabs.conversation', call.start, end),
    spanId,
    ...(rootParent === 'null' ? { parentSpanId: null } : {}),
    attributes: rootAttributes(call, end),
    status: orderly
      ? { code: 1, ...(mix(call.id) % 2 === 0 ? { message: null } : {}) }
      : { code: 2, message: call.reason?.raw },
  };
}

function toolSpan(
  call: ElevenLabsCall,
  tool: ToolCall,
  row: Row,
  spanId: string,
  parentSpanId: string,
): Json {
  const from = call.start + row.second * MICROS_PER_SECOND;
  const lasted = tool.measured ? Math.round(tool.latency / NANOS_PER_SECOND) * MICROS_PER_SECOND : 0;
  return {
    ...base(call, `elevenlabs.tool.${tool.name}`, from, from + lasted),
    spanId,
    parentSpanId,
    attributes: toolAttributes(call, tool),
    status: { code: tool.error === undefined ? 1 : 2 },
  };
}

function unixNano(at: Micros): string {
  return `${at}000`;
}
