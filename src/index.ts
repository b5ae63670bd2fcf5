/**
 * callspan as a library: translate a vendor's payload into the spans that the bridge would send, or compute the id
 * that a conversation's trace will have.
 */
export type { Attributes, Conversation, Provider, Turn, Wait } from './conversation.ts';
export { derivedTraceId } from './trace/ids.ts';
export type { OtlpTraces } from './trace/otlp.ts';
export type { TraceSettings } from './trace/settings.ts';
export { type SpanBatch, toOtlp } from './trace/span-batch.ts';
export { readElevenLabs } from './vendors/elevenlabs/payload.ts';
export { translateElevenLabs } from './vendors/elevenlabs/translate.ts';
export { readTavus } from './vendors/tavus/payload.ts';
export { translateTavus } from './vendors/tavus/translate.ts';
export type { Translated } from './vendors/vendor.ts';
