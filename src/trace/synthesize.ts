import type { Attributes, Conversation, Turn } from '../conversation.ts';
import { checkSpans } from './bounds.ts';
import { Describer } from './describe.ts';
import { evaluationEvents, heardBefore, retrievalNodes, toolNode, waitNode } from './nodes.ts';
import { SPAN } from './semconv.ts';
import type { TraceSettings } from './settings.ts';
import type { SpanBatch } from './span-batch.ts';
import { makeSpans } from './spans.ts';
import { grow, KIND, place, type SpanNode, waitIds } from './tree.ts';

/** A conversation on its way to the collector, with the ids of its spans. */
export interface Synthesized {
  readonly batch: SpanBatch;
  /** Parents first. */
  readonly spanIds: readonly string[];
  /** The bars of the conversation's waits, in its order. */
  readonly waitIds: readonly string[];
  /** Events: the only spans that may come later than the rest. */
  readonly lateIds: readonly string[];
}

/** A conversation whose vendor makes no trace of it, as spans of the SDK, parents first. @throws TooLargeError */
export function synthesize(
  conversation: Conversation,
  settings: TraceSettings,
  resource: Attributes,
): Synthesized {
  const describer = new Describer(conversation, settings);
  const root = conversationNode(conversation, describer);
  grow(root);
  root.events = evaluationEvents(conversation, describer, root.end);
  const placed = place(root, conversation.traceId);
  checkSpans(placed.length);
  return {
    batch: { kind: 'spans', spans: makeSpans(placed, conversation.traceId, resource) },
    spanIds: placed.map(({ id }) => id),
    waitIds: waitIds(placed, conversation),
    lateIds: placed.flatMap(({ node, id }) => (node.ordinal === undefined ? [] : [id])),
  };
}

function conversationNode(conversation: Conversation, describer: Describer): SpanNode {
  const { provider, join } = conversation;
  const heard = heardBefore(conversation.turns);
  const children: SpanNode[] = [];
  if (join) {
    children.push({
      name: `${provider}.${SPAN.JOIN}`,
      kind: KIND.INTERNAL,
      start: join.start,
      end: join.end,
      describe: describer.join(join.timing),
      children: [],
    });
  }
  for (const turn of conversation.turns) {
    if (turn.wait) children.push(waitNode(conversation, describer, turn, turn.wait));
    children.push(turnNode(conversation, describer, turn, heard.get(turn) ?? []));
  }
  for (const event of conversation.events) {
    children.push({
      name: `${provider}.${SPAN.EVENT}${lastSegment(describer.clean(event.type))}`,
      ordinal: event.key,
      kind: KIND.INTERNAL,
      start: event.at,
      end: event.at,
      describe: describer.event(event),
      children: [],
    });
  }
  return {
    name: `${provider}.${SPAN.CONVERSATION}`,
    kind: KIND.CLIENT,
    start: conversation.start,
    end: conversation.end,
    describe: describer.conversation(conversation.failed, conversation.timing),
    ...(conversation.failed ? { error: {} } : {}),
    ...(conversation.link ? { links: [conversation.link] } : {}),
    children,
  };
}

function turnNode(
  conversation: Conversation,
  describer: Describer,
  turn: Turn,
  heard: readonly Turn[],
): SpanNode {
  const agent = turn.speaker === 'agent';
  return {
    name: `${conversation.provider}.${agent ? SPAN.AGENT_RESPONSE : SPAN.USER_TRANSCRIPT}`,
    kind: agent ? KIND.CLIENT : KIND.INTERNAL,
    start: turn.start,
    end: turn.end,
    describe: describer.turn(turn, heard, turn.timing),
    children: [
      ...retrievalNodes(conversation, describer, turn),
      ...turn.tools.map((tool) => toolNode(conversation, describer, turn, tool)),
    ],
  };
}

/** `application.recording_ready` → `recording_ready`. */
function lastSegment(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
