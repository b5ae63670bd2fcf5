/** The HTTP server that all simulated systems stand on: real sockets on loopback, and faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultReply, send, sendBadly } from './answer.ts';
import type { Fault } from './fault.ts';
import { Faults } from './faults.ts';
import { bent, type PageMemory } from './page.ts';
import { type Reply, RequestLog, type SeenRequest } from './request.ts';

export interface ServerOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Milliseconds since the epoch; `Date.now` where it is left out. */
  readonly now?: () => number;
  /** Keep every request in `requests.all`. */
  readonly log?: boolean;
  /** How far the `Date` header is ahead of the clock, in milliseconds. */
  readonly dateSkewMs?: number;
}

export interface SandboxServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly requests: RequestLog;
  readonly faults: Faults;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

export interface Service {
  /** The name of what a request asks for. */
  readonly route: (method: string, path: string) => string;
  /** @param fault the fault that strikes the request, for services that take less in because of it. */
  readonly handle: (request: SeenRequest, fault?: Fault) => Reply;
}

/** Starts a service on 127.0.0.1. */
export async function startServer(service: Service, options: ServerOptions = {}): Promise<SandboxServer> {
  const now = options.now ?? Date.now;
  const requests = new RequestLog(options.log ?? false);
  const faults = new Faults();
  const sockets = new Set<Socket>();
  const pages: PageMemory = new Map();

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await seen(incoming, service, now);
    requests.add(request);
    const fault = faults.strike(request);
    const skew = fault?.kind === 'date-skew' ? fault.ms : (options.dateSkewMs ?? 0);
    response.setHeader('date', new Date(now() + skew).toUTCString());
    if (fault === undefined) return send(response, remember(pages, request, service.handle(request)));
    await strike(response, request, fault, () => service.handle(request, fault), pages);
  };

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      // A client that went away while it was being read or answered is nobody's failure here.
      if (incoming.destroyed || response.destroyed) return;
      response.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    });
  });
  // Longer than any test: a connection that the server closes while a request is under way is a fault of its own.
  server.keepAliveTimeout = 300_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () =>
    new Promise<void>((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)));
      for (const socket of sockets) socket.destroy();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    faults,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function seen(incoming: IncomingMessage, service: Service, now: () => number): Promise<SeenRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const url = incoming.url ?? '/';
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  const method = incoming.method ?? 'GET';
  return {
    method,
    path,
    query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)),
    url,
    route: service.route(method, path),
    headers: incoming.headers,
    body: Buffer.concat(parts),
    at: now(),
  };
}

async function strike(
  response: ServerResponse,
  request: SeenRequest,
  fault: Fault,
  handle: () => Reply,
  pages: PageMemory,
): Promise<void> {
  switch (fault.kind) {
    case 'silence':
      if (fault.accepts) handle();
      return;
    case 'status':
      if (fault.accepts) handle();
      break;
    case 'reset-before-headers':
      response.socket?.resetAndDestroy();
      return;
    case 'accept-then-reset':
      handle();
      response.socket?.resetAndDestroy();
      return;
    case 'delay':
      await sleep(fault.ms);
      break;
    case 'hold':
      await fault.until;
      break;
    default:
  }
  const instead = faultReply(fault, request.url);
  if (instead !== undefined) return send(response, instead);
  const reply = bent(remember(pages, request, handle()), fault, request, pages);
  await sendBadly(response, reply, fault);
}

/** Keeps the page before the last of every route, for the fault that repeats it. */
function remember(pages: PageMemory, request: SeenRequest, reply: Reply): Reply {
  const known = pages.get(request.route);
  pages.set(request.route, { last: reply.json, before: known?.last });
  return reply;
}
