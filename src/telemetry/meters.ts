import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { OtlpMetrics } from '../metrics/otlp.ts';
import { SCOPE_NAME } from '../trace/semconv.ts';
import {
  INSTRUMENTS,
  type InstrumentKey,
  instrumentOf,
  type Labels,
  type ReadKey,
  type RecordedKey,
} from './instruments.ts';

/** One value of one instrument that is read when metrics are collected. */
export interface Reading {
  readonly instrument: ReadKey;
  readonly value: number;
  readonly labels: Labels;
}

/** Collects when it is asked to, and cumulatively. */
class Collector extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * callspan's own instruments in the OpenTelemetry SDK. A provider of its own, never the global one. This file is
 * the only one that loads the SDK's metrics, and it is itself loaded late.
 */
export class Meters {
  readonly #collector = new Collector();
  readonly #record = new Map<RecordedKey, (value: number, labels: Labels) => void>();
  readonly #observed = new Map<ReadKey, Observable>();
  #readings: readonly Reading[] = [];

  constructor(resource: Attributes) {
    const provider = new MeterProvider({
      resource: resourceFromAttributes(resource),
      readers: [this.#collector],
    });
    const meter = provider.getMeter(SCOPE_NAME);
    for (const key of Object.keys(INSTRUMENTS) as InstrumentKey[]) this.#create(meter, key);
    meter.addBatchObservableCallback((result) => this.#observe(result), [...this.#observed.values()]);
  }

  record(instrument: RecordedKey, value: number, labels: Labels): void {
    this.#record.get(instrument)?.(value, labels);
  }

  /** Everything recorded so far, and `readings`, as the official serializer writes it. */
  async collect(readings: readonly Reading[]): Promise<OtlpMetrics> {
    this.#readings = readings;
    const { resourceMetrics, errors } = await this.#collector.collect();
    if (errors.length > 0) throw errors[0];
    const bytes = JsonMetricsSerializer.serializeRequest(resourceMetrics);
    return JSON.parse(new TextDecoder().decode(bytes)) as OtlpMetrics;
  }

  #create(meter: Meter, key: InstrumentKey): void {
    const { name, kind, unit, description, boundaries } = instrumentOf(key);
    const options = { unit, description };
    switch (kind) {
      case 'counter': {
        const counter = meter.createCounter(name, options);
        this.#record.set(key as RecordedKey, (value, labels) => counter.add(value, labels));
        return;
      }
      case 'histogram': {
        const advice = boundaries === undefined ? {} : { explicitBucketBoundaries: [...boundaries] };
        const histogram = meter.createHistogram(name, { ...options, advice });
        this.#record.set(key as RecordedKey, (value, labels) => histogram.record(value, labels));
        return;
      }
      case 'gauge':
        this.#observed.set(key as ReadKey, meter.createObservableGauge(name, options));
        return;
      default:
        this.#observed.set(key as ReadKey, meter.createObservableCounter(name, options));
    }
  }

  #observe(result: BatchObservableResult): void {
    for (const { instrument, value, labels } of this.#readings) {
      const observed = this.#observed.get(instrument);
      if (observed) result.observe(observed, value, labels);
    }
  }
}
