import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { readBody } from '../http/body.ts';
import { withDeadline } from '../http/deadline.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import type { ResponseHeaders } from '../http/headers.ts';
import { errorCode } from '../http/network-failure.ts';
import { userAgent } from '../http/user-agent.ts';
import { type CollectorResponse, maxResponseBytes } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import { type Outcome, unreachable } from './outcome.ts';
import type { PreparedRequest, Transport } from './transport.ts';

const gzipAsync = promisify(gzip);

/**
 * Level 1: on OTLP JSON of 60 spans (70 kB) it takes 0.26 ms and leaves 9.6 kB, where level 6 takes 0.58 ms for
 * 8.1 kB; of 4.7 MB, 13 ms against 39 ms. Traces are so repetitive that seven eighths come for little.
 */
const gzipLevel = 1;

/**
 * Up to so many bytes are packed at once: that takes a third of a millisecond, and to hand them to another thread and
 * take them back costs more than the packing.
 */
const packedAtOnce = 128 * 1024;
/** Of what is larger, so much of the result in one go: each go is a way to another thread and back. */
const chunkSize = 256 * 1024;

/** A kept-alive connection that the collector closed just as it was written to. */
const staleCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export interface PostOptions {
  readonly endpoint: Endpoint;
  /** What an answer means. */
  readonly judge: (response: CollectorResponse) => Outcome;
  /** Closes the connection after each request: one that idles for minutes is closed by somebody on the way. */
  readonly reset?: boolean;
}

/** OTLP as JSON, posted as it stands with undici to one endpoint: the transport of what a vendor made, and of metrics. */
export class Post implements Transport<Buffer> {
  readonly #options: PostOptions;
  readonly #dispatcher: Dispatcher;
  readonly #headers: Record<string, string>;

  constructor(options: PostOptions) {
    const { endpoint } = options;
    this.#options = options;
    this.#dispatcher = createDispatcher({
      origin: endpoint.url.origin,
      connections: endpoint.connections,
      connectTimeoutMs: endpoint.timeoutMs,
      tls: endpoint.tls,
      proxy: endpoint.proxy,
    });
    this.#headers = {
      ...endpoint.headers,
      'user-agent': userAgent,
      'content-type': 'application/json',
      ...(endpoint.compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    };
  }

  pack(json: Buffer): PreparedRequest {
    return { bytes: json.length, send: (signal) => this.send(json, signal) };
  }

  /** Rejects only with the signal's reason, and then at once. */
  async send(plain: Buffer, signal: AbortSignal): Promise<Outcome> {
    const { endpoint, judge } = this.#options;
    let seen: Head | undefined;
    let reading: ReturnType<typeof readBody> | undefined;
    try {
      return await withDeadline(endpoint.timeoutMs, signal, async (ended) => {
        const body = endpoint.compression === 'gzip' ? await pack(plain) : plain;
        const response = await this.#request(body, ended);
        seen = { status: response.statusCode, headers: response.headers };
        // Not by its length: of what breaks off, the beginning says whether a collector was going to answer.
        reading = readBody({ body: response.body, headers: {} }, maxResponseBytes);
        const { bytes, end } = await reading;
        return judge({ ...seen, body: bytes, whole: end === 'whole' });
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!seen) return unreachable(error, endpoint);
      // The status is known, only the body did not come in time.
      const body = reading ? (await reading).bytes : Buffer.alloc(0);
      return judge({ ...seen, body, whole: false });
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  /** One request, or two: a collector may close an idle connection at the very moment it is used again. */
  async #request(body: Buffer, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { endpoint, reset = false } = this.#options;
    const { url } = endpoint;
    const request: Dispatcher.RequestOptions = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: this.#headers,
      body,
      signal,
      reset,
    };
    try {
      return await this.#dispatcher.request(request);
    } catch (error) {
      if (signal.aborted || !staleCodes.has(errorCode(error) ?? '')) throw error;
      return await this.#dispatcher.request(request);
    }
  }
}

interface Head {
  readonly status: number;
  readonly headers: ResponseHeaders;
}

async function pack(plain: Buffer): Promise<Buffer> {
  return plain.length <= packedAtOnce
    ? gzipSync(plain, { level: gzipLevel })
    : await gzipAsync(plain, { level: gzipLevel, chunkSize });
}
