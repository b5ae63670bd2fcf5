import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

const NOTHING = new Uint8Array();

/** What spans there are: the ids of each trace's spans, by trace id. */
export type SpanIds = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * A backend behind the real collector that remembers every span with all its bytes, and every time that it came. It
 * can be blocked, and can pass what it takes on to another backend, whose answer is then its own.
 */
export class Backend {
  readonly url: string;
  /** Requests turned away while blocked. */
  refused = 0;
  /** How often spans came, each as often as it came. */
  arrivals = 0;
  readonly #server: Server;
  readonly #spans = new Map<string, Map<string, Map<string, number>>>();
  #isBlocked = false;
  #next: string | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        // The collector was killed in the middle of its request.
        if (!request.complete || response.destroyed) return;
        throw error;
      });
    });
  }

  static async open(): Promise<Backend> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Backend(server);
  }

  /** From now on all is answered with 503, which exporters repeat. */
  block(): void {
    this.#isBlocked = true;
  }

  unblock(): void {
    this.#isBlocked = false;
  }

  /** @param url OTLP/HTTP endpoint of another backend, without `/v1/traces`. */
  passOnTo(url: string): void {
    this.#next = url;
  }

  /** Spans that have not come. */
  missing(expected: SpanIds): string[] {
    return [...expected].flatMap(([traceId, spanIds]) =>
      [...spanIds].filter((id) => !this.#spans.get(traceId)?.has(id)).map((id) => `${traceId}/${id}`),
    );
  }

  /** Spans that came and that nobody should have sent. */
  unasked(expected: SpanIds): string[] {
    return [...this.#spans].flatMap(([traceId, spans]) =>
      [...spans.keys()].filter((id) => !expected.get(traceId)?.has(id)).map((id) => `${traceId}/${id}`),
    );
  }

  /** Spans that came in two forms that are not the same, byte for byte. */
  differing(): string[] {
    return [...this.#spans].flatMap(([traceId, spans]) =>
      [...spans].filter(([, forms]) => forms.size > 1).map(([id]) => `${traceId}/${id}`),
    );
  }

  /** Traces a span of which came more than once. */
  repeated(): string[] {
    return [...this.#spans]
      .filter(([, spans]) => [...spans.values()].some((forms) => times(forms) > 1))
      .map(([traceId]) => traceId);
  }

  /** How many different spans came. */
  get size(): number {
    return [...this.#spans.values()].reduce((sum, spans) => sum + spans.size, 0);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const status = await this.#take(request, body);
    // An empty body is a protobuf ExportTraceServiceResponse in which nothing was rejected.
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
  }

  async #take(request: IncomingMessage, body: Buffer): Promise<number> {
    if (this.#isBlocked) {
      this.refused++;
      return 503;
    }
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
    if (this.#next !== undefined) {
      const headers = { 'content-type': type, 'content-encoding': encoding };
      const answer = await fetch(`${this.#next}${request.url}`, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
      });
      await answer.arrayBuffer();
      if (!answer.ok) return answer.status;
    }
    this.#remember(encoding === 'gzip' ? gunzipSync(body) : body);
    return 200;
  }

  /** Field numbers: opentelemetry-proto, trace/v1/trace.proto. */
  #remember(request: Uint8Array): void {
    for (const group of fields(request, 1)) {
      const [resource = NOTHING] = fields(group, 1);
      for (const scoped of fields(group, 2)) {
        const [scope = NOTHING] = fields(scoped, 1);
        for (const span of fields(scoped, 2)) {
          const [traceId = NOTHING] = fields(span, 1);
          const [spanId = NOTHING] = fields(span, 2);
          const digest = createHash('sha1').update(resource).update(scope).update(span).digest('base64');
          this.#add(hex(traceId), hex(spanId), digest);
        }
      }
    }
  }

  #add(traceId: string, spanId: string, digest: string): void {
    const trace = this.#spans.get(traceId) ?? new Map<string, Map<string, number>>();
    this.#spans.set(traceId, trace);
    const forms = trace.get(spanId) ?? new Map<string, number>();
    trace.set(spanId, forms);
    forms.set(digest, (forms.get(digest) ?? 0) + 1);
    this.arrivals++;
  }
}

/** The fields of a protobuf message that have this number and a length: messages, texts and bytes. */
function* fields(message: Uint8Array, number: number): Generator<Uint8Array> {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) !== 2) reader.skipType(tag & 7);
    else {
      const bytes = reader.bytes();
      if (tag >>> 3 === number) yield bytes;
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function times(forms: ReadonlyMap<string, number>): number {
  return [...forms.values()].reduce((sum, count) => sum + count, 0);
}
