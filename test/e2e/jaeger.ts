import { vi } from 'vitest';

/** A trace as Jaeger's two query APIs give it back: v3 has the nanoseconds, v1 the warnings. */
export interface JaegerTrace {
  readonly spans: readonly JaegerSpan[];
  /** Every warning of Jaeger, on the trace or on a span. */
  readonly warnings: readonly string[];
}

export interface JaegerSpan {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly service: string;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly status: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly events: readonly { name: string; time: bigint; attributes: Readonly<Record<string, unknown>> }[];
  readonly links: readonly { traceId: string; spanId: string }[];
}

/** Waits until Jaeger has `spans` spans of the trace. */
export async function readTrace(api: string, traceId: string, spans: number): Promise<JaegerTrace> {
  return await vi.waitFor(
    async () => {
      const trace = await getTrace(api, traceId);
      if (trace.spans.length < spans)
        throw new Error(`${trace.spans.length} of ${spans} spans of ${traceId}`);
      return trace;
    },
    { timeout: 30_000, interval: 250 },
  );
}

/** What Jaeger has of a trace now; no span where it does not know it. */
export async function getTrace(api: string, traceId: string): Promise<JaegerTrace> {
  const [v1, v3] = await Promise.all([
    getJson(`${api}/api/traces/${traceId}?raw=false`),
    getJson(`${api}/api/v3/traces/${traceId}?raw_traces=true`),
  ]);
  const [trace] = (v1?.data ?? []) as { warnings?: string[]; spans: { warnings?: string[] }[] }[];
  return {
    spans: spansOf(v3?.result as OtlpLike | undefined),
    warnings: [...(trace?.warnings ?? []), ...(trace?.spans.flatMap((span) => span.warnings ?? []) ?? [])],
  };
}

/** Trace ids that a search finds, by the tags of a span. */
export async function searchTraces(
  api: string,
  query: { service: string; tags: Readonly<Record<string, string>>; start: number; end: number },
): Promise<string[]> {
  const parameters = new URLSearchParams({
    service: query.service,
    tags: JSON.stringify(query.tags),
    start: String(Math.floor(query.start * 1000)),
    end: String(Math.ceil(query.end * 1000)),
    limit: '1000',
  });
  const { data } = (await getJson(`${api}/api/traces?${parameters}`)) as { data: { traceID: string }[] };
  return data.map((trace) => trace.traceID);
}

async function getJson(url: string): Promise<Record<string, unknown> | undefined> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  return (await response.json()) as Record<string, unknown>;
}

interface OtlpLike {
  resourceSpans?: {
    resource?: { attributes?: Attribute[] };
    scopeSpans: { spans: OtlpSpanLike[] }[];
  }[];
}

interface Attribute {
  key: string;
  value: { stringValue?: string; boolValue?: boolean; intValue?: string; doubleValue?: number };
}

interface OtlpSpanLike {
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number | string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Attribute[];
  events?: { name: string; timeUnixNano: string; attributes?: Attribute[] }[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number | string };
}

function spansOf(traces: OtlpLike | undefined): JaegerSpan[] {
  return (traces?.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource?.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(span, service)));
  });
}

const CODES: Record<string, number> = { STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 };
const KINDS: Record<string, number> = { SPAN_KIND_INTERNAL: 1, SPAN_KIND_SERVER: 2, SPAN_KIND_CLIENT: 3 };

function toSpan(span: OtlpSpanLike, service: string): JaegerSpan {
  const { kind, status } = span;
  const code = status?.code ?? 0;
  return {
    id: span.spanId,
    parentId: span.parentSpanId || undefined,
    name: span.name,
    service,
    kind: typeof kind === 'string' ? (KINDS[kind] ?? 0) : kind,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    status: typeof code === 'string' ? (CODES[code] ?? 0) : code,
    attributes: valuesOf(span.attributes),
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      time: BigInt(event.timeUnixNano),
      attributes: valuesOf(event.attributes),
    })),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  };
}

function valuesOf(attributes: Attribute[] | undefined): Record<string, string | number | boolean> {
  return Object.fromEntries(
    (attributes ?? []).map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue ?? Number.NaN),
    ]),
  );
}
