import { flatten } from '../../trace/tree.ts';
import { ATTRIBUTE, TOOL_PARAMS } from './attributes.ts';
import { FreeCalls } from './free-calls.ts';
import type { ElevenLabsPayload, Row } from './payload.ts';
import { attributeNumber, attributeText, type ElevenLabsNode, firstText, isTurnName, NAME } from './span.ts';
import type { RowToolCall, RowToolResult } from './tool-payload.ts';

/** The two halves of the response, joined: each turn's span with its transcript row, each tool's with its call. */

/** What was said or called at one point of the conversation, whichever half tells of it. */
export interface Entry {
  /** Absent where the vendor's spans leave the row out. */
  readonly node: ElevenLabsNode | undefined;
  readonly speaker: 'user' | 'agent';
  readonly row: Row | undefined;
  readonly tools: readonly JoinedTool[];
}

export interface JoinedTurn extends Entry {
  readonly node: ElevenLabsNode;
}

export interface JoinedTool {
  /** Absent where the vendor's spans leave the call out. */
  readonly node: ElevenLabsNode | undefined;
  readonly call: RowToolCall | undefined;
  readonly result: RowToolResult | undefined;
  /** The index of the row that brought the result. */
  readonly answeredAt?: number | undefined;
}

export interface Joined {
  readonly turns: readonly JoinedTurn[];
  /** The turns, and between them the rows for which there is no span. */
  readonly entries: readonly Entry[];
  /** Tool spans that stand under no turn. */
  readonly strayTools: readonly JoinedTool[];
}

export function joinHalves(root: ElevenLabsNode, payload: ElevenLabsPayload): Joined {
  const { rows } = payload;
  const turnNodes = flatten(root).filter((node) => isTurnName(node.name));
  const rowOf = rowFinder(turnNodes, rows);
  const results = new ResultFinder(rows);
  const toolsOf = (row: Row | undefined, nodes: readonly ElevenLabsNode[]) =>
    joinTools(nodes, row?.toolCalls ?? [], (call) => results.find(call, row?.index ?? 0));
  const turns = turnNodes.map((node): JoinedTurn => {
    const row = rowOf(node);
    const tools = toolsOf(row, node.children.filter(isTool));
    return { node, speaker: node.name === NAME.USER ? 'user' : 'agent', row, tools };
  });
  const entries = withRowsBetween(turns, rows, (row) => ({
    node: undefined,
    speaker: row.role,
    row,
    tools: toolsOf(row, []),
  }));
  const joined = new Set(turns.flatMap((turn) => turn.tools.map((tool) => tool.node)));
  const stray = flatten(root).filter((node) => isTool(node) && !joined.has(node));
  const taken = new Set(
    turns.flatMap((turn) => turn.tools.flatMap((tool) => (tool.node ? (tool.call ?? []) : []))),
  );
  const left = rows.flatMap((row) => row.toolCalls).filter((call) => !taken.has(call));
  const strayTools = joinTools(stray, left, (call) => results.find(call, 0)).filter((tool) => tool.node);
  return { turns, entries, strayTools };
}

/**
 * Turns with the rows that the vendor's spans leave out where they belong, if there is no doubt where: every turn has
 * its row, in the order of the rows.
 */
function withRowsBetween(
  turns: readonly JoinedTurn[],
  rows: readonly Row[],
  entryOf: (row: Row) => Entry,
): readonly Entry[] {
  if (rows.length === 0 || turns.length === rows.length || !areInOrder(turns)) return turns;
  const entries: Entry[] = [];
  let next = 0;
  for (const row of rows) {
    const turn = turns[next];
    if (turn?.row === row) next++;
    entries.push(turn?.row === row ? turn : entryOf(row));
  }
  return entries;
}

function areInOrder(turns: readonly JoinedTurn[]): boolean {
  return turns.every(({ row }, place) => {
    const before = place === 0 ? -1 : (turns[place - 1]?.row?.index ?? Number.POSITIVE_INFINITY);
    return row !== undefined && row.index > before;
  });
}

function isTool(node: ElevenLabsNode): boolean {
  return node.name.startsWith(NAME.TOOL);
}

/** By `elevenlabs.turn.index`, else as the n-th of its role if there are as many rows as spans of that role. */
function rowFinder(
  nodes: readonly ElevenLabsNode[],
  rows: readonly Row[],
): (node: ElevenLabsNode) => Row | undefined {
  const roleOf = (node: ElevenLabsNode) => (node.name === NAME.USER ? 'user' : 'agent');
  const byRole = (role: Row['role']) => {
    const ofRole = rows.filter((row) => row.role === role);
    const spans = nodes.filter((node) => roleOf(node) === role);
    return ofRole.length === spans.length
      ? new Map(spans.map((node, index) => [node, ofRole[index]]))
      : new Map();
  };
  const counted = { user: byRole('user'), agent: byRole('agent') };
  const byIndex = new Map(rows.map((row) => [row.index, row]));
  return (node) => {
    const index = attributeNumber(node.vendor, ATTRIBUTE.TURN_INDEX);
    const row = index === undefined ? undefined : byIndex.get(index);
    return row?.role === roleOf(node) ? row : counted[roleOf(node)].get(node);
  };
}

/** By equal parameters, else as the n-th of its name. Calls that no span stands for keep their place as such. */
function joinTools(
  nodes: readonly ElevenLabsNode[],
  calls: readonly RowToolCall[],
  answerOf: (call: RowToolCall) => Answer | undefined,
): JoinedTool[] {
  const free = new FreeCalls(calls);
  const callOf = new Map<ElevenLabsNode, RowToolCall>();
  const note = (node: ElevenLabsNode, call: RowToolCall | undefined) => {
    if (call !== undefined) callOf.set(node, call);
  };
  for (const node of nodes) {
    const params = firstText(node.vendor, TOOL_PARAMS);
    if (params !== undefined) note(node, free.takeByParams(toolName(node), params));
  }
  for (const node of nodes) if (!callOf.has(node)) note(node, free.takeByName(toolName(node)));
  const withSpan = nodes.map((node): JoinedTool => {
    const call = callOf.get(node);
    return { node, call, ...answered(call && answerOf(call)) };
  });
  const without = free
    .left()
    .map((call): JoinedTool => ({ node: undefined, call, ...answered(answerOf(call)) }));
  return [...withSpan, ...without];
}

function answered(answer: Answer | undefined): Pick<JoinedTool, 'result' | 'answeredAt'> {
  return { result: answer?.result, answeredAt: answer?.row };
}

/** The name the span carries, else the end of its own name. */
export function toolName(node: ElevenLabsNode): string {
  return attributeText(node.vendor, ATTRIBUTE.TOOL_NAME) ?? node.name.slice(NAME.TOOL.length);
}

/** A result, and the index of the row that brought it. */
export interface Answer {
  readonly row: number;
  readonly result: RowToolResult;
}

/** A result answers its call by `request_id`, in the same row or a later one; the last one counts. */
export class ResultFinder {
  /** The last of each: rows stand in the order of their indexes. */
  readonly #byRequest = new Map<string, Answer>();

  constructor(rows: readonly Row[]) {
    for (const { index, toolResults } of rows) {
      for (const result of toolResults) {
        if (result.requestId !== undefined) this.#byRequest.set(result.requestId, { row: index, result });
      }
    }
  }

  /** @param fromRow the index of the row that calls. */
  find(call: RowToolCall, fromRow: number): Answer | undefined {
    const last = call.requestId === undefined ? undefined : this.#byRequest.get(call.requestId);
    return last !== undefined && last.row >= fromRow ? last : undefined;
  }
}
