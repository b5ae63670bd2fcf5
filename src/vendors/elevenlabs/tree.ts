import type { Nanos } from '../../conversation.ts';
import { DAY, earlier, later, MICROSECOND } from '../../time.ts';
import { flatten } from '../../trace/tree.ts';
import { compareSpans, sortSiblings } from './order.ts';
import { type ElevenLabsNode, isTurnName, NAME, nameOf, type VendorSpan } from './span.ts';

/** What the rest of the payload knows of the conversation, for a payload that lacks its root. */
export interface TreeFrame {
  readonly start: Nanos | undefined;
  readonly end: Nanos | undefined;
}

/**
 * The vendor's spans as one tree in order, whatever state they came in: malformed trees are mended, not refused.
 * @returns undefined where there is neither a span nor a frame to make a root of.
 */
export function mendTree(spans: readonly VendorSpan[], frame: TreeFrame): ElevenLabsNode {
  const nodes = new Map(spans.map((span) => [span, toNode(span)]));
  const root = findRoot(spans);
  const rootNode = (root && nodes.get(root)) ?? madeRoot(spans, frame);
  hang(spans, nodes, root, rootNode);
  settleTimes(rootNode, spans, frame);
  for (const node of flatten(rootNode).reverse()) sortSiblings(node.children);
  separateTurns(rootNode);
  return rootNode;
}

function toNode(span: VendorSpan): ElevenLabsNode {
  return {
    name: nameOf(span),
    kind: 0,
    start: span.start ?? 0n,
    end: span.end ?? 0n,
    attributes: {},
    children: [],
    vendor: span,
  };
}

function madeRoot(spans: readonly VendorSpan[], frame: TreeFrame): ElevenLabsNode {
  const starts = spans.flatMap((span) => span.start ?? []);
  const start = frame.start ?? starts.reduce(earlier, starts[0] ?? 0n);
  return {
    name: NAME.CONVERSATION,
    kind: 0,
    start,
    end: frame.end ?? start,
    attributes: {},
    children: [],
  };
}

/** The first parentless span of the conversation's name, else the first of that name. */
function findRoot(spans: readonly VendorSpan[]): VendorSpan | undefined {
  const named = spans.filter((span) => nameOf(span) === NAME.CONVERSATION);
  const parentless = named.filter((span) => span.parentId === undefined);
  return first(parentless.length > 0 ? parentless : named);
}

function first(spans: readonly VendorSpan[]): VendorSpan | undefined {
  return spans.reduce<VendorSpan | undefined>(
    (least, span) => (least === undefined || compareSpans(span, least) < 0 ? span : least),
    undefined,
  );
}

/** Hangs every span under its parent, and what has none, or is its own ancestor, under the root. */
function hang(
  spans: readonly VendorSpan[],
  nodes: ReadonlyMap<VendorSpan, ElevenLabsNode>,
  root: VendorSpan | undefined,
  rootNode: ElevenLabsNode,
): void {
  const byId = new Map<string, VendorSpan>();
  for (const span of spans) {
    if (span.spanId === undefined) continue;
    const known = byId.get(span.spanId);
    if (known === undefined || compareSpans(span, known) < 0) byId.set(span.spanId, span);
  }
  const parentOf = (span: VendorSpan) => (span.parentId === undefined ? undefined : byId.get(span.parentId));
  const inCycle = findCycles(spans, (span) => (span === root ? undefined : parentOf(span)));
  for (const span of spans) {
    const node = nodes.get(span);
    if (span === root || node === undefined) continue;
    const parent = inCycle.has(span) ? undefined : parentOf(span);
    const parentNode = parent && parent !== span ? nodes.get(parent) : undefined;
    (parentNode ?? rootNode).children.push(node);
  }
}

/** The spans that are their own ancestors. */
function findCycles(
  spans: readonly VendorSpan[],
  parentOf: (span: VendorSpan) => VendorSpan | undefined,
): Set<VendorSpan> {
  const members = new Set<VendorSpan>();
  const done = new Set<VendorSpan>();
  for (const span of spans) {
    const path = new Map<VendorSpan, number>();
    let at: VendorSpan | undefined = span;
    while (at !== undefined && !done.has(at) && !path.has(at)) {
      path.set(at, path.size);
      at = parentOf(at);
    }
    const closing = at === undefined || done.has(at) ? undefined : path.get(at);
    for (const [visited, place] of path) {
      done.add(visited);
      if (closing !== undefined && place >= closing) members.add(visited);
    }
  }
  return members;
}

/**
 * Gives every node a start and an end. A time a day or more away from the others is no time: one damaged stamp
 * must not stretch a trace over years.
 */
function settleTimes(rootNode: ElevenLabsNode, spans: readonly VendorSpan[], frame: TreeFrame): void {
  const middle = median(spans.flatMap((span) => span.start ?? [])) ?? frame.start ?? rootNode.start;
  const sane = (time: Nanos | undefined) =>
    time !== undefined && time > middle - DAY && time < middle + DAY ? time : undefined;
  const stack: [ElevenLabsNode, Nanos][] = [[rootNode, sane(frame.start) ?? middle]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [node, fallback] = top;
    if (node.vendor) {
      node.start = sane(node.vendor.start) ?? fallback;
      node.end = later(
        node.start,
        sane(node.vendor.end) ?? (node === rootNode ? sane(frame.end) : undefined) ?? node.start,
      );
    }
    node.stampedStart = node.start;
    for (const child of node.children) stack.push([child, node.start]);
  }
}

function median(times: Nanos[]): Nanos | undefined {
  times.sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  return times[Math.floor((times.length - 1) / 2)];
}

/**
 * The vendor's stamps are whole seconds, so turns of one second would stand in any order: the k-th starts k µs
 * later, and with it everything below that started with it.
 */
function separateTurns(root: ElevenLabsNode): void {
  const seen = new Map<Nanos, bigint>();
  for (const turn of flatten(root).filter((node) => isTurnName(node.name))) {
    const stamped = turn.start;
    const before = seen.get(stamped) ?? 0n;
    seen.set(stamped, before + 1n);
    if (before === 0n) continue;
    for (const node of flatten(turn)) {
      if (node.start !== stamped) continue;
      node.start += before * MICROSECOND;
      node.end = later(node.start, node.end);
    }
  }
}
