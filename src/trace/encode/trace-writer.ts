import { type EncodedSpan, EncodedSpans, type SpanScope } from './encoded-spans.ts';
import { JsonEncoder } from './json-encoder.ts';
import { ProtobufEncoder } from './protobuf-encoder.ts';
import type { Encoding, SpanEncoder, SpanFoot, SpanHead } from './span-encoder.ts';

/** One of each: writing is synchronous, and their memory is used again. */
const ENCODERS: Readonly<Record<Encoding, SpanEncoder>> = {
  json: new JsonEncoder(),
  protobuf: new ProtobufEncoder(),
};

/** Writes one trace, which has to be finished before the next is begun: all are written in the same memory. */
export class TraceWriter {
  /** Where the open span's attributes, events and links go. */
  readonly encoder: SpanEncoder;
  readonly #spans: EncodedSpan[] = [];
  #from = 0;

  constructor(encoding: Encoding) {
    this.encoder = ENCODERS[encoding];
    this.encoder.begin();
  }

  startSpan(head: SpanHead): void {
    this.#from = this.encoder.length;
    this.encoder.startSpan(head);
  }

  /** @param head as it was started. */
  endSpan({ id, parentId, start, end }: SpanHead, foot: SpanFoot, scope: SpanScope): void {
    this.encoder.endSpan(foot);
    this.#spans.push({
      spanId: id,
      parentSpanId: parentId,
      start,
      end,
      in: scope,
      from: this.#from,
      to: this.encoder.length,
    });
  }

  finish(): EncodedSpans {
    return new EncodedSpans(this.encoder.encoding, this.#spans, this.encoder.written);
  }
}
