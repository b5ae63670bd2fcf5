import type { OtlpSpan, OtlpTraces, OtlpValue } from '../trace/otlp.ts';
import { CALLSPAN, GEN_AI, PHASE, TURN } from '../trace/semconv.ts';

/**
 * One conversation as a person looks at it. It is read from the OTLP that goes to the collector, so that what is
 * shown is what is sent.
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
}

/** One figure of the whole conversation. */
interface Total {
  readonly name: string;
  readonly value: string;
}

export interface ViewRow {
  /** The span's name without the vendor's. */
  readonly name: string;
  readonly depth: number;
  /** `callspan.phase`. */
  readonly phase: string;
  /** Unix nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  /** How long it truly took, in seconds: a phase's bar may be clipped, a tool's is whole seconds. */
  readonly seconds: number;
  readonly turn: number | undefined;
  readonly error: boolean;
  /** Unanswered, interrupted and the like. */
  readonly remark: string | undefined;
  /** What was said, where content is let out. */
  readonly text: string | undefined;
}

/** @throws Error where there is no span. */
export function viewOf(traces: OtlpTraces): View {
  const spans = traces.resourceSpans.flatMap((resource) =>
    resource.scopeSpans.flatMap((scope) => scope.spans),
  );
  const nodes = new Map(
    spans.map((span) => [span.spanId, { span, read: reader(span), children: [] as string[] }]),
  );
  const roots: string[] = [];
  for (const { spanId, parentSpanId } of spans) {
    const parent = parentSpanId === undefined ? undefined : nodes.get(parentSpanId);
    (parent?.children ?? roots).push(spanId);
  }
  const root = nodes.get(roots[0] ?? '');
  if (!root) throw new Error('There is no span to show.');
  const rows: ViewRow[] = [];
  const byStart = (one: string, other: string) => {
    const [a, b] = [startOf(nodes.get(one)?.span), startOf(nodes.get(other)?.span)];
    return a < b ? -1 : a > b ? 1 : 0;
  };
  // With a stack of its own: a payload may nest deeper than the engine's.
  const stack = [{ ids: roots.sort(byStart), next: 0 }];
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const node = nodes.get(level.ids[level.next++] ?? '');
    if (level.next > level.ids.length) stack.pop();
    if (!node) continue;
    rows.push(rowOf(node.span, node.read, stack.length - 1));
    stack.push({ ids: node.children.sort(byStart), next: 0 });
  }
  const { read, span } = root;
  return {
    traceId: span.traceId,
    provider: read.text(GEN_AI.PROVIDER_NAME) ?? '',
    conversation: read.text(GEN_AI.CONVERSATION_ID) ?? '',
    agent: read.text(GEN_AI.AGENT_NAME) ?? read.text(GEN_AI.AGENT_ID),
    outcome: read.text(CALLSPAN.OUTCOME),
    endReason: read.text(CALLSPAN.END_REASON),
    start: startOf(span),
    end: BigInt(span.endTimeUnixNano),
    totals: totalsOf(read),
    rows,
  };
}

interface Reader {
  text(key: string): string | undefined;
  number(key: string): number | undefined;
  flag(key: string): boolean;
}

function reader(span: OtlpSpan): Reader {
  const values = new Map<string, OtlpValue>(span.attributes.map(({ key, value }) => [key, value]));
  return {
    text: (key) => values.get(key)?.stringValue,
    number: (key) => {
      const value = values.get(key)?.intValue ?? values.get(key)?.doubleValue;
      return value === undefined ? undefined : Number(value);
    },
    flag: (key) => values.get(key)?.boolValue === true,
  };
}

function startOf(span: OtlpSpan | undefined): bigint {
  return BigInt(span?.startTimeUnixNano ?? 0);
}

function rowOf(span: OtlpSpan, read: Reader, depth: number): ViewRow {
  const start = startOf(span);
  const end = BigInt(span.endTimeUnixNano);
  const provider = read.text(GEN_AI.PROVIDER_NAME) ?? '';
  const measured =
    read.number(CALLSPAN.PHASE_SECONDS) ??
    read.number(TURN.USER_BOT_LATENCY_SECONDS) ??
    read.number(CALLSPAN.TOOL_SECONDS);
  return {
    name: span.name.startsWith(`${provider}.`) ? span.name.slice(provider.length + 1) : span.name,
    depth,
    phase: read.text(CALLSPAN.PHASE) ?? PHASE.EVENT,
    start,
    end,
    seconds: measured ?? Number(end - start) / 1e9,
    turn: read.number(TURN.NUMBER),
    error: span.status?.code === 2,
    remark: remarkOf(read),
    text: read.text(`${provider}.user.text`) ?? read.text(`${provider}.agent.text`),
  };
}

function remarkOf(read: Reader): string | undefined {
  const silence = read.number(TURN.SILENCE_SECONDS);
  if (silence !== undefined) return `unanswered for ${silence.toFixed(1)} s`;
  const overlap = read.number(TURN.OVERLAP_SECONDS);
  if (read.flag(TURN.WAS_INTERRUPTED)) return 'interrupted';
  return overlap === undefined ? undefined : `spoke ${overlap.toFixed(1)} s before the user had ended`;
}

function totalsOf(read: Reader): Total[] {
  const seconds = (value: number) => `${value.toFixed(2)} s`;
  const count = (value: number) => String(value);
  const dollars = (value: number) => `$${value.toFixed(4)}`;
  const wanted: [string, string, (value: number) => string][] = [
    ['exchanges', CALLSPAN.TURNS, count],
    ['waits', CALLSPAN.WAITS, count],
    ['first wait', CALLSPAN.WAIT_FIRST_SECONDS, seconds],
    ['mean wait', CALLSPAN.WAIT_MEAN_SECONDS, seconds],
    ['longest wait', CALLSPAN.WAIT_MAX_SECONDS, seconds],
    ['unanswered', CALLSPAN.UNANSWERED, count],
    ['longest silence', CALLSPAN.SILENCE_MAX_SECONDS, seconds],
    ['interruptions', CALLSPAN.INTERRUPTIONS, count],
    ['tool errors', CALLSPAN.TOOL_ERRORS, count],
    ['cost', CALLSPAN.COST_USD, dollars],
    ['models', CALLSPAN.COST_LLM_USD, dollars],
    ['tokens in', CALLSPAN.TOKENS_INPUT, count],
    ['tokens out', CALLSPAN.TOKENS_OUTPUT, count],
  ];
  return wanted.flatMap(([name, key, format]) => {
    const value = read.number(key);
    return value === undefined ? [] : [{ name, value: format(value) }];
  });
}
