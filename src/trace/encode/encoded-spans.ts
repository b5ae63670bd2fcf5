import type { Nanos } from '../../conversation.ts';
import { ByteBuffer, varintSize } from './byte-buffer.ts';
import type { Encoding, Envelope } from './span-encoder.ts';

/** Where a span stands: the resource and the scope that it keeps. */
export interface SpanScope {
  readonly resource: Envelope;
  readonly scope: Envelope;
}

/** A span, as a piece of some bytes. */
export interface EncodedSpan {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly start: Nanos;
  readonly end: Nanos;
  readonly in: SpanScope;
  readonly from: number;
  readonly to: number;
}

/** Fields of the messages around spans: `resource_spans` of the request, `scope_spans` of a resource. */
const RESOURCE_SPANS = (1 << 3) | 2;
const SCOPE_SPANS = (2 << 3) | 2;
const OPENING = Buffer.from('{"resourceSpans":[');
const CLOSING = Buffer.from(']}');
const COMMA = 0x2c;

/** What a request has to say beside its spans, and beside each resource and scope, at most; in bytes. */
export const AROUND_ALL = 32;
const AROUND_ENVELOPE = 8;

const request = new ByteBuffer();

/** A request: spans as bytes, of which any can be chosen for another request without being written anew. */
export class EncodedSpans {
  readonly encoding: Encoding;
  /** In the order in which they were given; in the request those of one scope, and the scopes of one resource, stand together. */
  readonly spans: readonly EncodedSpan[];
  /** As it travels. */
  readonly body: Buffer;

  /** @param spans pieces of `bytes`. */
  constructor(encoding: Encoding, spans: readonly EncodedSpan[], bytes: Buffer) {
    this.encoding = encoding;
    const placed = [...spans];
    request.clear();
    if (encoding === 'json') writeJson(group(spans), bytes, placed);
    else writeProtobuf(group(spans), bytes, placed);
    this.spans = placed;
    this.body = request.cut(0);
  }

  /** The spans that are `wanted`, each where it stood. */
  select(wanted: (span: EncodedSpan, index: number) => boolean): EncodedSpans {
    return new EncodedSpans(this.encoding, this.spans.filter(wanted), this.body);
  }

  /** The same spans in the trace `traceId`, each under the id that is made of its own. Links lead where they led. */
  retrace(traceId: string, idOf: (id: string) => string): EncodedSpans {
    const bytes = Buffer.from(this.body);
    const { trace, span: own, parent } = MARKS[this.encoding];
    const form = this.encoding === 'json' ? 'latin1' : 'hex';
    const spans = this.spans.map((span): EncodedSpan => {
      // Ids are as long as ids are, so that nothing moves.
      const write = (mark: Buffer, id: string, from: number) => {
        const at = bytes.indexOf(mark, from) + mark.length;
        return at + bytes.write(id, at, form);
      };
      const spanId = idOf(span.spanId);
      const parentSpanId = span.parentSpanId && idOf(span.parentSpanId);
      const end = write(own, spanId, write(trace, traceId, span.from));
      if (parentSpanId) write(parent, parentSpanId, end);
      return { ...span, spanId, parentSpanId };
    });
    return new EncodedSpans(this.encoding, spans, bytes);
  }
}

/** What stands before the ids of a span, which stand in this order and before all that the span says. */
const MARKS = {
  json: {
    trace: Buffer.from('"traceId":"'),
    span: Buffer.from('"spanId":"'),
    parent: Buffer.from('"parentSpanId":"'),
  },
  protobuf: {
    trace: Buffer.from([0x0a, 16]),
    span: Buffer.from([0x12, 8]),
    parent: Buffer.from([0x22, 8]),
  },
} as const;

/** The size of a resource or a scope in a request, in bytes, with what stands around it; rounded up. */
export function envelopeSize({ head, tail }: Envelope): number {
  return head.length + tail.length + AROUND_ENVELOPE;
}

/** Positions of spans. */
type Groups = ReadonlyMap<Envelope, ReadonlyMap<Envelope, readonly number[]>>;

function group(spans: readonly EncodedSpan[]): Groups {
  const groups = new Map<Envelope, Map<Envelope, number[]>>();
  let last: SpanScope | undefined;
  let members: number[] = [];
  for (let index = 0; index < spans.length; index++) {
    const { in: place } = spans[index] as EncodedSpan;
    if (place !== last) {
      last = place;
      const scopes = groups.get(place.resource) ?? new Map<Envelope, number[]>();
      members = scopes.get(place.scope) ?? [];
      scopes.set(place.scope, members);
      groups.set(place.resource, scopes);
    }
    members.push(index);
  }
  return groups;
}

function writeJson(groups: Groups, bytes: Buffer, placed: EncodedSpan[]): void {
  request.copy(OPENING);
  for (const [resource, scopes] of groups) {
    request.copy(resource.head);
    for (const [scope, members] of scopes) {
      request.copy(scope.head);
      copySpans(members, bytes, placed);
      // Behind the last stands a comma too.
      request.drop(1);
      request.copy(scope.tail);
      request.byte(COMMA);
    }
    request.drop(1);
    request.copy(resource.tail);
    request.byte(COMMA);
  }
  if (groups.size > 0) request.drop(1);
  request.copy(CLOSING);
}

function writeProtobuf(groups: Groups, bytes: Buffer, placed: EncodedSpan[]): void {
  for (const [resource, scopes] of groups) {
    const sizes = new Map<Envelope, number>();
    let size = resource.head.length + resource.tail.length;
    for (const [scope, members] of scopes) {
      let own = scope.head.length + scope.tail.length;
      for (const index of members) own += sizeOf(placed[index]);
      sizes.set(scope, own);
      size += 1 + varintSize(own) + own;
    }
    request.byte(RESOURCE_SPANS);
    request.varint(size);
    request.copy(resource.head);
    for (const [scope, members] of scopes) {
      request.byte(SCOPE_SPANS);
      request.varint(sizes.get(scope) ?? 0);
      request.copy(scope.head);
      copySpans(members, bytes, placed);
      request.copy(scope.tail);
    }
    request.copy(resource.tail);
  }
}

/** In as few pieces as there are: the spans of a scope mostly follow each other already. */
function copySpans(members: readonly number[], bytes: Buffer, placed: EncodedSpan[]): void {
  for (let next = 0; next < members.length; ) {
    const from = placed[members[next] ?? 0]?.from ?? 0;
    const moved = request.length - from;
    let to = from;
    for (; next < members.length; next++) {
      const index = members[next] ?? 0;
      const span = placed[index];
      if (span?.from !== to) break;
      to = span.to;
      placed[index] = { ...span, from: span.from + moved, to: to + moved };
    }
    request.copy(bytes.subarray(from, to));
  }
}

function sizeOf(span: EncodedSpan | undefined): number {
  return span === undefined ? 0 : span.to - span.from;
}
