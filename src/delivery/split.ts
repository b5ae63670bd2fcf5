import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OtlpTraces } from '../trace/otlp.ts';
import { otlpBatch, type SpanBatch, toOtlp } from '../trace/span-batch.ts';
import { groupByTurn, type TreeNode } from './span-groups.ts';
import { serializedSize } from './span-size.ts';

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
export function split(batch: SpanBatch, cap: Cap): SpanBatch[] {
  const whole = batch.kind === 'otlp' ? toOtlp(batch) : batch.spans;
  const { pieces, baseBytes } = 'resourceSpans' in whole ? weighOtlp(whole) : weighSpans(whole);
  if (pieces.length < 2) return [batch];
  const turns = groupByTurn(pieces);
  const plan = cap === 'halves' ? halve(pieces, turns) : pack(pieces, turns, baseBytes, cap.maxBytes);
  if (plan.length < 2) return [batch];
  const partOf = new Map<number, number>();
  for (const [part, indexes] of plan.entries()) for (const index of indexes) partOf.set(index, part);
  return plan.map((_, part) => pick(whole, (index) => partOf.get(index) === part));
}

/** A span with its weight. */
interface Piece extends TreeNode {
  readonly bytes: number;
  /** What a request with this span has to say besides, once however many spans share it: resource and scope. */
  readonly envelopes: readonly Envelope[];
}

interface Envelope {
  readonly bytes: number;
}

function weighSpans(spans: readonly ReadableSpan[]): { pieces: Piece[]; baseBytes: number } {
  const pieces = spans.map((span) => ({
    spanId: span.spanContext().spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    bytes: serializedSize([span]),
    envelopes: [],
  }));
  return { pieces, baseBytes: 0 };
}

function weighOtlp(payload: OtlpTraces): { pieces: Piece[]; baseBytes: number } {
  const pieces: Piece[] = [];
  for (const resourceSpans of payload.resourceSpans) {
    const resource = { bytes: jsonBytes({ ...resourceSpans, scopeSpans: [] }) };
    for (const scopeSpans of resourceSpans.scopeSpans) {
      const scope = { bytes: jsonBytes({ ...scopeSpans, spans: [] }) };
      for (const span of scopeSpans.spans) {
        const { spanId, parentSpanId } = span;
        pieces.push({ spanId, parentSpanId, bytes: jsonBytes(span), envelopes: [resource, scope] });
      }
    }
  }
  return { pieces, baseBytes: jsonBytes({ ...payload, resourceSpans: [] }) };
}

/** With the comma that follows. */
function jsonBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}

/** Fills one part after the other, in order. */
function pack(pieces: readonly Piece[], turns: number[][], baseBytes: number, maxBytes: number): number[][] {
  const parts: number[][] = [];
  let part = new Part(pieces, baseBytes);
  const put = (indexes: readonly number[]): void => {
    if (indexes.length > 1 && new Part(pieces, baseBytes).sizeWith(indexes) > maxBytes) {
      for (const index of indexes) put([index]);
      return;
    }
    if (part.indexes.length > 0 && part.sizeWith(indexes) > maxBytes) {
      parts.push(part.indexes);
      part = new Part(pieces, baseBytes);
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
  #bytes: number;

  constructor(pieces: readonly Piece[], baseBytes: number) {
    this.#pieces = pieces;
    this.#bytes = baseBytes;
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
        bytes += envelope.bytes;
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

/** The batch's spans whose position is wanted, in their resources and scopes; empty ones are left out. */
function pick(whole: OtlpTraces | readonly ReadableSpan[], wanted: (index: number) => boolean): SpanBatch {
  if (!('resourceSpans' in whole)) return { kind: 'spans', spans: whole.filter((_, index) => wanted(index)) };
  let index = 0;
  const resourceSpans = whole.resourceSpans
    .map((resource) => ({
      ...resource,
      scopeSpans: resource.scopeSpans
        .map((scope) => ({ ...scope, spans: scope.spans.filter(() => wanted(index++)) }))
        .filter((scope) => scope.spans.length > 0),
    }))
    .filter((resource) => resource.scopeSpans.length > 0);
  return otlpBatch({ ...whole, resourceSpans });
}
