import { canonicalJson } from '../../json/canonical.ts';
import { flatten } from '../../trace/tree.ts';
import type { ElevenLabsPayload, Row } from './payload.ts';
import { type PythonLiteral, parsePythonLiteral } from './python-literal.ts';
import {
  attributeNumber,
  attributeText,
  type ElevenLabsNode,
  isTurnName,
  NAME,
  type VendorSpan,
} from './span.ts';
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
    const index = attributeNumber(node.vendor, 'elevenlabs.turn.index');
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
  const free = new Set(calls);
  const callOf = new Map<ElevenLabsNode, RowToolCall>();
  const take = (node: ElevenLabsNode, fits: (call: RowToolCall) => boolean) => {
    const call = [...free].find((candidate) => candidate.name === toolName(node) && fits(candidate));
    if (callOf.has(node) || call === undefined) return;
    free.delete(call);
    callOf.set(node, call);
  };
  for (const node of nodes) {
    const params = spokenParams(node.vendor);
    if (params !== undefined) take(node, (call) => sameParams(call.params, params));
  }
  for (const node of nodes) take(node, () => true);
  const withSpan = nodes.map((node): JoinedTool => {
    const call = callOf.get(node);
    return { node, call, ...answered(call && answerOf(call)) };
  });
  const without = calls
    .filter((call) => free.has(call))
    .map((call): JoinedTool => ({ node: undefined, call, ...answered(answerOf(call)) }));
  return [...withSpan, ...without];
}

function answered(answer: Answer | undefined): Pick<JoinedTool, 'result' | 'answeredAt'> {
  return { result: answer?.result, answeredAt: answer?.row };
}

/** The name the span carries, else the end of its own name. */
export function toolName(node: ElevenLabsNode): string {
  return attributeText(node.vendor, 'elevenlabs.tool.name') ?? node.name.slice(NAME.TOOL.length);
}

/** The key of a tool's parameters is documented nowhere; these spellings have been seen or guessed in public code. */
const PARAMS = ['params', 'arguments', 'parameters', 'input'];

function spokenParams(span: VendorSpan | undefined): string | undefined {
  for (const key of PARAMS) {
    const params = attributeText(span, `elevenlabs.tool.${key}`);
    if (params !== undefined) return params;
  }
  return undefined;
}

/** The vendor cuts span attributes off after 4 KB. */
const CUT_OFF = 4000;

/** The two halves write the same parameters with other white space, other key order, or as Python prints them. */
function sameParams(one: string | undefined, other: string): boolean {
  if (one === undefined || one === other) return one === other;
  if (other.length >= CUT_OFF && one.startsWith(other)) return true;
  return canonicalParams(one) === canonicalParams(other);
}

function canonicalParams(params: string): string {
  try {
    return canonicalJson(JSON.parse(params));
  } catch {
    const literal = parsePythonLiteral(params);
    return literal === undefined ? params : canonicalJson(plain(literal));
  }
}

function plain(literal: PythonLiteral): unknown {
  if (Array.isArray(literal)) return literal.map(plain);
  if (!(literal instanceof Map)) return literal;
  return Object.fromEntries([...literal].map(([key, value]) => [key, plain(value)]));
}

/** A result, and the index of the row that brought it. */
export interface Answer {
  readonly row: number;
  readonly result: RowToolResult;
}

/** A result answers its call by `request_id`, in the same row or a later one; the last one counts. */
export class ResultFinder {
  readonly #byRequest = new Map<string, Answer[]>();

  constructor(rows: readonly Row[]) {
    for (const { index, toolResults } of rows) {
      for (const result of toolResults) {
        if (result.requestId === undefined) continue;
        const known = this.#byRequest.get(result.requestId);
        if (known) known.push({ row: index, result });
        else this.#byRequest.set(result.requestId, [{ row: index, result }]);
      }
    }
  }

  /** @param fromRow the index of the row that calls. */
  find(call: RowToolCall, fromRow: number): Answer | undefined {
    const answers = call.requestId === undefined ? [] : (this.#byRequest.get(call.requestId) ?? []);
    return answers.findLast(({ row }) => row >= fromRow);
  }
}
