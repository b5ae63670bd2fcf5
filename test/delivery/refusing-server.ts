import { createServer, type ServerResponse } from 'node:http';
import { createServer as createNetServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listen } from '../http/test-server.ts';

/** What whoever is no collector does with a request, or with a connection. */
export type Refusal =
  | { readonly answer: (response: ServerResponse, body: string) => void }
  | { readonly connected: (socket: Socket) => void };

export interface RefusingServer {
  readonly url: string;
  /** Answers everything like this; with `undefined`, it is a collector. */
  become(refusal: Refusal | undefined): void;
  /** How often each span was taken, by trace and span id. */
  readonly taken: ReadonlyMap<string, number>;
  /** Requests and connections that were refused. */
  readonly refused: () => number;
}

interface Spans {
  readonly resourceSpans: {
    readonly scopeSpans: { readonly spans: { traceId: string; spanId: string }[] }[];
  }[];
}

/** One port that is a collector at times, and at times anything else. Closed with the test. */
export async function startRefusingServer(): Promise<RefusingServer> {
  let refusal: Refusal | undefined;
  let refused = 0;
  const taken = new Map<string, number>();
  const sockets = new Set<Socket>();
  const take = (body: string) => {
    const { resourceSpans } = JSON.parse(body) as Spans;
    for (const { scopeSpans } of resourceSpans) {
      for (const { traceId, spanId } of scopeSpans.flatMap(({ spans }) => spans)) {
        taken.set(`${traceId}/${spanId}`, (taken.get(`${traceId}/${spanId}`) ?? 0) + 1);
      }
    }
  };
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      if (refusal && 'answer' in refusal) {
        refused++;
        refusal.answer(response, body);
        return;
      }
      take(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}');
    });
  });
  const net = createNetServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (refusal && 'connected' in refusal) {
      refused++;
      refusal.connected(socket);
    } else http.emit('connection', socket);
  });
  const port = await listen(net);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    net.close();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    refused: () => refused,
    become: (next) => {
      refusal = next;
      // Whoever is another now has other connections.
      for (const socket of sockets) socket.destroy();
    },
  };
}
