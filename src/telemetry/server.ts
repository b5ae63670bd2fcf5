import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../config/errors.ts';
import { EVERYWHERE, type ListenAddress } from '../config/telemetry.ts';
import { asksFor, CONTENT_TYPES, type ExpositionFormat } from './exposition.ts';

/** What the server answers with. Nothing of it may be content, or a secret. */
export interface Answers {
  /** Why the process should be restarted; undefined while it works. */
  readonly broken: () => Promise<string | undefined>;
  /** What is missing before conversations are delivered, a line each. */
  readonly missing: () => readonly string[];
  /** All metrics, as text in pieces. */
  readonly metrics: (format: ExpositionFormat) => Promise<Iterable<string>>;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly text: Iterable<string>;
}

/** Who asks is a machine nearby: it sends one line, and at once. In milliseconds. */
const TIMEOUT = 5_000;
const MOST_CONNECTIONS = 32;

/** Health, readiness and metrics over HTTP, for orchestrators and for Prometheus. Read-only. */
export class TelemetryServer {
  /** Where it listens, e.g. `http://127.0.0.1:9464`. */
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    const { address, family, port } = server.address() as AddressInfo;
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    this.#server = server;
  }

  /** @throws ConfigError where the address cannot be listened on. */
  static async open({ host, port }: ListenAddress, answers: Answers): Promise<TelemetryServer> {
    const server = createServer(
      {
        ...{ headersTimeout: TIMEOUT, requestTimeout: TIMEOUT, keepAliveTimeout: TIMEOUT },
        // How often Node looks for those that are over; 30 s unless told otherwise.
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => {
        // Whatever else was sent is not read.
        request.resume();
        answer(request, answers).then(
          (found) => reply(request, response, found),
          (error: unknown) => {
            const reason = error instanceof Error ? error.message : String(error);
            reply(request, response, { status: 500, text: [`${reason}\n`] });
          },
        );
      },
    );
    server.maxConnections = MOST_CONNECTIONS;
    server.setTimeout(TIMEOUT);
    try {
      // Without a host Node takes every interface of both families, or of the one that there is.
      server.listen(port, host === EVERYWHERE ? undefined : host);
      await once(server, 'listening');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new ConfigError(`CALLSPAN_LISTEN=${host}:${port}: that address cannot be listened on (${code}).`);
    }
    return new TelemetryServer(server);
  }

  /** Ends every connection at once. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer({ method, url, headers }: IncomingMessage, answers: Answers): Promise<Answer> {
  const path = (url ?? '').split('?', 1)[0];
  if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') {
    return { status: 404, text: ['there are /healthz, /readyz and /metrics\n'] };
  }
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: ['only GET\n'] };
  switch (path) {
    case '/healthz': {
      const broken = await answers.broken();
      return broken === undefined ? ok() : { status: 503, text: [`${broken}\n`] };
    }
    case '/readyz': {
      const missing = answers.missing();
      return missing.length === 0 ? ok() : { status: 503, text: missing.map((line) => `${line}\n`) };
    }
    default: {
      const format = asksFor(headers.accept);
      return { status: 200, type: CONTENT_TYPES[format], text: await answers.metrics(format) };
    }
  }
}

function ok(): Answer {
  return { status: 200, text: ['ok\n'] };
}

function reply({ method }: IncomingMessage, response: ServerResponse, { status, type, text }: Answer): void {
  response.writeHead(status, {
    'content-type': type ?? 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  // One text: pieces by themselves would be a packet each.
  response.end([...text].join(''));
}
