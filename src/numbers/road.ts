import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Destination } from '../delivery/destination.ts';
import { createEndpoint, type Endpoint } from '../delivery/endpoint.ts';
import type { Outcome } from '../delivery/outcome.ts';
import { type CollectorResponse, maxResponseBytes, unreachable, verdict } from '../delivery/verdict.ts';
import { readBody } from '../http/body.ts';
import type { Clock } from '../http/clock.ts';
import { withDeadline } from '../http/deadline.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import { isJsonObject, NotJsonError, parseJson } from '../http/json.ts';
import type { ProxyEnvironment } from '../http/proxy.ts';
import { userAgent } from '../http/user-agent.ts';
import type { OtlpMetrics } from './otlp.ts';

const gzipAsync = promisify(gzip);

/** Answers of an endpoint that takes other signals, but no metrics. */
const NOTHING_TAKES_METRICS: readonly number[] = [404, 405, 501];

/** The way of metrics to the place where they are sent. One request is one try: the next export repeats it all. */
export class MetricsRoad {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;

  /**
   * @param destination its `tracesUrl` is the URL that metrics are posted to.
   * @throws TypeError if it cannot be posted to; without any of its secrets.
   */
  constructor(destination: Destination, clock: Clock, env?: ProxyEnvironment) {
    const endpoint = createEndpoint(destination, 1, env);
    this.#endpoint = endpoint;
    this.#clock = clock;
    this.#dispatcher = createDispatcher({
      origin: endpoint.url.origin,
      connections: endpoint.connections,
      connectTimeoutMs: endpoint.timeoutMs,
      tls: endpoint.tls,
      proxy: endpoint.proxy,
    });
  }

  /** Rejects only with the signal's reason, and then at once. `accepted` means all of it. */
  async send(payload: OtlpMetrics, signal: AbortSignal): Promise<Outcome> {
    const { timeoutMs } = this.#endpoint;
    try {
      return await withDeadline(timeoutMs, signal, (ended) => this.#post(payload, ended));
    } catch (error) {
      signal.throwIfAborted();
      return unreachable(error, this.#endpoint);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #post(payload: OtlpMetrics, signal: AbortSignal): Promise<Outcome> {
    const { url, headers, compression } = this.#endpoint;
    const zipped = compression === 'gzip';
    const text = JSON.stringify(payload);
    const response = await this.#dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: {
        ...headers,
        'user-agent': userAgent,
        'content-type': 'application/json',
        ...(zipped ? { 'content-encoding': 'gzip' } : {}),
      },
      body: zipped ? await gzipAsync(text) : text,
      signal,
      // A connection that idles from one export to the next is closed by somebody on the way.
      reset: true,
    });
    const { bytes, end } = await readBody(response, maxResponseBytes);
    return this.#judge({
      status: response.statusCode,
      headers: response.headers,
      body: bytes,
      whole: end === 'whole',
    });
  }

  #judge(response: CollectorResponse): Outcome {
    const { status } = response;
    const { place, quote } = this.#endpoint;
    if (NOTHING_TAKES_METRICS.includes(status)) {
      return {
        kind: 'unavailable',
        reason: `${place} answered ${status}: nothing takes metrics there; set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, or OTEL_METRICS_EXPORTER=none`,
      };
    }
    const outcome = verdict(response, this.#endpoint, this.#clock.now());
    if (outcome.kind === 'rejected')
      return { ...outcome, reason: `${place} answered ${status}: ${outcome.reason}` };
    const rejected = outcome.kind === 'accepted' ? rejectedPoints(response.body) : 0;
    if (outcome.kind !== 'accepted' || rejected === 0) return outcome;
    const words = outcome.message === undefined ? '' : `: ${quote(outcome.message)}`;
    return { kind: 'rejected', status, reason: `${place} rejected ${rejected} of the data points${words}` };
  }
}

/** Of a partial success. OTLP/JSON writes an int64 as a string; some collectors write a number. */
function rejectedPoints(body: Buffer): number {
  let answer: unknown;
  try {
    answer = parseJson(body);
  } catch (error) {
    // The status has promised; many answer with nothing, or in another format.
    if (error instanceof NotJsonError) return 0;
    throw error;
  }
  const partial = isJsonObject(answer) ? answer.partialSuccess : undefined;
  const count = isJsonObject(partial) ? Number(partial.rejectedDataPoints) : 0;
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
