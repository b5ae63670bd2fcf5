import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { withDeadline } from '../../http/deadline.ts';
import { userAgent } from '../../http/user-agent.ts';
import type { Clock } from '../../time/clock.ts';
import type { Endpoint } from '../endpoint.ts';
import { judge, type Outcome, unreachable } from '../outcome.ts';
import { requestSize } from '../span-size.ts';
import type { PreparedRequest, Transport } from '../transport.ts';
import { CollectorAgent } from './collector-agent.ts';
import { withoutExporterSettings } from './exporter-environment.ts';
import { SpanExporter, type SpanExporterOptions } from './span-exporter.ts';
import { Tap, taps } from './tap.ts';

/** The exporter's own enum is not exported; this is its value. */
const compression = (value: 'gzip' | 'none') => value as NonNullable<SpanExporterOptions['compression']>;

/**
 * The transport of spans made with the SDK: the official exporter, one for the destination's life. It tries again after
 * broken connections by itself, for as long as `timeoutMs` lasts; the first answer decides.
 */
export class Exporter implements Transport<readonly ReadableSpan[]> {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #agent: CollectorAgent;
  readonly #exporter: SpanExporter;
  readonly #maxBytes: number;

  /** @param maxBytes the size above which it is worth knowing it exactly. */
  constructor(endpoint: Endpoint, clock: Clock, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#endpoint = endpoint;
    this.#clock = clock;
    const agent = new CollectorAgent(endpoint);
    this.#agent = agent;
    this.#exporter = withoutExporterSettings(
      () =>
        new SpanExporter({
          url: endpoint.url.href,
          headers: { ...endpoint.headers },
          timeoutMillis: endpoint.timeoutMs,
          compression: compression(endpoint.compression),
          userAgent,
          // The exporter asks once for each export that begins before the first agent is there.
          httpAgentOptions: () => agent,
          // Beyond its limit it fails at once; how many may be under way is decided before.
          concurrencyLimit: Number.MAX_SAFE_INTEGER,
        }),
    );
  }

  pack(spans: readonly ReadableSpan[]): PreparedRequest {
    return { bytes: requestSize(spans, this.#maxBytes), send: (signal) => this.#export(spans, signal) };
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  async #export(spans: readonly ReadableSpan[], signal: AbortSignal): Promise<Outcome> {
    const tap = new Tap();
    let error: unknown;
    try {
      await withDeadline(this.#endpoint.timeoutMs, signal, (ended) => {
        ended.addEventListener('abort', () => tap.cancel(), { once: true });
        return this.#exported(spans, tap);
      });
    } catch (failure) {
      signal.throwIfAborted();
      error = failure;
    }
    const response = tap.response;
    return response ? judge(response, this.#endpoint, this.#clock.now()) : unreachable(error, this.#endpoint);
  }

  #exported(spans: readonly ReadableSpan[], tap: Tap): Promise<void> {
    return new Promise((resolve, reject) => {
      taps.run(tap, () => {
        this.#exporter.export([...spans], ({ error }) => (error ? reject(error) : resolve()));
      });
    });
  }
}
