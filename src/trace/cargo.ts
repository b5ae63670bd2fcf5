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
