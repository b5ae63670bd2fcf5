import {
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  type IdGenerator,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Attributes, AttributeValue, Nanos } from '../conversation.ts';
import { attributesOf } from './attributes.ts';
import type { AttributeBlock, AttributeSink } from './encode/span-encoder.ts';
import { MODEL_VERSION, SCOPE_NAME } from './semconv.ts';
import { type Placed, type SpanNode, STATUS } from './tree.ts';

/**
 * Placed nodes as spans of the OpenTelemetry SDK, in the same order.
 *
 * A provider of its own for every conversation costs nothing measurable and keeps resources, ids and limits
 * apart. Nothing is taken from the environment: a sampler or a limit set there for the application must not
 * thin out conversations. Nothing is batched: the caller delivers the whole conversation or nothing.
 */
export function makeSpans(placed: readonly Placed[], traceId: string, resource: Attributes): ReadableSpan[] {
  const ids = new GivenIds(traceId);
  const collector = new Collector();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    idGenerator: ids,
    sampler: new AlwaysOnSampler(),
    spanLimits: UNLIMITED,
    spanProcessors: [collector],
  });
  const tracer = provider.getTracer(SCOPE_NAME, MODEL_VERSION);
  for (const { node, id, parentId } of placed) {
    ids.next = id;
    const span = tracer.startSpan(
      node.name,
      {
        kind: node.kind - 1,
        startTime: hrTime(node.start),
        links: (node.links ?? []).map((link) => ({
          // The application's span is of another process.
          context: { ...spanContext(link.traceId, link.spanId, link.flags), isRemote: true },
        })),
      },
      parentId === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, spanContext(traceId, parentId, TraceFlags.SAMPLED)),
    );
    // One by one: given all at once, the tracer would copy them three times.
    node.describe(new SpanSink(span));
    for (const event of node.events ?? []) {
      span.addEvent(event.name, attributesOf(event.describe), hrTime(event.time));
    }
    if (node.error) span.setStatus(errorStatus(node.error));
    span.end(hrTime(node.end));
  }
  return collector.spans;
}

/** Limits are for instrumentation that runs away; a conversation is finished, and losing part of it is a loss. */
const UNLIMITED = {
  attributeCountLimit: Number.POSITIVE_INFINITY,
  attributeValueLengthLimit: Number.POSITIVE_INFINITY,
  attributePerEventCountLimit: Number.POSITIVE_INFINITY,
  attributePerLinkCountLimit: Number.POSITIVE_INFINITY,
  eventCountLimit: Number.POSITIVE_INFINITY,
  linkCountLimit: Number.POSITIVE_INFINITY,
};

/** The SDK asks for ids without saying for which span, so the next one is laid out before each start. */
class GivenIds implements IdGenerator {
  next = '';
  readonly #traceId: string;

  constructor(traceId: string) {
    this.#traceId = traceId;
  }

  generateSpanId(): string {
    return this.next;
  }

  generateTraceId(): string {
    return this.#traceId;
  }
}

class SpanSink implements AttributeSink {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  put(key: string, value: AttributeValue): void {
    this.#span.setAttribute(key, value);
  }

  putBlock(block: AttributeBlock): void {
    block(this);
  }
}

class Collector implements SpanProcessor {
  readonly spans: ReadableSpan[] = [];

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.spans.push(span);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

function errorStatus({ message }: NonNullable<SpanNode['error']>): {
  code: SpanStatusCode;
  message?: string;
} {
  return message === undefined ? { code: STATUS.ERROR } : { code: STATUS.ERROR, message };
}

/** The flags of a span whose parent is known, and known to be of this process: what the SDK writes of all it makes. */
export const OWN_FLAGS = TraceFlags.SAMPLED | 0x100;

/** The flags of a link to a span of another process, as the SDK writes them: known to be remote. */
export function remoteFlags(traceFlags: number): number {
  return (traceFlags & 0xff) | 0x300;
}

function spanContext(traceId: string, spanId: string, traceFlags: number): SpanContext {
  return { traceId, spanId, traceFlags };
}

/** The only form of time that the SDK carries without loss. A new array each: the SDK keeps it. */
function hrTime(nanos: Nanos): [number, number] {
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}
