import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { IExportTraceServiceResponse, ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

export type SpanExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>;

/**
 * The official exporter of spans over HTTP, which sends bytes that were made before: those of callspan's own encoder,
 * which knows what numbers are doubles, and how large a request is before it is sent. It takes no serializer as an
 * option, so ours is put in the place where it keeps its own.
 */
export class SpanExporter extends OTLPTraceExporter {
  readonly #bodies = new WeakMap<ReadableSpan[], Uint8Array>();

  /**
   * @param contentType what the bytes are.
   * @throws TypeError where a version of the exporter keeps its serializer elsewhere: whole seconds would become ints.
   */
  constructor(options: SpanExporterOptions) {
    super(options);
    const delegate: unknown = Reflect.get(this, '_delegate');
    if (!hasSerializer(delegate)) {
      throw new TypeError(
        'This version of @opentelemetry/exporter-trace-otlp-http keeps its serializer elsewhere; install the one of package-lock.json.',
      );
    }
    const bodies = this.#bodies;
    delegate._serializer = {
      serializeRequest: (spans) => bodies.get(spans),
      // The answer is read where the request is watched.
      deserializeResponse: () => ({}),
    } satisfies ISerializer<ReadableSpan[], IExportTraceServiceResponse>;
  }

  /** Sends `body`, which `spans` were encoded as. */
  send(spans: ReadableSpan[], body: Uint8Array, onEnd: Parameters<OTLPTraceExporter['export']>[1]): void {
    this.#bodies.set(spans, body);
    this.export(spans, onEnd);
  }
}

function hasSerializer(delegate: unknown): delegate is { _serializer: unknown } {
  return typeof delegate === 'object' && delegate !== null && '_serializer' in delegate;
}
