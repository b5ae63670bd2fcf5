import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; what it returns is sent. */
export type Answer = (request: IncomingMessage, url: URL) => Reply;

export interface Reply {
  readonly body: Buffer;
  readonly gzipped?: boolean;
  readonly status?: number;
}

/** What the sink is told of one request. */
export type Accept = (request: { body: () => Buffer; bytes: number; isTraces: boolean }) => void;

export interface OpenServer {
  readonly url: string;
}

const OTLP_ANSWER = Buffer.from('{"partialSuccess":{}}');
const JSON_TYPE = 'application/json';

/**
 * A vendor and a collector behind one address, as cheap as they can be: what is measured is who talks to them.
 * A GET is answered with bytes that are ready; of a POST everything is read before it is accepted.
 */
export async function openServer(answer: Answer, accept: Accept): Promise<OpenServer> {
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    if (request.method === 'POST') {
      take(request, response, accept);
      return;
    }
    const {
      body,
      gzipped = false,
      status = 200,
    } = answer(request, new URL(request.url ?? '/', 'http://server'));
    response.writeHead(status, {
      'content-type': JSON_TYPE,
      'content-length': body.length,
      ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function take(request: IncomingMessage, response: ServerResponse, accept: Accept): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
  });
  request.on('end', () => {
    accept({ body: () => Buffer.concat(chunks), bytes, isTraces: request.url === '/v1/traces' });
    response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': OTLP_ANSWER.length });
    response.end(OTLP_ANSWER);
  });
}
