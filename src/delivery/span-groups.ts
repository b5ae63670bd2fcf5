/** A span, as far as its place in the tree goes. */
export interface TreeNode {
  readonly spanId: string;
  /** Absent or empty: no parent. */
  readonly parentSpanId?: string | undefined;
}

/**
 * Groups spans by turn, as positions in `nodes`: the root alone, then each child of the root with all of its
 * subtree. Whatever else has no parent here (the parent went with another part, say) is the top of a group too, and
 * so is the first span of a cycle. Groups stand in the order of their first span, so the same spans give the same groups.
 */
export function groupByTurn(nodes: readonly TreeNode[]): number[][] {
  const parents = parentsOf(nodes);
  const root = nodes.findIndex((node) => !node.parentSpanId);
  const tops = new Map<number, number>();
  const groups = new Map<number, number[]>();
  for (const index of nodes.keys()) {
    const top = findTop(index, parents, root, tops);
    const group = groups.get(top);
    if (group) group.push(index);
    else groups.set(top, [index]);
  }
  const turns = [...groups.entries()];
  // The root goes first wherever it stands.
  return [...turns.filter(([top]) => top === root), ...turns.filter(([top]) => top !== root)].map(
    ([, group]) => group,
  );
}

/** Each span's parent as a position; of two spans with one id the first is the parent. -1: none here. */
function parentsOf(nodes: readonly TreeNode[]): number[] {
  const positions = new Map<string, number>();
  for (const [index, { spanId }] of nodes.entries()) {
    if (!positions.has(spanId)) positions.set(spanId, index);
  }
  return nodes.map(({ parentSpanId }) => (parentSpanId ? (positions.get(parentSpanId) ?? -1) : -1));
}

/** The topmost ancestor below the root. Remembers every span it passes, so that deep trees cost no more than flat ones. */
function findTop(index: number, parents: readonly number[], root: number, tops: Map<number, number>): number {
  const path = new Set<number>();
  let at = index;
  for (;;) {
    const known = tops.get(at);
    if (known !== undefined) {
      at = known;
      break;
    }
    path.add(at);
    const parent = parents[at] ?? -1;
    if (parent === -1 || parent === root || path.has(parent)) break;
    at = parent;
  }
  for (const passed of path) tops.set(passed, at);
  return at;
}
