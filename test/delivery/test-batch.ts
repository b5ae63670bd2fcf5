import { type HrTime, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { encodeSdkSpans } from '../../src/trace/encode/sdk-spans.ts';
import type { Encoding } from '../../src/trace/encode/span-encoder.ts';
import type { OtlpSpan, OtlpTraces } from '../../src/trace/otlp.ts';
import { type SpanBatch, toOtlp } from '../../src/trace/span-batch.ts';
import { otlpBatch } from '../trace/encode-otlp.ts';

/** A span to be: its parent as a position in the list (-1: none), and a text to give it weight. */
export interface Plan {
  readonly parent: number;
  readonly text?: string;
}

const traceId = '0123456789abcdef0123456789abcdef';

/** Spans of the SDK with ids that follow from their position: the same plan gives the same bytes. */
function sdkSpans(plans: readonly Plan[], resource: Record<string, string> = {}): ReadableSpan[] {
  let next = 0;
  const ended: ReadableSpan[] = [];
  const collect: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => void ended.push(span),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'tavus-cvi', ...resource }),
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => traceId, generateSpanId: () => spanId(next++) },
    spanProcessors: [collect],
  });
  const tracer = provider.getTracer('callspan', '1');
  for (const [index, { parent, text = '' }] of plans.entries()) {
    const context =
      parent < 0
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: spanId(parent), traceFlags: 1 });
    const startTime: HrTime = [1_790_000_000 + index, 0];
    const attributes = { 'turn.number': index, 'tavus.agent.text': text };
    tracer.startSpan(`span ${index}`, { startTime, attributes }, context).end([1_790_000_001 + index, 0]);
  }
  return ended;
}

/** The same spans as OTLP JSON, as a vendor would have sent them. */
function otlpTraces(plans: readonly Plan[], resource?: Record<string, string>): OtlpTraces {
  return JSON.parse(
    new TextDecoder().decode(JsonTraceSerializer.serializeRequest(sdkSpans(plans, resource))),
  );
}

/** The same conversation as either kind of batch. */
export function cargoOf(
  kind: SpanBatch['kind'],
  plans: readonly Plan[],
  resource?: Record<string, string>,
  encoding?: Encoding,
): SpanBatch {
  return kind === 'otlp'
    ? otlpBatch(otlpTraces(plans, resource), encoding)
    : { kind, spans: sdkSpans(plans, resource) };
}

/** A root and so many turns of a wait, an answer and a tool under it, each with `bytes` of text. */
export function conversation(turns: number, bytes = 20): Plan[] {
  const plans: Plan[] = [{ parent: -1 }];
  for (let turn = 0; turn < turns; turn++) {
    const answer =
      plans.push({ parent: 0, text: 'w'.repeat(bytes) }, { parent: 0, text: 'a'.repeat(bytes) }) - 1;
    plans.push({ parent: answer, text: 't'.repeat(bytes) });
  }
  return plans;
}

/** All spans of a payload, in order. */
export function spansOf(payload: OtlpTraces): OtlpSpan[] {
  return payload.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** The span ids of a batch, in order. */
export function spanIds(batch: SpanBatch): string[] {
  return batch.kind === 'otlp'
    ? spansOf(toOtlp(batch)).map((span) => span.spanId)
    : batch.spans.map((span) => span.spanContext().spanId);
}

/** The request's body for a batch. */
export function bodyOf(batch: SpanBatch, encoding: Encoding = 'json'): Buffer {
  return (batch.kind === 'otlp' ? batch.spans : encodeSdkSpans(batch.spans, encoding)).body;
}

function spanId(index: number): string {
  return (index + 1).toString(16).padStart(16, '0');
}
