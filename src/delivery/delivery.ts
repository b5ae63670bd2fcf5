import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { Limiter } from '../http/limiter.ts';
import type { ProxyEnvironment } from '../http/proxy.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import type { SpanBatch } from '../trace/span-batch.ts';
import type { Destination } from './destination.ts';
import { createEndpoint } from './endpoint.ts';
import type { Outcome } from './outcome.ts';
import { Relay } from './relay.ts';
import { Exporter } from './sdk/exporter.ts';
import { split } from './split.ts';
import type { PreparedRequest, Transport } from './transport.ts';
import { isTooLarge } from './verdict.ts';

export interface DeliveryOptions {
  /** Conversations under way at a time, and connections; more wait their turn. @default 8 */
  readonly connections?: number;
  /**
   * The largest request, in uncompressed bytes; a larger conversation is sent in parts, between its turns. The
   * collector's own limit is 20 MiB by default, that of many backends 4 or 5. @default 4 MiB
   */
  readonly maxBytes?: number;
  readonly clock?: Clock;
  /** Where the proxy variables are read from, once. @default process.env */
  readonly env?: ProxyEnvironment;
}

/** The way to one destination. */
export interface Delivery {
  /**
   * Sends one conversation, in one request or, if it is too large, several. Nothing is tried again later: that is
   * the caller's to decide from the outcome.
   *
   * Never rejects for what network and collector do, only with the signal's reason, and then at once; or with a
   * TypeError or RangeError for spans that JSON cannot express.
   */
  deliver(batch: SpanBatch, signal: AbortSignal): Promise<Outcome>;
  /** Refuses what waits, lets what is under way end (no longer than the destination's timeout), and disconnects. */
  close(): Promise<void>;
}

/**
 * @example
 * const delivery = createDelivery({
 *   tracesUrl: 'http://localhost:4318/v1/traces', headers: {}, timeoutMs: 10_000, compression: 'gzip',
 * });
 * const outcome = await delivery.deliver({ kind: 'spans', spans }, signal);
 *
 * @throws TypeError if the destination or an option is not what it should be; its secrets are not told.
 */
export function createDelivery(destination: Destination, options: DeliveryOptions = {}): Delivery {
  return new TwoTransports(destination, options);
}

class TwoTransports implements Delivery {
  readonly #relay: Transport<Buffer>;
  readonly #exporter: Transport<readonly ReadableSpan[]>;
  readonly #limiter: Limiter;
  readonly #maxBytes: number;

  constructor(destination: Destination, options: DeliveryOptions) {
    const { connections = 8, maxBytes = 4 * 1024 * 1024, clock = systemClock, env } = options;
    if (!Number.isInteger(connections) || connections < 1) {
      throw new TypeError(
        `Expected \`connections\` to be a whole number of at least 1, got \`${connections}\``,
      );
    }
    if (!(maxBytes >= 1)) throw new TypeError(`Expected \`maxBytes\` to be at least 1, got \`${maxBytes}\``);
    const endpoint = createEndpoint(destination, connections, env);
    this.#relay = new Relay(endpoint, clock);
    this.#exporter = new Exporter(endpoint, clock, maxBytes);
    // Ahead of the connections' own queues, so that the time somebody waits there does not count as the collector's.
    this.#limiter = new Limiter({ concurrency: connections, clock });
    this.#maxBytes = maxBytes;
  }

  deliver(batch: SpanBatch, signal: AbortSignal): Promise<Outcome> {
    return this.#limiter.run(() => this.#send(batch, signal), signal);
  }

  async close(): Promise<void> {
    this.#limiter.close(new Error('The delivery is closed'));
    await this.#limiter.idle();
    await Promise.all([this.#relay.close(), this.#exporter.close()]);
  }

  async #send(batch: SpanBatch, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    const prepared = this.#pack(batch);
    if (prepared.bytes > this.#maxBytes) {
      const parts = split(batch, { maxBytes: this.#maxBytes });
      if (parts.length > 1) return await this.#sendParts(parts, signal);
    }
    const outcome = await prepared.send(signal);
    if (!isTooLarge(outcome)) return outcome;
    const halves = split(batch, 'halves');
    return halves.length > 1 ? await this.#sendParts(halves, signal) : outcome;
  }

  #pack(batch: SpanBatch): PreparedRequest {
    return batch.kind === 'otlp' ? this.#relay.pack(batch.json) : this.#exporter.pack(batch.spans);
  }

  /** One after the other. Stops where the collector is unavailable: all would be sent again, and twice stored. */
  async #sendParts(parts: readonly SpanBatch[], signal: AbortSignal): Promise<Outcome> {
    let rejected: Outcome | undefined;
    let rejectedSpans = 0;
    const messages = new Set<string>();
    for (const [index, part] of parts.entries()) {
      const outcome = await this.#send(part, signal);
      if (outcome.kind === 'accepted') {
        rejectedSpans += outcome.rejectedSpans;
        if (outcome.message !== undefined) messages.add(outcome.message);
        continue;
      }
      const told = { ...outcome, reason: `part ${index + 1} of ${parts.length}: ${outcome.reason}` };
      if (outcome.kind === 'unavailable') return told;
      rejected ??= told;
    }
    if (rejected) return rejected;
    const message = [...messages].join('; ');
    return { kind: 'accepted', rejectedSpans, ...(message === '' ? {} : { message }) };
  }
}
