import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OtlpTraces } from './otlp.ts';

/**
 * What goes to the collector for one conversation. Two kinds, because OpenTelemetry JS has two honest roads:
 * spans made with the SDK leave through the official exporter; OTLP that a vendor already made has no road
 * through the SDK that does not lose something, so it is posted as it stands.
 */
export type Cargo =
  | { readonly kind: 'otlp'; readonly payload: OtlpTraces }
  | { readonly kind: 'spans'; readonly spans: readonly ReadableSpan[] };

/** Cargo of either kind as the OTLP/JSON that goes over the wire. */
export function toOtlp(cargo: Cargo): OtlpTraces {
  return cargo.kind === 'otlp' ? cargo.payload : serializeSpans(cargo.spans);
}

/** SDK spans as OTLP/JSON objects, by the official serializer. */
export function serializeSpans(spans: readonly ReadableSpan[]): OtlpTraces {
  const bytes = JsonTraceSerializer.serializeRequest([...spans]);
  if (bytes === undefined) throw new Error('The OTLP serializer returned nothing.');
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as OtlpTraces;
}
