import type { Nanos } from '../../conversation.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import { synthesize } from '../../trace/synthesize.ts';
import type { Translated } from '../vendor.ts';
import { vapiConversation } from './conversation.ts';
import type { VapiPayload } from './payload.ts';

/** A Vapi call as spans made from its Conversation alone. Pure: the same whenever it is fetched. */
export function translateVapi(
  payload: VapiPayload,
  id: string,
  settings: TraceSettings,
  seenAt?: Nanos,
): Translated {
  const conversation = vapiConversation(payload, id, seenAt);
  const withPrivate = { ...settings, secrets: [...settings.secrets, ...payload.privateTexts] };
  // The vendor has no resource of its own, so this one is named as a vendor's own would be.
  const resource = { ...settings.resource, 'service.name': 'vapi-calls', 'vapi.call_id': id };
  const unknownReason = conversation.endReason === 'other' ? ['unknown endedReason'] : [];
  return {
    conversation,
    ...synthesize(conversation, withPrivate, resource),
    drift: [...payload.drift, ...unknownReason],
  };
}
