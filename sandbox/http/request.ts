import type { IncomingHttpHeaders } from 'node:http';

/** A request as a sandbox server has seen it. */
export interface SeenRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query as they came. */
  readonly url: string;
  /** The server's name for what is asked, for instance `list` or `get`; `unknown` where it knows none. */
  readonly route: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The server's clock, in milliseconds since the epoch. */
  readonly at: number;
}

/** What a sandbox server answers; `json` is serialized, `text` goes out as it is. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** What a server was asked: counters always, the requests themselves where the server was told to keep them. */
export class RequestLog {
  /** Empty unless the server was started with `log: true`. */
  readonly all: SeenRequest[] = [];
  readonly #keep: boolean;
  readonly #byRoute: Map<string, number> = new Map();
  #total = 0;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  get total(): number {
    return this.#total;
  }

  /** How often a route was asked for. */
  count(route: string): number {
    return this.#byRoute.get(route) ?? 0;
  }

  add(request: SeenRequest): void {
    this.#total += 1;
    this.#byRoute.set(request.route, this.count(request.route) + 1);
    if (this.#keep) this.all.push(request);
  }

  clear(): void {
    this.#total = 0;
    this.#byRoute.clear();
    this.all.length = 0;
  }
}
