/** Puts an answer on the wire, in order or as a fault has it. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { Fault } from './fault.ts';
import type { Reply } from './request.ts';

const CHUNK = Buffer.alloc(65_536, 0x78);
const ZEROES = Buffer.alloc(65_536);

/** Sends an answer as it should be. */
export function send(response: ServerResponse, reply: Reply): void {
  const body = bytesOf(reply);
  head(response, reply, { 'content-length': String(body.length) });
  response.end(body);
}

/** What a reply's body is on the wire. */
function bytesOf(reply: Reply): Buffer {
  return Buffer.from(reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)));
}

/** The answer of a fault that needs nobody to know the right one; undefined for those that do. */
export function faultReply(fault: Fault, self: string): Reply | undefined {
  switch (fault.kind) {
    case 'status': {
      const { status, body, headers = {} } = fault;
      return typeof body === 'string' ? { status, headers, text: body } : { status, headers, json: body };
    }
    case 'html':
      return {
        status: fault.status,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        text: '<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>cloud proxy</body></html>\n',
      };
    case 'redirect':
      return { status: fault.status, headers: { location: fault.to === 'self' ? self : fault.to } };
    case 'garbage':
      return { status: 200, text: '\u0000\u0001 this is not JSON {' };
    default:
      return undefined;
  }
}

/** Sends the right answer in a wrong way. Resolves when nothing more is to be sent. */
export async function sendBadly(response: ServerResponse, reply: Reply, fault: Fault): Promise<void> {
  const body = bytesOf(reply);
  switch (fault.kind) {
    case 'truncated':
      head(response, reply, {});
      response.end(body.subarray(0, Math.floor(body.length / 2)));
      return;
    case 'invalid-utf8': {
      const half = Math.floor(body.length / 2);
      head(response, reply, {});
      response.write(body.subarray(0, half));
      response.write(Buffer.from([0xff, 0xfe, 0xc3, 0x28]));
      response.end(body.subarray(half));
      return;
    }
    case 'huge':
      head(response, reply, {});
      return stream(response, Readable.from(repeat(CHUNK, fault.bytes, Buffer.from('{"filler":"'))));
    case 'gzip-bomb':
      head(response, reply, { 'content-encoding': 'gzip' });
      return stream(response, Readable.from(repeat(ZEROES, fault.bytes)).pipe(createGzip()));
    case 'drip':
      return drip(response, reply, fault.bytes, fault.everyMs);
    case 'reset-mid-body':
      head(response, reply, { 'content-length': String(body.length + 1) });
      await new Promise((resolve) => response.write(body.subarray(0, Math.ceil(body.length / 2)), resolve));
      // A reset throws away what the client has not read yet; without these turns it would rarely see a body.
      await sleep(20);
      await turn();
      await turn();
      response.socket?.resetAndDestroy();
      return;
    default:
      return send(response, reply);
  }
}

function head(response: ServerResponse, reply: Reply, more: Record<string, string>): void {
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers, ...more });
}

async function drip(response: ServerResponse, reply: Reply, bytes: number, everyMs: number): Promise<void> {
  const body = bytesOf(reply);
  head(response, reply, { 'content-length': String(body.length) });
  for (let sent = 0; sent < body.length && !response.destroyed; sent += bytes) {
    response.write(body.subarray(sent, sent + bytes));
    await sleep(everyMs);
  }
  response.end();
}

async function stream(response: ServerResponse, source: NodeJS.ReadableStream): Promise<void> {
  try {
    await pipeline(source, response);
  } catch (error) {
    // A client that has had enough closes the connection; that is what these bodies are for.
    if (!response.destroyed) throw error;
  }
}

function* repeat(chunk: Buffer, bytes: number, first: Buffer = Buffer.alloc(0)): Generator<Buffer> {
  if (first.length > 0) yield first;
  for (let sent = first.length; sent < bytes; sent += chunk.length)
    yield chunk.subarray(0, Math.min(chunk.length, bytes - sent));
}
