import type { Ledger } from '../ledger/contract.ts';
import type { MetricName } from '../metrics/definitions.ts';
import { type OtlpMetrics, type Teller, toOtlpMetrics } from '../metrics/otlp.ts';
import type { Clock } from '../time/clock.ts';
import { type ExpositionFormat, exposition } from './exposition.ts';
import type { Log } from './log.ts';
import type { OwnMetrics } from './self-metrics.ts';

export interface ReportOptions {
  readonly ledger: Ledger;
  readonly teller: Omit<Teller, 'now'>;
  readonly own: OwnMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything there is to tell in numbers: what the ledger has counted, and callspan's own metrics. */
export class Report {
  readonly #options: ReportOptions;
  #begun = false;
  readonly #saturated = new Set<MetricName>();
  #until: AbortSignal | undefined;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** Until when the request that `requests` gave last may be told, where that is not for good. */
  get until(): AbortSignal | undefined {
    return this.#until;
  }

  /** The requests of one export. @throws LedgerError */
  async *requests(): AsyncGenerator<OtlpMetrics> {
    const { own } = this.#options;
    // The first export belongs to the start, which need not wait for the SDK.
    const withOwn = this.#begun || own.hasBegun;
    this.#begun = true;
    const { metrics, until } = await this.#metrics();
    this.#until = until;
    yield* metrics;
    this.#until = undefined;
    if (withOwn) yield await own.collect();
  }

  /** Everything as text for Prometheus. @throws LedgerError */
  async text(format: ExpositionFormat): Promise<Iterable<string>> {
    const { metrics } = await this.#metrics();
    return exposition([...metrics, await this.#options.own.collect()], format);
  }

  /** The ledger's metrics as they are now, although it goes on counting while requests are under way. */
  async #metrics(): Promise<{ metrics: Iterable<OtlpMetrics>; until: AbortSignal | undefined }> {
    const { ledger, teller, clock } = this.#options;
    const numbers = await ledger.numbers(clock.now());
    if (numbers === undefined) return { metrics: [], until: undefined };
    const onSaturated = (metric: MetricName) => this.#saySaturated(metric);
    const metrics = toOtlpMetrics(numbers.series, { ...teller, now: numbers.at, onSaturated });
    return { metrics, until: numbers.until };
  }

  /** Once: it stays so. */
  #saySaturated(metric: MetricName): void {
    if (this.#saturated.has(metric)) return;
    this.#saturated.add(metric);
    this.#options.log.warn(
      { metric },
      'a sum is larger than an export can say; it is exported as the largest number there is',
    );
  }
}
