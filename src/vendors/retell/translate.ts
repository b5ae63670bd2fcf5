import type { Nanos } from '../../conversation.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import { synthesize } from '../../trace/synthesize.ts';
import type { Translated } from '../vendor.ts';
import { retellConversation } from './conversation.ts';
import type { RetellPayload } from './payload.ts';

/** A Retell call as spans made from its Conversation alone. Pure: the same whenever it is fetched. */
export function translateRetell(
  payload: RetellPayload,
  id: string,
  settings: TraceSettings,
  seenAt?: Nanos,
): Translated {
  const conversation = retellConversation(payload, id, seenAt);
  const withSecrets = { ...settings, secrets: [...settings.secrets, ...payload.secrets] };
  // The vendor has no resource of its own, so this one is named as a vendor's own would be.
  const resource = { ...settings.resource, 'service.name': 'retell-calls', 'retell.call_id': id };
  // The words themselves may be anybody's: only that they are new is told.
  const unknownReason = conversation.endReason === 'other' ? ['unknown disconnection_reason'] : [];
  return {
    conversation,
    ...synthesize(conversation, withSecrets, resource),
    drift: [...payload.drift, ...unknownReason],
  };
}
