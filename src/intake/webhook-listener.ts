import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../config/errors.ts';
import { EVERYWHERE, type ListenAddress } from '../config/telemetry.ts';
import { answerUnread } from './webhook-answer.ts';

/** Longer than the minute after which load balancers give up a connection that is idle: they must be the first. */
const KEEP_ALIVE_MS = 75_000;
/** How long the head of a request may take, and the whole of it. In milliseconds. */
const HEAD_MS = 10_000;
const WHOLE_MS = 300_000;
const MOST_CONNECTIONS = 1_024;
/** How long what is in hand at a stop may still take, in milliseconds. */
const GRACE_MS = 1_500;

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Where webhooks come in: a server of its own, which a proxy can lead the internet to, and nothing else is on. */
export class WebhookListener {
  /** Where it listens, e.g. `http://127.0.0.1:9465`. */
  readonly url: string;
  readonly #server: Server;
  readonly #handle: Handle;
  readonly #inHand = new Set<Promise<void>>();
  #isStopping = false;

  private constructor(server: Server, handle: Handle) {
    const { address, family, port } = server.address() as AddressInfo;
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    this.#server = server;
    this.#handle = handle;
    server.on('request', (request, response) => this.#take(request, response));
  }

  /** @throws ConfigError where the address cannot be listened on. */
  static async open({ host, port }: ListenAddress, handle: Handle): Promise<WebhookListener> {
    const server = createServer({
      ...{ headersTimeout: HEAD_MS, requestTimeout: WHOLE_MS, keepAliveTimeout: KEEP_ALIVE_MS },
      connectionsCheckingInterval: 1_000,
    });
    server.maxConnections = MOST_CONNECTIONS;
    try {
      // Without a host Node takes every interface of both families, or of the one that there is.
      server.listen(port, host === EVERYWHERE ? undefined : host);
      await once(server, 'listening');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      const place = host === EVERYWHERE ? '' : host;
      throw new ConfigError(
        `CALLSPAN_WEBHOOKS=${place}:${port}: that address cannot be listened on (${code}).`,
      );
    }
    return new WebhookListener(server, handle);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isStopping) {
      answerUnread(request, response, 503);
      return;
    }
    const handling = this.#handle(request, response).finally(() => this.#inHand.delete(handling));
    this.#inHand.add(handling);
  }

  /** Answers what is in hand, everything else with 503, and ends within two seconds. */
  async close(): Promise<void> {
    this.#isStopping = true;
    const closed = once(this.#server, 'close');
    this.#server.closeIdleConnections();
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE_MS);
    });
    await Promise.race([Promise.all([...this.#inHand]), grace]);
    clearTimeout(timer);
    this.#server.close();
    // What was answered a moment ago is on its way.
    await new Promise((resolve) => setImmediate(resolve));
    this.#server.closeIdleConnections();
    const last = setTimeout(() => this.#server.closeAllConnections(), GRACE_MS / 3);
    await closed;
    clearTimeout(last);
  }
}
