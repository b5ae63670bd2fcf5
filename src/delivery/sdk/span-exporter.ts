import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { spanSerializer } from '../../trace/span-serializer.ts';

export type SpanExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>;

/**
 * The official exporter of spans over HTTP, with a serializer that knows which numbers are doubles. It takes none as an
 * option, so ours is put in the place where it keeps its own.
 */
export class SpanExporter extends OTLPTraceExporter {
  /** @throws TypeError where a version of the exporter keeps its serializer elsewhere: whole seconds would become ints. */
  constructor(options: SpanExporterOptions) {
    super(options);
    const delegate: unknown = Reflect.get(this, '_delegate');
    if (!hasSerializer(delegate)) {
      throw new TypeError(
        'This version of @opentelemetry/exporter-trace-otlp-http keeps its serializer elsewhere; install the one of package-lock.json.',
      );
    }
    delegate._serializer = spanSerializer;
  }
}

function hasSerializer(delegate: unknown): delegate is { _serializer: unknown } {
  return typeof delegate === 'object' && delegate !== null && '_serializer' in delegate;
}
