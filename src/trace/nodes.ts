import type { Conversation, Tool, Turn, Wait } from '../conversation.ts';
import type { Describer } from './describe.ts';
import { EVENT_EVALUATION_RESULT, SPAN } from './semconv.ts';
import { KIND, type NodeEvent, type SpanNode } from './tree.ts';

/** The spans that callspan makes for every vendor: waits with their phases, tools, retrievals, evaluations. */

/** The bar between the user's and the agent's: its duration is the felt latency. */
export function waitNode(conversation: Conversation, describer: Describer, turn: Turn, wait: Wait): SpanNode {
  const { provider } = conversation;
  return {
    name: `${provider}.${SPAN.RESPONSE_LATENCY}`,
    kind: KIND.INTERNAL,
    start: wait.start,
    end: wait.end,
    describe: describer.wait(turn, wait),
    wait,
    children: wait.phases.map((phase) => ({
      name: phase.name === 'rag' ? `${provider}.${SPAN.RETRIEVE}` : `${provider}.${SPAN.PHASE}${phase.name}`,
      kind: KIND.INTERNAL,
      start: phase.start,
      end: phase.end,
      describe: describer.phase(turn, phase),
      children: [],
    })),
  };
}

/** A tool, and below it what it called in turn. @param turn undefined where no turn is known to have called it. */
export function toolNode(
  conversation: Conversation,
  describer: Describer,
  turn: Turn | undefined,
  tool: Tool,
): SpanNode {
  return {
    name: describer.clean(`${conversation.provider}.${SPAN.TOOL}${tool.name}`),
    kind: KIND.INTERNAL,
    start: tool.start,
    end: tool.end,
    describe: describer.tool(turn, tool, tool.timing),
    ...(tool.error === undefined ? {} : { error: {} }),
    children: (tool.nested ?? []).map((nested) => toolNode(conversation, describer, turn, nested)),
  };
}

/** A retrieval outside a wait hangs under the agent's span, at its start. */
export function retrievalNodes(conversation: Conversation, describer: Describer, turn: Turn): SpanNode[] {
  if (!turn.retrieval) return [];
  return [
    {
      name: `${conversation.provider}.${SPAN.RETRIEVE}`,
      kind: KIND.INTERNAL,
      start: turn.start,
      end: turn.start + (turn.retrieval.length ?? 0n),
      describe: describer.retrieval(turn, turn.retrieval),
      children: [],
    },
  ];
}

/** Evaluations stand at the end of the conversation that they judge. */
export function evaluationEvents(conversation: Conversation, describer: Describer, end: bigint): NodeEvent[] {
  return conversation.evaluations.map((evaluation) => ({
    name: EVENT_EVALUATION_RESULT,
    time: end,
    describe: describer.evaluation(evaluation),
  }));
}

/** For each agent turn, the user's turns since the agent's last one: what it answers. */
export function heardBefore(turns: readonly Turn[]): Map<Turn, Turn[]> {
  const heard = new Map<Turn, Turn[]>();
  let since: Turn[] = [];
  for (const turn of turns) {
    if (turn.speaker === 'user') {
      if (!turn.backchannel) since.push(turn);
    } else {
      heard.set(turn, since);
      since = [];
    }
  }
  return heard;
}
