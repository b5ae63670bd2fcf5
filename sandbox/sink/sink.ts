/** A collector to send to in tests: takes OTLP/HTTP in JSON, reads it strictly and remembers all of it. */
import { gunzipSync } from 'node:zlib';
import type { Json } from '../fields.ts';
import type { Fault } from '../http/fault.ts';
import type { Reply, SeenRequest } from '../http/request.ts';
import { type SandboxServer, type ServerOptions, startServer } from '../http/server.ts';
import { Findings } from './findings.ts';
import { SeriesStore } from './series-store.ts';
import { SpanStore, type StoredSpan } from './span-store.ts';
import { checkMetrics } from './validate-metrics.ts';
import { checkTraces } from './validate-traces.ts';

export interface SinkOptions extends ServerOptions {
  /** Whole spans, the default, or only digests of them, for runs of many thousand traces. */
  readonly keep?: 'all' | 'digests';
  /** Refuse what is wrong, the default; or take everything, for measuring speed. */
  readonly strict?: boolean;
  /** Longest body, in bytes after decompression; 20 MiB where it is left out, as in the Collector. */
  readonly maxBytes?: number;
  /** Drops what began longer ago behind its 200, as some backends do, in milliseconds. */
  readonly maxAgeMs?: number;
  /** What a longer body is answered with: 413, the default, or the Collector's 400. */
  readonly tooLarge?: 413 | 400;
}

export interface Sink extends SandboxServer {
  /** Where traces go. */
  readonly tracesUrl: string;
  readonly metricsUrl: string;
  /** Everything that was refused as wrong, the oldest first. */
  readonly violations: readonly string[];
  readonly spanStore: SpanStore;
  readonly metrics: SeriesStore;
  /** The ids of all traces that came. */
  traces(): string[];
  spans(traceId: string): StoredSpan[];
  span(traceId: string, spanId: string): StoredSpan | undefined;
  /** Spans that were sent with two different contents. */
  differing(): StoredSpan[];
  /** How often spans of a trace came, each span as often as it came. */
  arrivals(traceId: string): number;
  /** Forgets what came, requests and violations included. */
  clear(): void;
}

const DEFAULT_MAX_BYTES = 20 * 1024 * 1024;

/** Starts a sink on loopback. Its requests are named `traces`, `metrics` and `unknown`. */
export async function startSink(options: SinkOptions = {}): Promise<Sink> {
  const spanStore = new SpanStore(options.keep ?? 'all');
  const metrics = new SeriesStore();
  const violations: string[] = [];
  const strict = options.strict ?? true;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;

  const now = options.now ?? Date.now;
  const oldest = () => (options.maxAgeMs === undefined ? 0 : now() - options.maxAgeMs);

  const handle = (request: SeenRequest, fault?: Fault): Reply => {
    if (request.route === 'unknown') return { status: 404, text: '404 page not found' };
    if (request.method !== 'POST') return { status: 405, text: 'only POST is supported' };
    const read = body(request, maxBytes);
    if ('status' in read) return read.status === 413 ? tooLarge(options.tooLarge ?? 413) : read;
    const findings = new Findings();
    if (strict) {
      if (request.route === 'traces') checkTraces(read.json, findings);
      else checkMetrics(read.json, findings);
      if (findings.all.length > 0) return refused(findings);
    }
    if (request.route === 'traces')
      spanStore.take(read.json, fault?.kind === 'partial-success' ? fault.rejected : 0, oldest());
    else metrics.take(read.json, findings);
    if (strict && findings.all.length > 0) return refused(findings);
    return { status: 200, json: { partialSuccess: {} } };
  };

  const refused = (findings: Findings): Reply => {
    violations.push(...findings.all);
    return { status: 400, json: { code: 3, message: findings.all[0] } };
  };

  const server = await startServer({ route: routeOf, handle }, options);
  return {
    ...server,
    tracesUrl: `${server.url}/v1/traces`,
    metricsUrl: `${server.url}/v1/metrics`,
    violations,
    spanStore,
    metrics,
    traces: () => spanStore.traceIds(),
    spans: (traceId) => spanStore.spans(traceId),
    span: (traceId, spanId) => spanStore.span(traceId, spanId),
    differing: () => spanStore.differing(),
    arrivals: (traceId) => spanStore.spans(traceId).reduce((sum, span) => sum + span.arrivals, 0),
    clear: () => {
      spanStore.clear();
      metrics.clear();
      violations.length = 0;
      server.requests.clear();
    },
  };
}

function routeOf(_method: string, path: string): string {
  if (path === '/v1/traces') return 'traces';
  return path === '/v1/metrics' ? 'metrics' : 'unknown';
}

/** The JSON of a request, or the answer to one that has none. */
function body(request: SeenRequest, maxBytes: number): { readonly json: Json } | Reply {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    return { status: 415, text: `unsupported content type ${type}` };
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    return { status: 415, text: `unsupported encoding ${encoding}` };
  if (request.body.length > maxBytes) return { status: 413 };
  try {
    const raw = encoding === 'gzip' ? gunzipSync(request.body, { maxOutputLength: maxBytes }) : request.body;
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return { status: 400, text: 'no JSON object' };
    return { json: json as Json };
  } catch (error) {
    if (error instanceof RangeError) return { status: 413 };
    return {
      status: 400,
      text: `unreadable body: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** The Collector answers 400 where its limit cuts a body off; proxies in front of it answer 413. */
function tooLarge(status: 413 | 400): Reply {
  return { status, text: 'request body too large' };
}
