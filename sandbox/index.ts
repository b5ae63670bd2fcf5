/**
 * Simulated APIs of every vendor and an OTLP sink: real HTTP servers on loopback, fed from one simulated
 * truth. Needs nothing but Node.
 */
export { type AddOptions, CallBook, type Series as CallSeries } from './book.ts';
export type {
  Agent,
  Call,
  CallSpec,
  ElevenLabsCall,
  Provider,
  RetellCall,
  Shape,
  TavusCall,
  ToolCall,
  Turn,
  VapiCall,
} from './call.ts';
export { type DemoVendor, startDemoVendors } from './demo.ts';
export {
  conversationJson as elevenLabsConversation,
  listRow as elevenLabsRow,
} from './elevenlabs/conversation.ts';
export { otlpTraces as elevenLabsTraces } from './elevenlabs/otlp.ts';
export { type ElevenLabsOptions, type ElevenLabsServer, startElevenLabs } from './elevenlabs/server.ts';
export { type SignatureStyle, signature as elevenLabsSignature } from './elevenlabs/signature.ts';
export {
  audioEvent,
  initiationFailure,
  strangers,
  type TranscriptFormat,
  transcriptEvent,
} from './elevenlabs/webhook.ts';
export { type Delivery, WebhookSender, type WebhookSenderOptions } from './elevenlabs/webhook-sender.ts';
export type { Json } from './fields.ts';
export type { Fault, FaultKind } from './http/fault.ts';
export type { FaultRule, Faults, PlacedFault, RandomFaults } from './http/faults.ts';
export { type Posted, type PostOptions, post } from './http/post.ts';
export type { RequestLog, SeenRequest } from './http/request.ts';
export type { SandboxServer, ServerOptions } from './http/server.ts';
export { payloadOf } from './payload.ts';
export { type PrivateTexts, privateTexts } from './private-texts.ts';
export { type PublishedCall, publishedCalls } from './published.ts';
export { callJson as retellCall, rowJson as retellRow } from './retell/call.ts';
export { type RetellOptions, type RetellServer, startRetell } from './retell/server.ts';
export { callEvents as retellEvents, retellSignature } from './retell/webhook.ts';
export { scenarioNames, scenarioSummaries, simulateCall } from './simulate.ts';
export type { Series, SeriesPoint, SeriesStore } from './sink/series-store.ts';
export { type Sink, type SinkOptions, startSink } from './sink/sink.ts';
export type { SpanForm, SpanStore, StoredSpan } from './sink/span-store.ts';
export { startTraceStore } from './sink/trace-store.ts';
export { callBack, callbacks as tavusCallbacks, toolDelivery } from './tavus/callbacks.ts';
export { conversationJson as tavusConversation, rowJson as tavusRow } from './tavus/conversation.ts';
export { startTavus, type TavusOptions, type TavusServer } from './tavus/server.ts';
export { truth } from './truth/compute.ts';
export { countedWaits } from './truth/counted.ts';
export type { AnswerClass, PhaseName, Truth, TruthTool, TruthWait } from './truth/truth.ts';
export { startVapi, type VapiOptions, type VapiServer } from './vapi/server.ts';
export {
  authHeaders as vapiAuth,
  callServer as callVapiServer,
  endOfCallReport,
  otherMessages as otherVapiMessages,
  type ServerAuth as VapiServerAuth,
} from './vapi/webhook.ts';
