import { OTLPExporterBase, type OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import { TraceExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { spanSerializer } from '../../trace/span-serializer.ts';

export type SpanExporterOptions = OTLPExporterNodeConfigBase;

/**
 * The official exporter of spans over HTTP, put together as `@opentelemetry/exporter-trace-otlp-http` does it, which
 * takes no other serializer than its own.
 */
export function createSpanExporter(options: SpanExporterOptions): OTLPExporterBase<ReadableSpan[]> {
  const configuration = convertLegacyHttpOptions(options, 'TRACES', 'v1/traces', {
    'Content-Type': 'application/json',
  });
  return new OTLPExporterBase(
    createOtlpHttpExportDelegate(
      configuration,
      spanSerializer,
      'otlp_http_span_exporter',
      TraceExporterMetricsHelper,
      undefined,
    ),
  );
}
