/** How simulated vendors call back: one POST, as well or as badly as a vendor, a proxy or a network sends it. */
import { type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** In pieces of this many bytes and without a length, as recordings are sent. */
  readonly chunk?: number;
  /** Milliseconds between two pieces. */
  readonly pause?: number;
  /** The connection ends after so many bytes of the body. */
  readonly cutAt?: number;
  /** Milliseconds after which nobody waits for an answer any more; 30 s where it is left out. */
  readonly timeout?: number;
}

/** What came of a POST: a status, or the reason why there is none. */
export type Posted = { readonly status: number } | { readonly status: undefined; readonly failure: string };

const PATIENCE = 30_000;

/** Sends a body to a URL on loopback and waits for the whole answer. It never rejects. */
export function post(url: string, body: Buffer, options: PostOptions = {}): Promise<Posted> {
  return new Promise((resolve) => {
    const chunked = options.chunk !== undefined;
    const headers = {
      'content-type': 'application/json',
      ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) }),
      ...options.headers,
    };
    const call = request(url, { method: 'POST', headers, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0 }));
      answer.on('error', (error) => resolve({ status: undefined, failure: error.message }));
    });
    call.setTimeout(options.timeout ?? PATIENCE, () => call.destroy(new Error('no answer in time')));
    call.on('error', (error) => resolve({ status: undefined, failure: error.message }));
    write(call, body, options).catch((error: Error) => call.destroy(error));
  });
}

async function write(call: ClientRequest, body: Buffer, options: PostOptions): Promise<void> {
  const end = Math.min(options.cutAt ?? body.length, body.length);
  const piece = options.chunk ?? body.length;
  for (let at = 0; at < end && !call.destroyed; at += piece) {
    const more = call.write(body.subarray(at, Math.min(at + piece, end)));
    if (!more) await hasRoom(call);
    if (options.pause !== undefined) await sleep(options.pause);
  }
  if (end < body.length) call.destroy(new Error('the connection was cut'));
  else call.end();
}

/** Or will never have any. */
function hasRoom(call: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      call.off('drain', go).off('close', go);
      resolve();
    };
    call.on('drain', go).on('close', go);
  });
}
