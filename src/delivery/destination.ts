/** One OTLP/HTTP endpoint, as configured: everything both transports must agree on. */
export interface Destination {
  /** Absolute URL that traces are posted to, e.g. `http://localhost:4318/v1/traces`. */
  readonly tracesUrl: string;
  /** Extra request headers, as configured (names as given). Values are secrets: never log them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
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
