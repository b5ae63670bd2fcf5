import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Attributes } from '../conversation.ts';
import { createDelivery, type Delivery } from '../delivery/delivery.ts';
import type { Destination } from '../delivery/endpoint.ts';
import type { Clock } from '../time/clock.ts';
import { CALLSPAN, GEN_AI, SCOPE_NAME } from '../trace/semconv.ts';
import { Complaint } from './complaint.ts';
import { ATTRIBUTE } from './instruments.ts';
import type { Log } from './log.ts';
import type { Work } from './work.ts';

/** Of the specification, "Batch Span Processor": written down, so that nothing is read from the environment. */
const BATCHES = {
  scheduledDelayMillis: 5_000,
  exportTimeoutMillis: 30_000,
  maxQueueSize: 2_048,
  maxExportBatchSize: 512,
};

const LIMITS = {
  attributeCountLimit: 16,
  attributeValueLengthLimit: 256,
  attributePerEventCountLimit: 16,
  attributePerLinkCountLimit: 16,
  eventCountLimit: 16,
  linkCountLimit: 16,
};

export interface SelfTracesOptions {
  readonly destination: Destination;
  readonly resource: Attributes;
  readonly log: Log;
  readonly clock: Clock;
  /** How long the last spans may take at the stop, in milliseconds. */
  readonly lastExportMs: number;
}

/**
 * callspan's own work as traces: a span for each poll and for each conversation carried. They may be lost when the
 * collector is away; conversations may not, and go another way.
 */
export class SelfTraces {
  readonly #provider: BasicTracerProvider;
  readonly #exporter: DeliveryExporter;
  readonly #lastExportMs: number;

  constructor({ destination, resource, log, clock, lastExportMs }: SelfTracesOptions) {
    this.#lastExportMs = lastExportMs;
    const delivery = createDelivery(destination, { connections: 1, clock });
    this.#exporter = new DeliveryExporter(delivery, log);
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes(resource),
      sampler: new AlwaysOnSampler(),
      spanLimits: LIMITS,
      spanProcessors: [new BatchSpanProcessor(this.#exporter, BATCHES)],
    });
  }

  /** One round of listing of a source. */
  poll(source: string): Work {
    return this.#begin('callspan.poll', SpanKind.INTERNAL, ROOT_CONTEXT, { [CALLSPAN.SOURCE]: source });
  }

  /** One conversation on its way: the parts are its fetch and its delivery. */
  carry(source: string, conversation: string): Work {
    return this.#begin('callspan.carry', SpanKind.INTERNAL, ROOT_CONTEXT, {
      [CALLSPAN.SOURCE]: source,
      [GEN_AI.CONVERSATION_ID]: conversation,
    });
  }

  /** Sends what there is, within `lastExportMs`. Never rejects. */
  async close(): Promise<void> {
    const timer = setTimeout(() => {
      this.#exporter.giveUp(`no answer within ${this.#lastExportMs} ms`);
    }, this.#lastExportMs);
    // Spans that could not be sent make it reject; the exporter has complained of that already.
    await this.#provider.shutdown().catch(() => undefined);
    clearTimeout(timer);
    await this.#exporter.close();
  }

  #begin(name: string, kind: SpanKind, parent: Context, attributes: Attributes): Work {
    const tracer = this.#provider.getTracer(SCOPE_NAME);
    const span = tracer.startSpan(name, { kind, attributes }, parent);
    const context = trace.setSpan(parent, span);
    return {
      part: (part) => this.#begin(`callspan.${part}`, SpanKind.CLIENT, context, attributes),
      end: (result, { failed } = { failed: false }) => end(span, result, failed),
    };
  }
}

function end(span: Span, result: string, failed: boolean): void {
  span.setAttribute(ATTRIBUTE.RESULT, result);
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Puts the way that conversations go behind the SDK's batches: same endpoint, proxy, certificates and answers. */
class DeliveryExporter implements SpanExporter {
  readonly #delivery: Delivery;
  readonly #complaint: Complaint;
  readonly #end = new AbortController();

  constructor(delivery: Delivery, log: Log) {
    this.#delivery = delivery;
    this.#complaint = new Complaint(log, {
      trouble: 'callspan’s own traces cannot be exported',
      over: 'callspan’s own traces are exported again',
    });
  }

  export(spans: ReadableSpan[], done: (result: { code: ExportResultCode }) => void): void {
    this.#delivery.deliver({ kind: 'spans', spans }, this.#end.signal).then(
      (outcome) => {
        if (outcome.kind === 'accepted') this.#complaint.settled();
        else this.#complaint.about(outcome.reason);
        done({
          code: outcome.kind === 'accepted' ? ExportResultCode.SUCCESS : ExportResultCode.FAILED,
        });
      },
      (error: unknown) => {
        this.#complaint.about(error instanceof Error ? error.message : String(error));
        done({ code: ExportResultCode.FAILED });
      },
    );
  }

  giveUp(reason: string): void {
    this.#end.abort(new Error(reason));
  }

  /** Called by the SDK, but not where spans could not be sent: so this closes nothing. */
  async shutdown(): Promise<void> {}

  async close(): Promise<void> {
    await this.#delivery.close();
  }
}
