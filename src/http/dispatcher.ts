import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ProxyServer } from './proxy.ts';
import type { TlsOptions } from './tls.ts';

export interface DispatcherOptions {
  readonly origin: string;
  /** Most connections at a time. */
  readonly connections: number;
  /** Longest time that making a connection, a tunnel and a TLS session may take each, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly tls?: TlsOptions | undefined;
  readonly proxy?: ProxyServer | undefined;
}

/**
 * Idle connections stay this long, in milliseconds, unless the server's Keep-Alive header asks for less; undici's
 * own 4 s would cost a poller a TLS handshake at every round.
 */
const keepAliveTimeout = 30_000;

/**
 * The connections to one origin. undici's own timeouts for headers and body are off: they are idle timeouts that a
 * slow drip outlives, so every request here runs under a total deadline instead.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { connections, origin, proxy } = options;
  const timeout = options.connectTimeoutMs;
  const common = { connections, keepAliveTimeout, headersTimeout: 0, bodyTimeout: 0 };
  const target = { ...options.tls, timeout };
  if (!proxy) return new Pool(origin, { ...common, connect: target });
  return new ProxyAgent({
    ...common,
    uri: proxy.url.href,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
    requestTls: target,
    proxyTls: { timeout },
    // The CONNECT itself: a proxy that accepts and then says nothing would hold its connection for good.
    clientFactory: (url, proxyOptions) => new Pool(url, { ...proxyOptions, headersTimeout: timeout }),
  });
}
