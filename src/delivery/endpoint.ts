import { requestHeaders } from '../http/headers.ts';
import {
  basicAuthorization,
  type ProxyEnvironment,
  type ProxyServer,
  percentDecoded,
  proxyFor,
} from '../http/proxy.ts';
import { createQuote, place, type Quote } from '../http/quote.ts';
import { checkTls, type TlsOptions } from '../http/tls.ts';
import type { Encoding } from '../trace/encode/span-encoder.ts';

/** One OTLP/HTTP endpoint, as configured: everything both transports must agree on. */
export interface Destination {
  /** Absolute URL that traces are posted to, e.g. `http://localhost:4318/v1/traces`. */
  readonly tracesUrl: string;
  /** Extra request headers, as configured (names as given). Values are secrets: never log them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  /** It drops what began longer ago, behind a 2xx, in milliseconds; absent: nothing. */
  readonly maxAgeMs?: number;
  /** What spans of the SDK are sent as; a vendor's are what they were translated to. @default 'json' */
  readonly encoding?: Encoding;
  readonly tls?: Tls;
}

/** PEM texts for https endpoints. */
export interface Tls {
  /** The certificate authority to trust instead of the well-known ones. */
  readonly ca?: string;
  /** The client's certificate and key, for mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
}

/** A destination made ready: checked, and what both transports derive from it derived once. */
export interface Endpoint {
  /** Without credentials and fragment; a query may be a secret. */
  readonly url: URL;
  /** Origin and path: what may be shown. */
  readonly place: string;
  /** Names in lower case; none of those that describe the message itself. Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  readonly encoding: Encoding;
  readonly tls?: TlsOptions;
  readonly proxy?: ProxyServer;
  /** Most connections at a time, of each transport. */
  readonly connections: number;
  /** For the collector's words: they never repeat a header's value. */
  readonly quote: Quote;
}

/**
 * Describe the message or the connection rather than the sender, so they are always ours: a `content-type` for
 * another protocol or a wrong length would break every request.
 */
const ours = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

/**
 * Credentials in the URL become an `Authorization` header, as curl and browsers do, unless one is configured.
 *
 * @param env where the proxy variables are read from.
 * @throws TypeError if the destination cannot be posted to; without any of its secrets.
 */
export function createEndpoint(
  destination: Destination,
  connections: number,
  env?: ProxyEnvironment,
): Endpoint {
  const { tracesUrl, timeoutMs, compression, encoding = 'json', tls } = destination;
  const url = URL.canParse(tracesUrl) ? new URL(tracesUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError('Expected the traces URL to be an absolute http or https URL');
  }
  if (!(timeoutMs >= 1)) {
    throw new TypeError(`Expected the timeout to be at least 1 ms, got ${timeoutMs}`);
  }
  checkTls(tls);
  const configured = requestHeaders(destination.headers);
  const headers = Object.fromEntries(Object.entries(configured).filter(([name]) => !ours.has(name)));
  if (url.username !== '' || url.password !== '') {
    headers.authorization ??= basicAuthorization(url.username, url.password);
  }
  const secrets = [
    ...Object.values(configured),
    ...Object.values(headers),
    percentDecoded(url.password),
    url.search.slice(1),
  ];
  url.username = '';
  url.password = '';
  url.hash = '';
  const proxy = proxyFor(url, env);
  return {
    url,
    place: place(url),
    headers,
    timeoutMs,
    compression,
    encoding,
    connections,
    quote: createQuote(secrets),
    ...(tls ? { tls } : {}),
    ...(proxy ? { proxy } : {}),
  };
}
