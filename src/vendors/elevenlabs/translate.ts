import { FIRST_MOMENT } from '../../time/nanos.ts';
import { checkSpans } from '../../trace/bounds.ts';
import { Describer } from '../../trace/describe.ts';
import { evaluationEvents } from '../../trace/nodes.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import { place, waitIds } from '../../trace/tree.ts';
import type { Translated } from '../vendor.ts';
import { conversationFrame, elevenLabsConversation } from './conversation.ts';
import { decorate } from './decorate.ts';
import { findDrift } from './drift.ts';
import { emit } from './emit.ts';
import { tracesFromTranscript } from './from-transcript.ts';
import { joinHalves } from './join.ts';
import type { ElevenLabsPayload } from './payload.ts';
import { endOf } from './reason.ts';
import { type ElevenLabsNode, readSpans } from './span.ts';
import { mendTree } from './tree.ts';

/**
 * An ElevenLabs response as what goes to the collector: the vendor's own OTLP, mended and decorated; without it,
 * vendor-shaped spans from the transcript; without that, the root of a failed conversation. Pure.
 * @returns undefined where there is nothing to export.
 */
export function translateElevenLabs(
  payload: ElevenLabsPayload,
  id: string,
  settings: TraceSettings,
): Translated | undefined {
  const own = readSpans(payload.otlpTraces);
  const frame = conversationFrame(payload, own);
  // A transcript is worth having whenever it was.
  const start = frame.start ?? payload.accepted ?? FIRST_MOMENT;
  const failed = payload.status === 'failed' || endOf(payload.terminationReason, payload.error).failed;
  const spans =
    own.length > 0 || (payload.rows.length === 0 && !failed)
      ? own
      : readSpans(tracesFromTranscript(payload, id, start), { made: true });
  if (spans.length === 0) return undefined;
  const root = mendTree(spans, frame);
  if (!root.vendor && failed) root.error = {};
  const joined = joinHalves(root, payload);
  const conversation = elevenLabsConversation(payload, id, root, joined, spans);
  const describer = new Describer(conversation, settings);
  decorate(root, joined, conversation, describer);
  root.events = evaluationEvents(conversation, describer, root.end);
  const placed = place<ElevenLabsNode>(root, conversation.traceId);
  checkSpans(placed.length);
  return {
    conversation,
    batch: { kind: 'otlp', spans: emit(placed, conversation.traceId, { settings, describer }) },
    spanIds: placed.map((span) => span.id),
    waitIds: waitIds(placed, conversation),
    lateIds: [],
    drift: findDrift(payload, own),
  };
}
