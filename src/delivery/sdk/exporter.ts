import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { withDeadline } from '../../http/deadline.ts';
import { userAgent } from '../../http/user-agent.ts';
import type { Clock } from '../../time/clock.ts';
import { encodeSdkSpans } from '../../trace/encode/sdk-spans.ts';
import { packed, usual } from '../body.ts';
import type { Endpoint } from '../endpoint.ts';
import { judge, type Outcome, unreachable } from '../outcome.ts';
import type { PreparedRequest, Transport } from '../transport.ts';
import { CollectorAgent } from './collector-agent.ts';
import { withoutExporterSettings } from './exporter-environment.ts';
import { SpanExporter } from './span-exporter.ts';
import { Tap, taps } from './tap.ts';

/**
 * The transport of spans made with the SDK: the official exporter, one for the destination's life. It tries again after
 * broken connections by itself, for as long as `timeoutMs` lasts; the first answer decides.
 */
export class Exporter implements Transport<readonly ReadableSpan[]> {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #agent: CollectorAgent;
  readonly #exporter: SpanExporter;

  constructor(endpoint: Endpoint, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
    const agent = new CollectorAgent(endpoint);
    this.#agent = agent;
    this.#exporter = withoutExporterSettings(
      () =>
        new SpanExporter({
          url: endpoint.url.href,
          headers: {
            ...endpoint.headers,
            ...(endpoint.compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
          },
          timeoutMillis: endpoint.timeoutMs,
          userAgent,
          // The exporter asks once for each export that begins before the first agent is there.
          httpAgentOptions: () => agent,
          // Beyond its limit it fails at once; how many may be under way is decided before.
          concurrencyLimit: Number.MAX_SAFE_INTEGER,
        }),
    );
  }

  pack(spans: readonly ReadableSpan[]): PreparedRequest {
    const { body } = encodeSdkSpans(spans, this.#endpoint.encoding);
    return { bytes: body.length, send: (signal) => this.#export(spans, body, signal) };
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  async #export(spans: readonly ReadableSpan[], plain: Buffer, signal: AbortSignal): Promise<Outcome> {
    const tap = new Tap();
    let error: unknown;
    try {
      await withDeadline(this.#endpoint.timeoutMs, signal, async (ended) => {
        ended.addEventListener('abort', () => tap.cancel(), { once: true });
        await this.#exported(spans, await packed(plain, this.#endpoint.compression, usual), tap);
      });
    } catch (failure) {
      signal.throwIfAborted();
      error = failure;
    }
    const response = tap.response;
    return response ? judge(response, this.#endpoint, this.#clock.now()) : unreachable(error, this.#endpoint);
  }

  #exported(spans: readonly ReadableSpan[], body: Buffer, tap: Tap): Promise<void> {
    return new Promise((resolve, reject) => {
      taps.run(tap, () => {
        this.#exporter.send([...spans], body, ({ error }) => (error ? reject(error) : resolve()));
      });
    });
  }
}
