import type { Conversation, Timing, Tool, Turn } from '../../conversation.ts';
import type { Describer } from '../../trace/describe.ts';
import { heardBefore, retrievalNodes, toolNode, waitNode } from '../../trace/nodes.ts';
import { PHASE } from '../../trace/semconv.ts';
import { flatten, grow, KIND, STATUS } from '../../trace/tree.ts';
import type { Joined } from './join.ts';
import { compareNodes } from './order.ts';
import { type ElevenLabsNode, NAME } from './span.ts';
import { makeTool } from './tools.ts';
import { UNDESCRIBED } from './tree.ts';

/**
 * Adds to the vendor's tree what the Conversation knows: attributes, waits with their phases, retrievals. Names,
 * topology and attributes of the vendor's spans stay as they are.
 */
export function decorate(
  root: ElevenLabsNode,
  joined: Joined,
  conversation: Conversation,
  describer: Describer,
): void {
  const heard = heardBefore(conversation.turns);
  root.describe = describer.conversation(
    statusCode(root) === STATUS.ERROR,
    isMade(root) ? conversation.timing : undefined,
  );
  if (conversation.link) root.links = [conversation.link];
  const added: ElevenLabsNode[] = [];
  let index = 0;
  for (const { node, tools } of joined.turns) {
    const turn = conversation.turns[index++];
    if (!turn) continue;
    node.describe = describer.turn(turn, heard.get(turn) ?? [], timingOf(node, turn));
    if (turn.wait) added.push(waitNode(conversation, describer, turn, turn.wait));
    for (const [place, { node: calledNode }] of tools.entries()) {
      const tool = turn.tools[place];
      if (!calledNode || !tool) continue;
      describeTool(calledNode, conversation, describer, turn, tool);
    }
    node.children.push(...retrievalNodes(conversation, describer, turn));
  }
  for (const stray of joined.strayTools) {
    if (!stray.node) continue;
    describeTool(stray.node, conversation, describer, undefined, makeTool(stray, stray.node));
  }
  const [own, made] = [describer.common(PHASE.EVENT), describer.common(PHASE.EVENT, 'derived')];
  for (const node of flatten(root)) {
    if (node.vendor && node.describe === UNDESCRIBED) node.describe = isMade(node) ? made : own;
    node.kind = kindOf(node);
  }
  added.sort(compareNodes);
  for (const node of added) root.children.push(node);
  grow(root);
}

function describeTool(
  node: ElevenLabsNode,
  conversation: Conversation,
  describer: Describer,
  turn: Turn | undefined,
  tool: Tool,
): void {
  node.describe = describer.tool(turn, tool, timingOf(node, tool));
  if (tool.error !== undefined) node.error = {};
  for (const nested of tool.nested ?? []) node.children.push(toolNode(conversation, describer, turn, nested));
}

/** Whether callspan made this span, in whatever shape. */
function isMade(node: ElevenLabsNode): boolean {
  return node.vendor === undefined || node.vendor.made;
}

/** What the times of a span of callspan's own making rest on; the vendor's say it themselves. */
function timingOf(node: ElevenLabsNode, { timing }: Turn | Tool): Timing | undefined {
  return isMade(node) ? timing : undefined;
}

/** The vendor's own kind where it is one; the vendor's example has none. */
function kindOf(node: ElevenLabsNode): number {
  if (!node.vendor && node.kind !== 0) return node.kind;
  const kind = node.vendor?.raw.kind;
  if (typeof kind === 'number' && Number.isInteger(kind) && kind >= 1 && kind <= 5) return kind;
  return node.name === NAME.CONVERSATION || node.name === NAME.AGENT ? KIND.CLIENT : KIND.INTERNAL;
}

const CODES: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [STATUS.OK, STATUS.OK],
  [STATUS.ERROR, STATUS.ERROR],
  ['STATUS_CODE_OK', STATUS.OK],
  ['STATUS_CODE_ERROR', STATUS.ERROR],
]);

/** The status code of a span: the vendor's, unless callspan knows of an error. */
export function statusCode(node: ElevenLabsNode): number {
  if (node.error) return STATUS.ERROR;
  const status = node.vendor?.raw.status;
  const code = typeof status === 'object' && status !== null && 'code' in status ? status.code : undefined;
  return CODES.get(code) ?? STATUS.UNSET;
}
