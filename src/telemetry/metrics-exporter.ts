import type { CollectorResponse } from '../delivery/answer.ts';
import { createEndpoint, type Destination, type Endpoint } from '../delivery/endpoint.ts';
import { type Failure, judge, type Outcome } from '../delivery/outcome.ts';
import { type Message, Post } from '../delivery/post.ts';
import type { ProxyEnvironment } from '../http/proxy.ts';
import type { OtlpMetrics } from '../metrics/otlp.ts';
import { metricsProtobuf } from '../metrics/protobuf.ts';
import { onAbort } from '../time/abort.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { Complaint } from './complaint.ts';
import type { Log } from './log.ts';

/** Answers of an endpoint that takes other signals, but no metrics. */
const NOTHING_TAKES_METRICS: readonly number[] = [404, 405, 501];
/** Answers that another request may not get. */
const OF_ONE_REQUEST: readonly (number | undefined)[] = [400, 413, 422];

export interface NumbersExporterOptions {
  /** Its `tracesUrl` is the URL that metrics are posted to. */
  readonly destination: Destination;
  /** From the start of one export to the start of the next, in milliseconds. */
  readonly interval: number;
  /** All that there is to tell at the moment of the call; may be nothing. */
  readonly requests: () => AsyncIterable<OtlpMetrics> | Iterable<OtlpMetrics>;
  /** Aborted when the latest requests are not to be sent any more, be it in the middle of one. @default never */
  readonly until?: () => AbortSignal | undefined;
  /** Whether the collector is known to be away, and that was told: one outage is one warning. @default never */
  readonly isKnownAway?: () => boolean;
  readonly log: Log;
  readonly clock?: Clock;
  /** Where the proxy variables are read from, once. @default process.env */
  readonly env?: ProxyEnvironment;
  /** How long the export at the stop may take, in milliseconds. */
  readonly lastExportMs: number;
}

/**
 * Sends cumulative metrics again and again. Nothing is queued and nothing is lost: what did not arrive is part of
 * what goes out next time. So a failure is a warning, and one is enough for as long as it lasts.
 */
export class NumbersExporter {
  readonly #options: NumbersExporterOptions;
  readonly #clock: Clock;
  readonly #endpoint: Endpoint;
  readonly #post: Post;
  readonly #complaint: Complaint;

  /** @throws TypeError if the destination cannot be posted to. */
  constructor(options: NumbersExporterOptions) {
    const { destination, log, clock = systemClock, env } = options;
    this.#options = options;
    this.#clock = clock;
    const endpoint = createEndpoint(destination, 1, env);
    this.#endpoint = endpoint;
    this.#post = new Post({ endpoint, judge: (response) => this.#judge(response), reset: true });
    this.#complaint = new Complaint(log, {
      trouble: 'the numbers cannot be exported; nothing is lost, they go out once that works again',
      over: 'the numbers are exported again',
    });
  }

  /** Exports now, and then in intervals until `stop`; what is under way then is given up. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const began = this.#clock.now();
      try {
        await this.#export(stop);
        await this.#clock.sleep(Math.max(0, began + this.#options.interval - this.#clock.now()), stop);
      } catch (error) {
        if (!stop.aborted) throw error;
      }
    }
  }

  /** Exports once more, within `lastExportMs`, and disconnects. Never rejects. */
  async close(): Promise<void> {
    const { lastExportMs } = this.#options;
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), lastExportMs);
    try {
      await this.#export(end.signal);
    } catch (error) {
      if (!end.signal.aborted) throw error;
      this.#complain(`no answer within ${lastExportMs} ms`);
    } finally {
      clearTimeout(timer);
      await this.#post.close();
    }
  }

  /** @throws the signal's reason. */
  async #export(signal: AbortSignal): Promise<void> {
    let problem: string | undefined;
    let sent = false;
    try {
      for await (const request of this.#options.requests()) {
        const { encoding } = this.#endpoint;
        const body = encoding === 'json' ? Buffer.from(JSON.stringify(request)) : metricsProtobuf(request);
        const outcome = await this.#send({ encoding, body }, signal);
        sent = true;
        if (outcome.kind === 'accepted') continue;
        problem ??= outcome.reason;
        // Otherwise the next request would meet with the same.
        if (!isOfOneRequest(outcome)) break;
      }
    } catch (error) {
      signal.throwIfAborted();
      // What cannot be read now (a ledger that is locked, say) may be readable next time.
      problem = error instanceof Error ? error.message : String(error);
    }
    if (problem !== undefined) this.#complain(problem);
    else if (sent) this.#complaint.settled();
  }

  /** @throws the signal's reason, or that of `until`. */
  async #send(message: Message, signal: AbortSignal): Promise<Outcome> {
    const until = this.#options.until?.();
    if (until === undefined) return await this.#post.send(message, signal);
    until.throwIfAborted();
    // By hand: `AbortSignal.any` keeps every short-lived signal reachable from the long-lived one on Node 20.
    const either = new AbortController();
    const listening = [signal, until].map((one) => onAbort(one, () => either.abort(one.reason)));
    try {
      return await this.#post.send(message, either.signal);
    } finally {
      for (const stopListening of listening) stopListening();
    }
  }

  /** One request is one try, for the next export repeats it all; `accepted` means all of it. */
  #judge(response: CollectorResponse): Outcome {
    const { status } = response;
    const { place } = this.#endpoint;
    if (NOTHING_TAKES_METRICS.includes(status)) {
      return {
        ...{ kind: 'failed', blame: 'destination', status },
        reason: `${place} answered ${status}: nothing takes metrics there; set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, or OTEL_METRICS_EXPORTER=none`,
      };
    }
    const outcome = judge(response, this.#endpoint, this.#clock.now());
    if (outcome.kind === 'failed') {
      if (outcome.blame !== 'conversation') return outcome;
      return { ...outcome, reason: `${place} answered ${status}: ${outcome.reason}` };
    }
    if (outcome.rejectedSpans === 0) return outcome;
    const words = outcome.message === undefined ? '' : `: ${outcome.message}`;
    const reason = `${place} rejected ${outcome.rejectedSpans} of the data points${words}`;
    return { kind: 'failed', blame: 'conversation', status, reason };
  }

  #complain(problem: string): void {
    this.#complaint.about(problem, { isKnown: this.#options.isKnownAway?.() === true });
  }
}

function isOfOneRequest({ blame, status }: Failure): boolean {
  return blame === 'conversation' || OF_ONE_REQUEST.includes(status);
}
