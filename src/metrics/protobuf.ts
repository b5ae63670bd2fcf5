import { ProtobufWriter } from '../trace/encode/protobuf-writer.ts';
import type { HistogramPoint, NumberPoint, OtlpExemplar, OtlpMetric, OtlpMetrics } from './otlp.ts';

/** Field numbers of opentelemetry/proto/metrics/v1/metrics.proto, of resource.proto and of common.proto. */
const REQUEST = { RESOURCE_METRICS: 1 } as const;
const RESOURCE_METRICS = { RESOURCE: 1, SCOPE_METRICS: 2 } as const;
const RESOURCE = { ATTRIBUTES: 1 } as const;
const SCOPE_METRICS = { SCOPE: 1, METRICS: 2 } as const;
const SCOPE = { NAME: 1, VERSION: 2 } as const;
const METRIC = { NAME: 1, DESCRIPTION: 2, UNIT: 3, GAUGE: 5, SUM: 7, HISTOGRAM: 9 } as const;
const DATA = { POINTS: 1, TEMPORALITY: 2, IS_MONOTONIC: 3 } as const;
const POINT = { START: 2, TIME: 3 } as const;
const NUMBER = { AS_DOUBLE: 4, EXEMPLARS: 5, AS_INT: 6, ATTRIBUTES: 7 } as const;
const HISTOGRAM = {
  ...{ COUNT: 4, SUM: 5, BUCKETS: 6, BOUNDS: 7, EXEMPLARS: 8, ATTRIBUTES: 9, MIN: 11, MAX: 12 },
} as const;
const EXEMPLAR = { TIME: 2, AS_DOUBLE: 3, SPAN_ID: 4, TRACE_ID: 5, ATTRIBUTES: 7 } as const;

/** A request of metrics in protobuf: the same as its JSON says. */
export function metricsProtobuf(request: OtlpMetrics): Buffer {
  return new MetricsWriter().write(request);
}

class MetricsWriter extends ProtobufWriter {
  write({ resourceMetrics }: OtlpMetrics): Buffer {
    for (const { resource, scopeMetrics } of resourceMetrics) {
      this.nested(REQUEST.RESOURCE_METRICS, () => {
        this.nested(RESOURCE_METRICS.RESOURCE, () => {
          for (const attribute of resource.attributes) {
            this.nested(RESOURCE.ATTRIBUTES, () => this.keyValue(attribute));
          }
        });
        for (const { scope, metrics } of scopeMetrics) {
          this.nested(RESOURCE_METRICS.SCOPE_METRICS, () => {
            this.nested(SCOPE_METRICS.SCOPE, () => {
              this.text(SCOPE.NAME, scope.name);
              if (scope.version !== undefined) this.text(SCOPE.VERSION, scope.version);
            });
            for (const metric of metrics) this.nested(SCOPE_METRICS.METRICS, () => this.#metric(metric));
          });
        }
      });
    }
    return this.bytes.cut(0);
  }

  #metric({ name, description, unit, sum, gauge, histogram }: OtlpMetric): void {
    this.text(METRIC.NAME, name);
    this.text(METRIC.DESCRIPTION, description);
    this.text(METRIC.UNIT, unit);
    if (sum !== undefined) {
      this.nested(METRIC.SUM, () => {
        for (const point of sum.dataPoints) this.nested(DATA.POINTS, () => this.#number(point));
        this.varint(DATA.TEMPORALITY, sum.aggregationTemporality);
        this.varint(DATA.IS_MONOTONIC, sum.isMonotonic ? 1 : 0);
      });
    } else if (gauge !== undefined) {
      this.nested(METRIC.GAUGE, () => {
        for (const point of gauge.dataPoints) this.nested(DATA.POINTS, () => this.#number(point));
      });
    } else if (histogram !== undefined) {
      this.nested(METRIC.HISTOGRAM, () => {
        for (const point of histogram.dataPoints) this.nested(DATA.POINTS, () => this.#histogram(point));
        this.varint(DATA.TEMPORALITY, histogram.aggregationTemporality);
      });
    }
  }

  #number(point: NumberPoint): void {
    this.#common(point, NUMBER);
    if (point.asInt !== undefined) this.fixed64(NUMBER.AS_INT, BigInt.asUintN(64, BigInt(point.asInt)));
    else if (point.asDouble !== undefined) this.double(NUMBER.AS_DOUBLE, point.asDouble);
  }

  #histogram(point: HistogramPoint): void {
    this.#common(point, HISTOGRAM);
    this.fixed64(HISTOGRAM.COUNT, BigInt(point.count));
    if (point.sum !== undefined) this.double(HISTOGRAM.SUM, point.sum);
    this.nested(HISTOGRAM.BUCKETS, () => {
      for (const count of point.bucketCounts) this.bytes.fixed64(BigInt(count));
    });
    this.nested(HISTOGRAM.BOUNDS, () => {
      for (const bound of point.explicitBounds) this.bytes.double(bound);
    });
    if (point.min !== undefined) this.double(HISTOGRAM.MIN, point.min);
    if (point.max !== undefined) this.double(HISTOGRAM.MAX, point.max);
  }

  #common(
    { attributes, startTimeUnixNano, timeUnixNano, exemplars = [] }: NumberPoint | HistogramPoint,
    fields: typeof NUMBER | typeof HISTOGRAM,
  ): void {
    for (const attribute of attributes) this.nested(fields.ATTRIBUTES, () => this.keyValue(attribute));
    this.fixed64(POINT.START, BigInt(startTimeUnixNano));
    this.fixed64(POINT.TIME, BigInt(timeUnixNano));
    for (const exemplar of exemplars) this.nested(fields.EXEMPLARS, () => this.#exemplar(exemplar));
  }

  #exemplar({ timeUnixNano, asDouble, traceId, spanId, filteredAttributes }: OtlpExemplar): void {
    this.fixed64(EXEMPLAR.TIME, BigInt(timeUnixNano));
    this.double(EXEMPLAR.AS_DOUBLE, asDouble);
    this.id(EXEMPLAR.SPAN_ID, spanId);
    this.id(EXEMPLAR.TRACE_ID, traceId);
    for (const attribute of filteredAttributes) {
      this.nested(EXEMPLAR.ATTRIBUTES, () => this.keyValue(attribute));
    }
  }
}
