/**
 * callspan as a library: translate a vendor's payload into the spans that the bridge would send, deliver them, run
 * the whole bridge inside another program, or compute the id that a conversation's trace will have. Each of these has
 * a program in `examples/`.
 */

export type { DeliveryBlame } from './blame.ts';
export { type BridgeHandle, type CreateBridgeOptions, createBridge } from './bridge/create-bridge.ts';
export type {
  Agent,
  Attributes,
  AttributeValue,
  Conversation,
  ConversationEvent,
  ConversationOutcome,
  Evaluation,
  Link,
  Nanos,
  Phase,
  PhaseName,
  Provider,
  Retrieval,
  Timing,
  Tool,
  Totals,
  Turn,
  Usage,
  VendorAttributes,
  Wait,
} from './conversation.ts';
export { createDelivery, type Delivery, type DeliveryOptions } from './delivery/delivery.ts';
export type { Destination, Tls } from './delivery/endpoint.ts';
export type { Outcome } from './delivery/outcome.ts';
export { derivedTraceId } from './trace/ids.ts';
export type { OtlpTraces } from './trace/otlp.ts';
export type { TraceSettings } from './trace/settings.ts';
export { type SpanBatch, toOtlp } from './trace/span-batch.ts';
export { registerVendor, type VendorEntry } from './vendors/registry.ts';
export { type TranslateOptions, translate, UnknownPayloadError } from './vendors/translate.ts';
export type {
  Account,
  ConversationRef,
  Fetched,
  KnownFields,
  Page,
  Profile,
  Reading,
  Source,
  SourceParts,
  Translated,
  Vendor,
  Walk,
} from './vendors/vendor.ts';
export {
  type VerifiedWebhook,
  type VerifyWebhookOptions,
  verifyWebhook,
} from './vendors/verify-webhook.ts';
export type { Verdict, Verification, WebhookEvent, WebhookScheme } from './vendors/webhook-scheme.ts';
