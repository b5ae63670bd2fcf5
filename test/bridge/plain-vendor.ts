import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

interface PlainCall {
  /** Of its root, as it is to stand in the payload. */
  readonly traceId?: unknown;
  /** Of its other spans. */
  readonly others?: unknown;
  /** Instead of its payload: JSON as it is to be sent. */
  readonly text?: string;
  /** Over what its row in the list has: JSON of an object, as it is to be sent. */
  readonly row?: string;
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

/** @param headers of every answer. */
export async function startPlainVendor(headers: Record<string, string> = {}): Promise<PlainVendor> {
  const calls = new Map<string, PlainCall>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://vendor');
    const send = (status: number, body: string) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    };
    const say = (status: number, body: unknown) => send(status, JSON.stringify(body));
    if (pathname === '/v1/convai/conversations') {
      const rows = [...calls].map(([id, { row = '{}' }]) => rowText(id, row));
      send(200, `{"conversations":[${rows.join(',')}],"has_more":false,"next_cursor":null}`);
      return;
    }
    const id = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
    const call = calls.get(id);
    if (call === undefined) say(404, { detail: { status: 'not_found', message: 'unknown' } });
    else if (call.answer) call.answer(response);
    else if (call.text !== undefined) send(200, call.text);
    else say(200, payloadOf(id, call));
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

/** Of two members with one name the last counts. */
function rowText(id: string, over: string): string {
  return `${JSON.stringify(rowOf(id)).slice(0, -1)}${over === '{}' ? '' : ','}${over.slice(1)}`;
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
