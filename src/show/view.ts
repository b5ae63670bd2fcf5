import type { OtlpSpan, OtlpTraces } from '../trace/otlp.ts';
import { CALLSPAN, ERROR_TYPE, GEN_AI, PHASE, TURN } from '../trace/semconv.ts';
import { notesOf } from './notes.ts';
import { printable } from './printable.ts';
import { readerOf, type SpanReader } from './span-reader.ts';
import { type Total, totalsOf } from './totals.ts';
import type { ViewRow } from './view-row.ts';

/**
 * One conversation as a person looks at it. It is read from the OTLP that goes to the collector, so that what is
 * shown is what is sent. Every text in it is printable.
 */
export interface View {
  readonly traceId: string;
  readonly provider: string;
  readonly conversation: string;
  readonly agent: string | undefined;
  readonly outcome: string | undefined;
  readonly endReason: string | undefined;
  /** Unix nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly totals: readonly Total[];
  /** In order of time, children behind their parents. */
  readonly rows: readonly ViewRow[];
  /** Sentences about what the rows cannot say. */
  readonly notes: readonly string[];
}

interface Node {
  readonly span: OtlpSpan;
  readonly read: SpanReader;
  readonly start: bigint;
  readonly children: Node[];
}

/** Less than this of a wait is shown as nothing, in seconds. */
const LEAST_UNEXPLAINED = 0.05;

/** @throws Error where there is no span. */
export function viewOf(traces: OtlpTraces): View {
  const roots = treesOf(traces);
  const root = roots[0];
  if (!root) throw new Error('There is no span to show.');
  const { read, span } = root;
  const rows = rowsOf(roots);
  return {
    traceId: printable(span.traceId),
    provider: read.text(GEN_AI.PROVIDER_NAME) ?? '',
    conversation: read.text(GEN_AI.CONVERSATION_ID) ?? '',
    agent: read.text(GEN_AI.AGENT_NAME) ?? read.text(GEN_AI.AGENT_ID),
    outcome: read.text(CALLSPAN.OUTCOME),
    endReason: read.text(CALLSPAN.END_REASON),
    start: root.start,
    end: BigInt(span.endTimeUnixNano),
    totals: totalsOf(read),
    rows,
    notes: notesOf(read, rows),
  };
}

function treesOf(traces: OtlpTraces): Node[] {
  const nodes = new Map<string, Node>();
  for (const { scopeSpans } of traces.resourceSpans) {
    for (const { spans } of scopeSpans) {
      for (const span of spans) {
        const start = BigInt(span.startTimeUnixNano);
        nodes.set(span.spanId, { span, read: readerOf(span), start, children: [] });
      }
    }
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const { parentSpanId } = node.span;
    const parent = parentSpanId === undefined ? undefined : nodes.get(parentSpanId);
    (parent?.children ?? roots).push(node);
  }
  return roots;
}

/** Iterative: a damaged payload may nest deeper than the stack. */
function rowsOf(roots: Node[]): ViewRow[] {
  const rows: ViewRow[] = [];
  const stack: { node: Node; depth: number }[] = [];
  const push = (nodes: Node[], depth: number) => {
    // The first on top.
    for (const node of nodes.toSorted(byStart).reverse()) stack.push({ node, depth });
  };
  push(roots, 0);
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    rows.push(rowOf(top.node, top.depth));
    push(top.node.children, top.depth + 1);
  }
  return rows;
}

/** What the phases of a wait leave open, in seconds; undefined where that is nothing, or the span no wait. */
function unexplainedSeconds(read: SpanReader): number | undefined {
  if (read.text(CALLSPAN.PHASE) !== PHASE.RESPONSE_LATENCY) return undefined;
  const seconds = read.number(CALLSPAN.WAIT_UNEXPLAINED_SECONDS);
  return seconds !== undefined && seconds >= LEAST_UNEXPLAINED ? seconds : undefined;
}

function byStart(one: Node, other: Node): number {
  return one.start < other.start ? -1 : one.start > other.start ? 1 : 0;
}

function rowOf(node: Node, depth: number): ViewRow {
  const { span, read, start } = node;
  const end = BigInt(span.endTimeUnixNano);
  const provider = read.text(GEN_AI.PROVIDER_NAME) ?? '';
  const name = printable(span.name);
  const measured =
    read.number(CALLSPAN.PHASE_SECONDS) ??
    read.number(TURN.USER_BOT_LATENCY_SECONDS) ??
    read.number(CALLSPAN.TOOL_SECONDS);
  return {
    name: name.startsWith(`${provider}.`) ? name.slice(provider.length + 1) : name,
    depth,
    phase: read.text(CALLSPAN.PHASE) ?? PHASE.EVENT,
    start,
    end,
    seconds: measured ?? Number(end - start) / 1e9,
    turn: read.number(TURN.NUMBER),
    error: span.status?.code === 2,
    remark: remarkOf(read, span.status?.code === 2),
    aside: asideOf(read),
    unexplained: unexplainedSeconds(read),
    text: read.text(`${provider}.user.text`) ?? read.text(`${provider}.agent.text`),
  };
}

function asideOf(read: SpanReader): string | undefined {
  if (read.flag(TURN.BACKCHANNEL)) return 'backchannel';
  const rest = unexplainedSeconds(read);
  return rest === undefined ? undefined : `unexplained ${rest.toFixed(1)} s`;
}

function remarkOf(read: SpanReader, failed: boolean): string | undefined {
  const error = read.text(ERROR_TYPE);
  if (read.text(CALLSPAN.PHASE) === PHASE.TOOL && (failed || error !== undefined))
    return error === undefined ? 'failed' : `failed: ${error}`;
  const silence = read.number(TURN.SILENCE_SECONDS);
  if (silence !== undefined) return `unanswered for ${silence.toFixed(1)} s`;
  const overlap = read.number(TURN.OVERLAP_SECONDS);
  if (read.flag(TURN.WAS_INTERRUPTED)) return 'interrupted';
  return overlap === undefined ? undefined : `spoke ${overlap.toFixed(1)} s before the user had ended`;
}
