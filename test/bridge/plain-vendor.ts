import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

export interface PlainCall {
  /** Of its root, as it is to stand in the payload. */
  readonly traceId?: unknown;
  /** Of its other spans. */
  readonly others?: unknown;
  /** Instead of its payload. */
  readonly body?: unknown;
  /** Instead of everything. */
  readonly answer?: (response: ServerResponse) => void;
}

/** A workspace whose list and payloads are just what they are told to be, on loopback. */
export interface PlainVendor {
  readonly url: string;
  add(id: string, call?: PlainCall): void;
  close(): Promise<void>;
}

const ORDINARY = JSON.parse(
  readFileSync(new URL('../fixtures/elevenlabs/ordinary.json', import.meta.url), 'utf8'),
) as Json;

export async function startPlainVendor(): Promise<PlainVendor> {
  const calls = new Map<string, PlainCall>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://vendor');
    const say = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (pathname === '/v1/convai/conversations') {
      const conversations = [...calls.keys()].map(rowOf);
      say(200, { conversations, has_more: false, next_cursor: null });
      return;
    }
    const id = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
    const call = calls.get(id);
    if (call === undefined) say(404, { detail: { status: 'not_found', message: 'unknown' } });
    else if (call.answer) call.answer(response);
    else say(200, call.body ?? payloadOf(id, call));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (id, call = {}) => void calls.set(id, call),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function rowOf(id: string): Json {
  const startedAt = Math.floor(Date.now() / 1000) - 600;
  return {
    ...{ conversation_id: id, agent_id: 'agent_1', status: 'done', call_successful: 'success' },
    ...{ start_time_unix_secs: startedAt, call_duration_secs: 60, message_count: 3 },
  };
}

function payloadOf(id: string, { traceId, others = traceId }: PlainCall): Json {
  const traces = structuredClone(ORDINARY.otlp_traces) as {
    resourceSpans: { scopeSpans: { spans: Json[] }[] }[];
  };
  const spans = traces.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  for (const span of spans) span.traceId = span.parentSpanId ? others : traceId;
  return { ...ORDINARY, conversation_id: id, otlp_traces: traces };
}
