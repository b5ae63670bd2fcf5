import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { Limiter } from '../http/limiter.ts';
import type { ProxyEnvironment } from '../http/proxy.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import type { Encoding } from '../trace/encode/span-encoder.ts';
import type { SpanBatch } from '../trace/span-batch.ts';
import { createEndpoint, type Destination } from './endpoint.ts';
import { type Failure, isTooLarge, judge, type Outcome } from './outcome.ts';
import { type Message, Post } from './post.ts';
import { Exporter } from './sdk/exporter.ts';
import { split } from './split.ts';
import type { PreparedRequest, Transport } from './transport.ts';

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

/** A span of so many uncompressed bytes is too large for nobody: the lowest limits of servers are a hundred kilobytes. */
const NEVER_TOO_LARGE = 16 * 1024;

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
  readonly #post: Transport<Message>;
  readonly #exporter: Transport<readonly ReadableSpan[]>;
  readonly #limiter: Limiter;
  readonly #maxBytes: number;
  /** Of the SDK's spans; a vendor's come encoded. */
  readonly #encoding: Encoding;

  constructor(destination: Destination, options: DeliveryOptions) {
    const { connections = 8, maxBytes = 4 * 1024 * 1024, clock = systemClock, env } = options;
    if (!Number.isInteger(connections) || connections < 1) {
      throw new TypeError(
        `Expected \`connections\` to be a whole number of at least 1, got \`${connections}\``,
      );
    }
    if (!(maxBytes >= 1)) throw new TypeError(`Expected \`maxBytes\` to be at least 1, got \`${maxBytes}\``);
    const endpoint = createEndpoint(destination, connections, env);
    this.#post = new Post({ endpoint, judge: (response) => judge(response, endpoint, clock.now()) });
    this.#exporter = new Exporter(endpoint, clock);
    // Ahead of the connections' own queues, so that the time somebody waits there does not count as the collector's.
    this.#limiter = new Limiter({ concurrency: connections, clock });
    this.#maxBytes = maxBytes;
    this.#encoding = endpoint.encoding;
  }

  async deliver(batch: SpanBatch, signal: AbortSignal): Promise<Outcome> {
    return await this.#limiter.run(async () => (await this.#send(batch, signal)).outcome, signal);
  }

  async close(): Promise<void> {
    this.#limiter.close(new Error('The delivery is closed'));
    await this.#limiter.idle();
    await Promise.all([this.#post.close(), this.#exporter.close()]);
  }

  async #send(batch: SpanBatch, signal: AbortSignal): Promise<Sent> {
    signal.throwIfAborted();
    const prepared = this.#pack(batch);
    if (prepared.bytes > this.#maxBytes) {
      const parts = split(batch, { maxBytes: this.#maxBytes }, this.#encoding);
      if (parts.length > 1) return await this.#sendParts(parts, signal);
    }
    const outcome = await prepared.send(signal);
    if (!isTooLarge(outcome)) return { outcome, taken: outcome.kind === 'accepted' };
    const halves = split(batch, 'halves', this.#encoding);
    if (halves.length > 1) return await this.#sendParts(halves, signal);
    return { outcome: prepared.bytes > NEVER_TOO_LARGE ? outcome : tooLargeForAll(outcome) };
  }

  #pack(batch: SpanBatch): PreparedRequest {
    return batch.kind === 'otlp' ? this.#post.pack(batch.spans) : this.#exporter.pack(batch.spans);
  }

  /**
   * One after the other. Stops where it may be the destination's trouble: all would be sent again, and twice stored.
   * A part that is refused for what it is, while another is taken, is certain to be refused again.
   */
  async #sendParts(parts: readonly SpanBatch[], signal: AbortSignal): Promise<Sent> {
    let refused: Failure | undefined;
    let taken = false;
    let rejectedSpans = 0;
    const said = { message: new Set<string>(), doubt: new Set<string>() };
    for (const [index, part] of parts.entries()) {
      const sent = await this.#send(part, signal);
      const { outcome } = sent;
      taken ||= sent.taken === true;
      if (outcome.kind === 'accepted') {
        rejectedSpans += outcome.rejectedSpans;
        for (const kind of ['message', 'doubt'] as const) {
          const words = outcome[kind];
          if (words !== undefined) said[kind].add(words);
        }
        continue;
      }
      const told = outcome.reason.startsWith('part ')
        ? outcome
        : { ...outcome, reason: `part ${index + 1} of ${parts.length}: ${outcome.reason}` };
      if (!isOfThePart(outcome, taken)) return { outcome: told, taken };
      refused ??= told;
    }
    if (refused) {
      const outcome: Failure = taken ? { ...refused, blame: 'conversation', certain: true } : refused;
      return { outcome, taken };
    }
    const [message, doubt] = [[...said.message].join('; '), [...said.doubt].join('; ')];
    const outcome: Outcome = {
      ...{ kind: 'accepted', rejectedSpans },
      ...(message === '' ? {} : { message }),
      ...(doubt === '' ? {} : { doubt }),
    };
    return { outcome, taken };
  }
}

/** What became of a batch, and whether any part of it was taken. */
interface Sent {
  readonly outcome: Outcome;
  readonly taken?: boolean;
}

/** Whether the next part may fare otherwise. @param taken whether one before did. */
function isOfThePart(failure: Failure, taken: boolean): boolean {
  if (failure.blame === 'conversation') return true;
  return isTooLarge(failure) && (taken || failure.blame !== 'destination');
}

/** Whoever finds so little too large would find anything so: to send all the rest would be a hundred requests in vain. */
function tooLargeForAll(failure: Failure): Failure {
  return {
    ...failure,
    blame: 'destination',
    reason: `${failure.reason}; it finds a single small span too large`,
  };
}
