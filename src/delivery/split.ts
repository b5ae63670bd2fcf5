import { AROUND_ALL, type EncodedSpans, envelopeSize } from '../trace/encode/encoded-spans.ts';
import { encodeSdkSpans } from '../trace/encode/sdk-spans.ts';
import type { Encoding, Envelope } from '../trace/encode/span-encoder.ts';
import type { SpanBatch } from '../trace/span-batch.ts';
import { groupByTurn, type TreeNode } from './span-groups.ts';

/** The largest a part may be, in uncompressed bytes, or: two parts of about the same size. */
export type Cap = { readonly maxBytes: number } | 'halves';

/**
 * Splits a conversation that is too large for one request, between its turns: a turn and all below it stay
 * together, the root goes with the first part. A turn that is itself too large is split into its spans. Parts are
 * within the cap wherever a single span is; a span above it goes alone, because the cap is a guess and the
 * collector may know better. The same batch is split the same way every time.
 *
 * @returns parts with every span exactly once, in their order; just the batch itself if it cannot be split.
 */
export function split(batch: SpanBatch, cap: Cap, encoding: Encoding = 'json'): SpanBatch[] {
  const pieces = weigh(batch.kind === 'otlp' ? batch.spans : encodeSdkSpans(batch.spans, encoding));
  if (pieces.length < 2) return [batch];
  const turns = groupByTurn(pieces);
  const plan = cap === 'halves' ? halve(pieces, turns) : pack(pieces, turns, cap.maxBytes);
  if (plan.length < 2) return [batch];
  const partOf = new Map<number, number>();
  for (const [part, indexes] of plan.entries()) for (const index of indexes) partOf.set(index, part);
  return plan.map((_, part) => pick(batch, (index) => partOf.get(index) === part));
}

/** A span with its weight. */
interface Piece extends TreeNode {
  readonly bytes: number;
  /** What a request with this span has to say besides, once however many spans share it: resource and scope. */
  readonly envelopes: readonly Envelope[];
}

function weigh({ spans }: EncodedSpans): Piece[] {
  return spans.map(({ spanId, parentSpanId, in: { resource, scope }, from, to }) => ({
    spanId,
    parentSpanId,
    bytes: to - from,
    envelopes: [resource, scope],
  }));
}

/** Fills one part after the other, in order. */
function pack(pieces: readonly Piece[], turns: number[][], maxBytes: number): number[][] {
  const parts: number[][] = [];
  let part = new Part(pieces);
  const put = (indexes: readonly number[]): void => {
    if (indexes.length > 1 && new Part(pieces).sizeWith(indexes) > maxBytes) {
      for (const index of indexes) put([index]);
      return;
    }
    if (part.indexes.length > 0 && part.sizeWith(indexes) > maxBytes) {
      parts.push(part.indexes);
      part = new Part(pieces);
    }
    part.add(indexes);
  };
  for (const turn of turns) put(turn);
  parts.push(part.indexes);
  return parts;
}

class Part {
  readonly indexes: number[] = [];
  readonly #pieces: readonly Piece[];
  readonly #envelopes = new Set<Envelope>();
  #bytes = AROUND_ALL;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  sizeWith(indexes: readonly number[]): number {
    const added = new Set<Envelope>();
    let bytes = this.#bytes;
    for (const index of indexes) {
      const piece = this.#pieces[index];
      bytes += piece?.bytes ?? 0;
      for (const envelope of piece?.envelopes ?? []) {
        if (this.#envelopes.has(envelope) || added.has(envelope)) continue;
        added.add(envelope);
        bytes += envelopeSize(envelope);
      }
    }
    return bytes;
  }

  add(indexes: readonly number[]): void {
    this.#bytes = this.sizeWith(indexes);
    // One by one: as arguments, the spans of a large turn would exhaust the stack.
    for (const index of indexes) this.indexes.push(index);
    for (const index of indexes) {
      for (const envelope of this.#pieces[index]?.envelopes ?? []) this.#envelopes.add(envelope);
    }
  }
}

/** Two parts, cut between turns where they differ least; a single turn is cut between its spans. */
function halve(pieces: readonly Piece[], turns: number[][]): number[][] {
  const groups = turns.length > 1 ? turns : pieces.map((_, index) => [index]);
  const weights = groups.map((group) => group.reduce((sum, index) => sum + (pieces[index]?.bytes ?? 0), 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  let before = 0;
  for (const [index, weight] of weights.slice(0, -1).entries()) {
    before += weight;
    const difference = Math.abs(total - 2 * before);
    if (difference < least) {
      least = difference;
      best = index + 1;
    }
  }
  return [groups.slice(0, best).flat(), groups.slice(best).flat()];
}

/** The batch's spans whose position is wanted, each where it stood. */
function pick(batch: SpanBatch, wanted: (index: number) => boolean): SpanBatch {
  return batch.kind === 'spans'
    ? { kind: 'spans', spans: batch.spans.filter((_, index) => wanted(index)) }
    : { kind: 'otlp', spans: batch.spans.select((_, index) => wanted(index)) };
}
