import type { Destination } from '../delivery/destination.ts';
import { createEndpoint, type Endpoint } from '../delivery/endpoint.ts';
import type { Outcome } from '../delivery/outcome.ts';
import { Post } from '../delivery/post.ts';
import { type CollectorResponse, verdict } from '../delivery/verdict.ts';
import { isJsonObject, NotJsonError, parseJson } from '../http/json.ts';
import type { ProxyEnvironment } from '../http/proxy.ts';
import type { OtlpMetrics } from '../metrics/otlp.ts';
import type { Clock } from '../time/clock.ts';

/** Answers of an endpoint that takes other signals, but no metrics. */
const NOTHING_TAKES_METRICS: readonly number[] = [404, 405, 501];

/** The way of metrics to the place where they are sent. One request is one try: the next export repeats it all. */
export class MetricsTransport {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #post: Post;

  /**
   * @param destination its `tracesUrl` is the URL that metrics are posted to.
   * @throws TypeError if it cannot be posted to; without any of its secrets.
   */
  constructor(destination: Destination, clock: Clock, env?: ProxyEnvironment) {
    const endpoint = createEndpoint(destination, 1, env);
    this.#endpoint = endpoint;
    this.#clock = clock;
    this.#post = new Post({ endpoint, judge: (response) => this.#judge(response), reset: true });
  }

  /** Rejects only with the signal's reason, and then at once. `accepted` means all of it. */
  async send(payload: OtlpMetrics, signal: AbortSignal): Promise<Outcome> {
    return await this.#post.send(Buffer.from(JSON.stringify(payload)), signal);
  }

  async close(): Promise<void> {
    await this.#post.close();
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
