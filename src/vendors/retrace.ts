import { traceIdChoices } from '../trace/ids.ts';
import { retraceBatch, retracedId } from '../trace/retrace.ts';
import type { Translated } from './vendor.ts';

/** The same conversation in the trace `traceId`, and as it was where that is its own. Pure. */
export function retrace(translated: Translated, traceId: string): Translated {
  const { conversation, batch, spanIds, waitIds, lateIds } = translated;
  if (conversation.traceId === traceId) return translated;
  const moved = (ids: readonly string[]) => ids.map((id) => retracedId(traceId, id));
  return {
    ...translated,
    conversation: { ...conversation, traceId },
    batch: retraceBatch(batch, traceId),
    ...{ spanIds: moved(spanIds), waitIds: moved(waitIds), lateIds: moved(lateIds) },
  };
}

/**
 * A conversation that was sent before, in the trace in which it was sent; as its payload has it where it has become
 * another trace since.
 * @param source the configured source's name.
 */
export function retraceAsSent(translated: Translated, source: string, sent: string): Translated {
  const { provider, id, traceId } = translated.conversation;
  return traceIdChoices(traceId, { provider, source, id }).includes(sent)
    ? retrace(translated, sent)
    : translated;
}
