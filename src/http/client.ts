import type { Json } from '../json/reading.ts';
import type { Clock } from '../time/clock.ts';
import type { ResponseHeaders } from './headers.ts';
import type { ProxyEnvironment } from './proxy.ts';
import type { Retry } from './retry.ts';
import type { Query } from './target.ts';

export interface HttpClientOptions {
  /** Where the API is; a path in it is put before every path asked for. Nothing else is ever talked to. */
  readonly baseUrl: string | URL;
  /** Sent with every request: the API key. Values are secrets and never appear in an error. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest time of one try, to the last byte of the body, in milliseconds. @default 30_000 */
  readonly deadlineMs?: number;
  /** Longest body, both as it travels and unpacked. @default 64 MiB */
  readonly maxBodyBytes?: number;
  /** Tries on 408, 429, 5xx, broken connections and missed deadlines. @default 5 */
  readonly tries?: number;
  /** Requests, and so connections, at a time: vendors limit concurrency rather than rate. @default 8 */
  readonly concurrency?: number;
  /** Requests started in a second, retries included. @default no limit */
  readonly requestsPerSecond?: number;
  readonly tls?: { readonly ca?: string };
  /** Where the proxy variables are read from, once. @default process.env */
  readonly env?: ProxyEnvironment;
  readonly clock?: Clock;
  /** A try failed and there will be another. */
  readonly onRetry?: (retry: Retry) => void;
  /** A try was answered, with whatever status; `ms` is its time to the end of the body. */
  readonly onResponse?: (response: { readonly status: number; readonly ms: number }) => void;
  /** A try was not answered: broken connection, missed deadline. */
  readonly onError?: (error: { readonly reason: string; readonly ms: number }) => void;
}

export interface GetOptions {
  /** An array repeats its key; `undefined` is left out. */
  readonly query?: Query;
  /** Stops everything at once, waits included. */
  readonly signal?: AbortSignal;
  /**
   * Sent as JSON, by a POST: some APIs are asked so what others are asked by a query. As often as it takes, so it must
   * be one that changes nothing.
   */
  readonly question?: Json;
  /** Overrides the client's `deadlineMs` for this request. */
  readonly deadlineMs?: number;
  /** Of `getJson`: called, and waited for, when the whole body is there and before it is parsed. */
  readonly onBody?: () => Promise<void>;
}

export interface HttpAnswer {
  /** 200 to 299. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Decoded. */
  readonly body: Buffer;
  /** The vendor's `Date` (whole seconds) minus our clock when it arrived, in milliseconds. */
  readonly dateHeaderSkewMs?: number;
}

/** The client of one vendor's REST API. */
export interface HttpClient {
  /**
   * Fetches until there is a 2xx answer.
   *
   * @param target a path from the base URL, beginning with `/`, or a URL of the same origin.
   * @throws HttpStatusError the vendor refuses (4xx but 408 and 429); RedirectError; BadAnswerError for a body
   * that is too large or cannot be unpacked; UnavailableError when trying again did not help; the signal's reason;
   * TypeError for another origin.
   */
  get(target: string | URL, options?: GetOptions): Promise<HttpAnswer>;
  /** As `get`, and parses the body as JSON. @throws BadAnswerError also when it is none. */
  getJson(target: string | URL, options?: GetOptions): Promise<unknown>;
  /** `dateHeaderSkewMs` of the latest answer that had a `Date`. */
  readonly skewMs: number | undefined;
  /** Ends every request that is under way (they reject) and all connections. */
  close(): Promise<void>;
}
