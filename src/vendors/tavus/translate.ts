import type { TraceSettings } from '../../trace/settings.ts';
import { synthesize } from '../../trace/synthesize.ts';
import type { Translated } from '../vendor.ts';
import { tavusConversation } from './conversation.ts';
import type { TavusPayload } from './payload.ts';

/** A Tavus payload as spans made from its Conversation alone. Pure: the same whenever it is fetched. */
export function translateTavus(payload: TavusPayload, id: string, settings: TraceSettings): Translated {
  const conversation = tavusConversation(payload, id);
  const withUrls = { ...settings, secrets: [...settings.secrets, ...payload.privateUrls] };
  // The vendor has no resource of its own, so this one is named as a vendor's own would be.
  const resource = { ...settings.resource, 'service.name': 'tavus-cvi', 'tavus.conversation_id': id };
  const unknownReason = conversation.endReason === 'other' ? ['unknown shutdown_reason'] : [];
  return {
    conversation,
    ...synthesize(conversation, withUrls, resource),
    drift: [...payload.drift, ...unknownReason],
  };
}
