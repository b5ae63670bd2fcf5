import {
  type IExportTraceServiceResponse,
  type ISerializer,
  JsonTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { isDouble } from './semconv.ts';

/**
 * The official serializer of spans, but for one thing: it writes every whole number as an int, and the SDK has no way
 * to say that 5 is five seconds. So what it wrote is gone over, and values whose keys are doubles become doubles.
 */
export const spanSerializer: ISerializer<ReadableSpan[], IExportTraceServiceResponse> = {
  serializeRequest(spans) {
    const bytes = JsonTraceSerializer.serializeRequest(spans);
    return bytes && withDoubles(bytes);
  },
  deserializeResponse: (data) => JsonTraceSerializer.deserializeResponse(data),
};

/** In a text that somebody said these quotes would be escaped, so only attributes look like this. */
const WHOLE_NUMBER = /("key":"([\w.]+)","value":\{)"intValue":/g;

function withDoubles(bytes: Uint8Array): Uint8Array {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const typed = json.replace(WHOLE_NUMBER, (whole, before: string, key: string) =>
    isDouble(key) ? `${before}"doubleValue":` : whole,
  );
  return typed === json ? bytes : Buffer.from(typed);
}
