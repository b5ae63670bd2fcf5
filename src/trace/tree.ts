import type { Conversation, Link, Nanos, Wait } from '../conversation.ts';
import { earlier, later } from '../time/nanos.ts';
import type { Description } from './describe.ts';
import { childKeyState, type KeyState, rootKeyState, spanIdOf } from './ids.ts';

/** OTLP's numbers for span kinds; the SDK's are one less. */
export const KIND = { INTERNAL: 1, CLIENT: 3 } as const;
/** OTLP's numbers for status codes, the same as the SDK's. */
export const STATUS = { UNSET: 0, OK: 1, ERROR: 2 } as const;

/** A span before it has ids: what both vendors' trees are made of. */
export interface SpanNode {
  readonly name: string;
  kind: number;
  start: Nanos;
  end: Nanos;
  /** Its attributes, which are made when they are written, and only then. */
  describe: Description;
  events?: readonly NodeEvent[];
  links?: readonly Link[];
  error?: { readonly message?: string };
  readonly children: SpanNode[];
  /** The wait that this span is the bar of. */
  readonly wait?: Wait;
  /** Stands in the span's key instead of its place among the siblings of its name. */
  readonly ordinal?: string;
}

export interface NodeEvent {
  readonly name: string;
  readonly time: Nanos;
  readonly describe: Description;
}

/** A node with its place in the trace. */
export interface Placed<Node extends SpanNode = SpanNode> {
  readonly node: Node;
  /** 16 lower-case hex digits. */
  readonly id: string;
  readonly parentId: string | undefined;
}

/** Depth first, parents before children. Iterative: a damaged payload may nest deeper than the stack. */
export function flatten<Node extends SpanNode>(root: Node): Node[] {
  const nodes: Node[] = [];
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node);
    for (let index = node.children.length - 1; index >= 0; index--) stack.push(node.children[index] as Node);
  }
  return nodes;
}

/**
 * Makes every span a bar and every parent hold its children.
 *
 * A span lasts a nanosecond at least: Jaeger lengthens one that does not by itself, and warns of it. At the end of
 * its parent that nanosecond is the parent's last, so that no wait becomes longer for it. Then parents grow:
 * clipping a child instead would shorten what was measured.
 */
export function grow(root: SpanNode): void {
  const nodes = flatten(root);
  if (root.end <= root.start) root.end = root.start + 1n;
  for (const parent of nodes) {
    for (const child of parent.children) {
      if (child.end > child.start) continue;
      if (child.start === parent.end) child.start -= 1n;
      child.end = child.start + 1n;
    }
  }
  for (const node of nodes.reverse()) {
    for (const child of node.children) {
      node.start = earlier(node.start, child.start);
      node.end = later(node.end, child.end);
    }
  }
}

/**
 * Gives every node its id from its path. The children of a node must stand in their final order: the ordinal
 * counts siblings of one name in it.
 */
export function place<Node extends SpanNode>(root: Node, traceId: string): Placed<Node>[] {
  const placed: Placed<Node>[] = [];
  const stack: { node: Node; key: KeyState; parentId: string | undefined }[] = [
    { node: root, key: rootKeyState(traceId), parentId: undefined },
  ];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, key, parentId } = top;
    const id = spanIdOf(key);
    placed.push({ node, id, parentId });
    // Most have none or one: they need no list of names either.
    if (node.children.length === 0) continue;
    const seen = node.children.length === 1 ? undefined : new Map<string, number>();
    const first = stack.length;
    for (const child of node.children) {
      const count = seen?.get(child.name) ?? 0;
      seen?.set(child.name, count + 1);
      const childKey = childKeyState(key, child.name, child.ordinal ?? count);
      stack.push({ node: child as Node, key: childKey, parentId: id });
    }
    // The first of them is the next.
    reverse(stack, first);
  }
  return placed;
}

/** In place: a copy of so many siblings would be made for nothing. */
function reverse(list: unknown[], from: number): void {
  for (let low = from, high = list.length - 1; low < high; low++, high--) {
    const first = list[low];
    list[low] = list[high];
    list[high] = first;
  }
}

/** The span id of each wait, in the order of the conversation. */
export function waitIds(placed: readonly Placed[], { turns }: Conversation): string[] {
  const idOf = new Map<Wait, string>();
  for (const { node, id } of placed) if (node.wait) idOf.set(node.wait, id);
  return turns.flatMap((turn) => (turn.wait ? (idOf.get(turn.wait) ?? []) : []));
}
