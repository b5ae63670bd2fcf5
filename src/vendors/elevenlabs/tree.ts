import type { Nanos } from '../../conversation.ts';
import { compareText } from '../../json/canonical.ts';
import { DAY, earlier, later, MICROSECOND } from '../../time/nanos.ts';
import { flatten } from '../../trace/tree.ts';
import { compareNodes, compareSpans, sortSiblings } from './order.ts';
import { type ElevenLabsNode, isTurnName, NAME, nameOf, type VendorSpan } from './span.ts';

/** What the rest of the payload knows of the conversation, for a payload that lacks its root. */
export interface TreeFrame {
  readonly start: Nanos | undefined;
  readonly end: Nanos | undefined;
  /** How long it lasted, as far as anything says: threads on messengers last for days. */
  readonly length: Nanos;
}

/**
 * The vendor's spans as one tree in order, whatever state they came in: malformed trees are mended, not refused.
 */
export function mendTree(spans: readonly VendorSpan[], frame: TreeFrame): ElevenLabsNode {
  const nodes = new Map(spans.map((span) => [span, toNode(span)]));
  const tops = hang(spans, nodes);
  // Which root is the first depends on what hangs under it, so everything is in order before there is one.
  settleTimes(tops, spans, frame);
  sortAll(tops);
  const root = findRoot(spans, nodes) ?? madeRoot(spans, frame);
  detach(root, nodes);
  for (const top of tops) if (top !== root) root.children.push(top);
  settleTimes([root], spans, frame, root);
  sortAll([root]);
  separateTurns(root);
  return root;
}

function toNode(span: VendorSpan): ElevenLabsNode {
  return {
    name: nameOf(span),
    kind: 0,
    start: span.start ?? 0n,
    end: span.end ?? 0n,
    describe: UNDESCRIBED,
    children: [],
    vendor: span,
  };
}

/** Until it is known what it is. */
export const UNDESCRIBED = () => {};

function madeRoot(spans: readonly VendorSpan[], frame: TreeFrame): ElevenLabsNode {
  const starts = sane(spans, frame);
  const first = spans.flatMap((span) => starts(span.start) ?? []);
  const start = starts(frame.start) ?? first.reduce(earlier, first[0] ?? 0n);
  return {
    name: NAME.CONVERSATION,
    kind: 0,
    start,
    end: later(start, starts(frame.end) ?? start),
    describe: UNDESCRIBED,
    children: [],
  };
}

/** The first parentless span of the conversation's name, else the first of that name. */
function findRoot(
  spans: readonly VendorSpan[],
  nodes: ReadonlyMap<VendorSpan, ElevenLabsNode>,
): ElevenLabsNode | undefined {
  const named = spans.filter((span) => nameOf(span) === NAME.CONVERSATION);
  const parentless = named.filter((span) => span.parentId === undefined);
  const candidates = (parentless.length > 0 ? parentless : named).flatMap((span) => nodes.get(span) ?? []);
  return candidates.reduce<ElevenLabsNode | undefined>(
    (least, node) => (least === undefined || compareNodes(node, least) < 0 ? node : least),
    undefined,
  );
}

/** Takes `root` from under its parent, if it has one. */
function detach(root: ElevenLabsNode, nodes: ReadonlyMap<VendorSpan, ElevenLabsNode>): void {
  for (const { children } of nodes.values()) {
    const place = children.indexOf(root);
    if (place >= 0) children.splice(place, 1);
  }
}

/**
 * Hangs every span under its parent.
 * @returns those without one: no parent, one that is not there, or themselves among their ancestors.
 */
function hang(
  spans: readonly VendorSpan[],
  nodes: ReadonlyMap<VendorSpan, ElevenLabsNode>,
): ElevenLabsNode[] {
  const byId = firstById(spans);
  const parentOf = (span: VendorSpan) => (span.parentId === undefined ? undefined : byId.get(span.parentId));
  const inCycle = findCycles(spans, parentOf);
  const tops: ElevenLabsNode[] = [];
  for (const span of spans) {
    const node = nodes.get(span);
    if (node === undefined) continue;
    const parent = inCycle.has(span) ? undefined : parentOf(span);
    const siblings = parent && nodes.get(parent)?.children;
    (siblings ?? tops).push(node);
  }
  return tops;
}

/** Of two spans with one id the first is the parent; of two that are equal, the one that says the lesser parent. */
function firstById(spans: readonly VendorSpan[]): Map<string, VendorSpan> {
  const byId = new Map<string, VendorSpan>();
  for (const span of spans) {
    if (span.spanId === undefined) continue;
    const known = byId.get(span.spanId);
    if (known === undefined || compareDuplicates(span, known) < 0) byId.set(span.spanId, span);
  }
  return byId;
}

function compareDuplicates(one: VendorSpan, other: VendorSpan): number {
  return compareSpans(one, other) || compareText(one.parentId ?? '', other.parentId ?? '');
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
 * Gives every node a start and an end. A time a day or more away from the others, or from a conversation that
 * lasted longer, is no time: one damaged stamp must not stretch a trace over years.
 */
function settleTimes(
  tops: readonly ElevenLabsNode[],
  spans: readonly VendorSpan[],
  frame: TreeFrame,
  root?: ElevenLabsNode,
): void {
  const saneOf = sane(spans, frame);
  const fallback = saneOf(frame.start) ?? middleOf(spans, frame) ?? 0n;
  const stack = tops.map((node): [ElevenLabsNode, Nanos] => [node, node.vendor ? fallback : node.start]);
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [node, before] = top;
    if (node.vendor) {
      node.start = saneOf(node.vendor.start) ?? before;
      const whole = node === root ? saneOf(frame.end) : undefined;
      node.end = later(node.start, saneOf(node.vendor.end) ?? whole ?? node.start);
    }
    node.stampedStart = node.start;
    for (const child of node.children) stack.push([child, node.start]);
  }
}

/** What makes no time of a time that is too far away from the others. */
function sane(
  spans: readonly VendorSpan[],
  frame: TreeFrame,
): (time: Nanos | undefined) => Nanos | undefined {
  const middle = middleOf(spans, frame);
  const reach = frame.length < DAY ? DAY : frame.length + DAY;
  return (time) =>
    time === undefined || middle === undefined || (time > middle - reach && time < middle + reach)
      ? time
      : undefined;
}

function middleOf(spans: readonly VendorSpan[], frame: TreeFrame): Nanos | undefined {
  return median(spans.flatMap((span) => span.start ?? [])) ?? frame.start;
}

function sortAll(tops: readonly ElevenLabsNode[]): void {
  for (const top of tops) for (const node of flatten(top).reverse()) sortSiblings(node.children);
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
  /** Of the turns around the node, by stamp: how much later the innermost one begins. */
  const delays = new Map<Nanos, bigint>();
  const stack: { readonly node: ElevenLabsNode; readonly leaving?: bigint | 'nothing' }[] = [{ node: root }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, leaving } = top;
    const stamped = node.stampedStart ?? node.start;
    if (leaving !== undefined) {
      if (leaving === 'nothing') delays.delete(stamped);
      else delays.set(stamped, leaving);
      continue;
    }
    if (isTurnName(node.name)) {
      const before = seen.get(stamped) ?? 0n;
      seen.set(stamped, before + 1n);
      stack.push({ node, leaving: delays.get(stamped) ?? 'nothing' });
      delays.set(stamped, before * MICROSECOND);
    }
    const delay = delays.get(stamped) ?? 0n;
    if (delay > 0n && node.stampedStart !== undefined) {
      node.start = node.stampedStart + delay;
      node.end = later(node.start, node.end);
    }
    for (let index = node.children.length - 1; index >= 0; index--) {
      stack.push({ node: node.children[index] as ElevenLabsNode });
    }
  }
}
