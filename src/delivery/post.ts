import type { Dispatcher } from 'undici';
import { readBody } from '../http/body.ts';
import { withDeadline } from '../http/deadline.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import type { ResponseHeaders } from '../http/headers.ts';
import { errorCode } from '../http/network-failure.ts';
import { userAgent } from '../http/user-agent.ts';
import type { Encoding } from '../trace/encode/span-encoder.ts';
import { type CollectorResponse, maxResponseBytes } from './answer.ts';
import { contentTypes, packed, quick } from './body.ts';
import type { Endpoint } from './endpoint.ts';
import { type Outcome, unreachable } from './outcome.ts';
import type { PreparedRequest, Transport } from './transport.ts';

/** A kept-alive connection that the collector closed just as it was written to. */
const staleCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export interface PostOptions {
  readonly endpoint: Endpoint;
  /** What an answer means. */
  readonly judge: (response: CollectorResponse) => Outcome;
  /** Closes the connection after each request: one that idles for minutes is closed by somebody on the way. */
  readonly reset?: boolean;
}

/** One request: bytes, and what they are. */
export interface Message {
  readonly encoding: Encoding;
  readonly body: Buffer;
}

/** OTLP posted as it stands with undici to one endpoint: the transport of what a vendor made, and of metrics. */
export class Post implements Transport<Message> {
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
      ...(endpoint.compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    };
  }

  pack(message: Message): PreparedRequest {
    return { bytes: message.body.length, send: (signal) => this.send(message, signal) };
  }

  /** Rejects only with the signal's reason, and then at once. */
  async send({ encoding, body: plain }: Message, signal: AbortSignal): Promise<Outcome> {
    const { endpoint, judge } = this.#options;
    let seen: Head | undefined;
    let reading: ReturnType<typeof readBody> | undefined;
    try {
      return await withDeadline(endpoint.timeoutMs, signal, async (ended) => {
        const body = await packed(plain, endpoint.compression, quick);
        const response = await this.#request(body, contentTypes[encoding], ended);
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
  async #request(body: Buffer, contentType: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { endpoint, reset = false } = this.#options;
    const { url } = endpoint;
    const request: Dispatcher.RequestOptions = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { ...this.#headers, 'content-type': contentType },
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
