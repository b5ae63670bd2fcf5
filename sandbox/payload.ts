import type { Call } from './call.ts';
import { conversationJson as elevenLabsConversation } from './elevenlabs/conversation.ts';
import type { Json } from './fields.ts';
import { callJson as retellCall } from './retell/call.ts';
import { conversationJson as tavusConversation } from './tavus/conversation.ts';
import type { Micros } from './time.ts';
import { recordJson as vapiRecord } from './vapi/record.ts';

/** All that a call's vendor answers of it at an instant, whoever that is. */
export function payloadOf(call: Call, at: Micros): Json {
  switch (call.provider) {
    case 'elevenlabs':
      return elevenLabsConversation(call, { at, format: 'opentelemetry' });
    case 'tavus':
      return tavusConversation(call, at, true);
    case 'retell':
      return retellCall(call, at);
    case 'vapi':
      return vapiRecord(call, at);
  }
}
