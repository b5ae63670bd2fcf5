import { canonicalJson, compareText } from '../../json/canonical.ts';
import { attributesOf } from '../../trace/attributes.ts';
import type { OtlpValue } from '../../trace/otlp.ts';
import { ATTRIBUTE } from './attributes.ts';
import { attributeNumber, type ElevenLabsNode, type Group, type VendorSpan } from './span.ts';

/**
 * The order of spans, which never is the order of the payload: the vendor makes new span ids at every export, and
 * nobody promised that it lists spans the same way twice.
 */

/** Sorts siblings: by `elevenlabs.turn.index` if all of them have one, else by what they are. */
export function sortSiblings(siblings: ElevenLabsNode[]): void {
  const byIndex = siblings.every((node) => turnIndex(node) !== undefined);
  siblings.sort(
    (one, other) =>
      (byIndex ? (turnIndex(one) ?? 0) - (turnIndex(other) ?? 0) : 0) || compareNodes(one, other),
  );
}

function turnIndex(node: ElevenLabsNode): number | undefined {
  return attributeNumber(node.vendor, ATTRIBUTE.TURN_INDEX);
}

/**
 * Start, attributes, name, end and, recursively, children (which must be sorted already). Iterative: a damaged
 * payload may nest deeper than the stack.
 */
export function compareNodes(one: ElevenLabsNode, other: ElevenLabsNode): number {
  const stack: Comparison[] = [{ one, other, below: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { one, other, below } = top;
    const order = below ? compareBelow(one, other) : compareOwn(one, other);
    if (order !== 0) return order;
    if (below) continue;
    stack.push({ one, other, below: true });
    for (let index = Math.min(one.children.length, other.children.length) - 1; index >= 0; index--) {
      const [child, otherChild] = [one.children[index], other.children[index]];
      if (child && otherChild) stack.push({ one: child, other: otherChild, below: false });
    }
  }
  return 0;
}

interface Comparison {
  readonly one: ElevenLabsNode;
  readonly other: ElevenLabsNode;
  /** Whether the children that both have are compared, so that what is behind them decides. */
  readonly below: boolean;
}

function compareOwn(one: ElevenLabsNode, other: ElevenLabsNode): number {
  return (
    compareBig(one.start, other.start) ||
    compareText(attributesText(one), attributesText(other)) ||
    compareText(one.name, other.name) ||
    compareBig(one.end, other.end)
  );
}

function compareBelow(one: ElevenLabsNode, other: ElevenLabsNode): number {
  return one.children.length - other.children.length || compareRest(one.vendor, other.vendor);
}

/** The same before there is a tree: which of two spans with one id, or of two roots, is the first. */
export function compareSpans(one: VendorSpan, other: VendorSpan): number {
  return (
    compareBig(one.start ?? 0n, other.start ?? 0n) ||
    compareText(attributeTexts.of(one), attributeTexts.of(other)) ||
    compareText(String(one.raw.name), String(other.raw.name)) ||
    compareBig(one.end ?? 0n, other.end ?? 0n) ||
    compareRest(one, other)
  );
}

function attributesText(node: ElevenLabsNode): string {
  return node.vendor ? attributeTexts.of(node.vendor) : canonicalJson(attributesOf(node.describe));
}

/** Texts are made only where what comes before them is equal, and then once. */
class Texts<Of extends object> {
  readonly #make: (of: Of) => string;
  readonly #known = new WeakMap<Of, string>();

  constructor(make: (of: Of) => string) {
    this.#make = make;
  }

  of(of: Of | undefined): string {
    if (of === undefined) return '';
    let known = this.#known.get(of);
    if (known === undefined) {
      known = this.#make(of);
      this.#known.set(of, known);
    }
    return known;
  }
}

const attributeTexts = new Texts<VendorSpan>((span) =>
  canonicalJson(Object.fromEntries<OtlpValue>(span.attributes.map(({ is, value }) => [is.key, value]))),
);

/** Spans that are equal in all else differ in this or not at all; ids are the vendor's dice. */
function compareRest(one: VendorSpan | undefined, other: VendorSpan | undefined): number {
  return compareText(restTexts.of(one), restTexts.of(other)) || compareGroups(one?.group, other?.group);
}

const restTexts = new Texts<VendorSpan>(({ raw }) => {
  const { spanId: _, parentSpanId: __, ...rest } = raw;
  return canonicalJson(rest);
});

/** Apart from the rest: many spans stand in one group, and a resource may be larger than all of them. */
function compareGroups(one: Group | undefined, other: Group | undefined): number {
  return one === other ? 0 : compareText(groupTexts.of(one), groupTexts.of(other));
}

const groupTexts = new Texts<Group>(canonicalJson);

function compareBig(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
