import { createHash } from 'node:crypto';
import type { Json } from '../fields.ts';

/** One way in which a span has been sent; more than one means that it was changed between two exports. */
export interface SpanForm {
  /** Tells forms apart: everything of the span, and the resource and scope that it came in. */
  readonly digest: string;
  /** How often it came like this. */
  readonly count: number;
  /** The span itself, its resource and its scope; absent where only digests are kept. */
  readonly span?: Json;
  readonly resource?: Json;
  readonly scope?: Json;
}

export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** In order of first arrival. */
  readonly forms: readonly SpanForm[];
  /** How often it came in any form. */
  readonly arrivals: number;
}

interface MutableForm extends SpanForm {
  count: number;
}

/** Every span that came, by trace and id, in every form that it came in. */
export class SpanStore {
  readonly #keepAll: boolean;
  readonly #traces: Map<string, Map<string, MutableForm[]>> = new Map();
  #arrivals = 0;
  #dropped = 0;

  constructor(keep: 'all' | 'digests') {
    this.#keepAll = keep === 'all';
  }

  /** How many spans were too old to be kept. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How many spans came, each as often as it came. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /**
   * Takes the spans of a request in; `leftOut` of them, the last ones, not.
   * @param since what began before this, unix milliseconds, is dropped.
   */
  take(payload: Json, leftOut = 0, since = 0): void {
    const all = [...spansOf(payload)];
    const spans = all.filter(({ span }) => Number(span.startTimeUnixNano) / 1_000_000 >= since);
    this.#dropped += all.length - spans.length;
    for (const { span, resource, scope } of spans.slice(0, spans.length - leftOut)) {
      this.#add(span, resource, scope);
    }
  }

  traceIds(): string[] {
    return [...this.#traces.keys()];
  }

  spans(traceId: string): StoredSpan[] {
    const known = this.#traces.get(traceId);
    return known === undefined ? [] : [...known].map(([spanId, forms]) => stored(traceId, spanId, forms));
  }

  span(traceId: string, spanId: string): StoredSpan | undefined {
    const forms = this.#traces.get(traceId)?.get(spanId);
    return forms === undefined ? undefined : stored(traceId, spanId, forms);
  }

  /** Spans that came with two different contents. */
  differing(): StoredSpan[] {
    return this.traceIds().flatMap((traceId) => this.spans(traceId).filter((span) => span.forms.length > 1));
  }

  clear(): void {
    this.#traces.clear();
    this.#arrivals = 0;
  }

  #add(span: Json, resource: Holder, scope: Holder): void {
    const traceId = String(span.traceId);
    const spanId = String(span.spanId);
    const text = `${resource.text}\n${scope.text}\n${JSON.stringify(span)}`;
    const digest = createHash('sha1').update(text).digest('base64');
    const trace = this.#traces.get(traceId) ?? new Map<string, MutableForm[]>();
    this.#traces.set(traceId, trace);
    const forms = trace.get(spanId) ?? [];
    trace.set(spanId, forms);
    this.#arrivals += 1;
    const known = forms.find((form) => form.digest === digest);
    if (known !== undefined) known.count += 1;
    else if (this.#keepAll)
      forms.push({ digest, count: 1, span, resource: resource.json, scope: scope.json });
    else forms.push({ digest, count: 1 });
  }
}

interface Holder {
  readonly json: Json;
  readonly text: string;
}

/** The spans of a request with what holds them. Reads whatever is there: what is not there is found elsewhere. */
function* spansOf(payload: Json): Generator<{ span: Json; resource: Holder; scope: Holder }> {
  for (const group of jsons(payload.resourceSpans)) {
    const resource = holder(group.resource, group.schemaUrl);
    for (const scoped of jsons(group.scopeSpans)) {
      const scope = holder(scoped.scope, scoped.schemaUrl);
      for (const span of jsons(scoped.spans)) yield { span, resource, scope };
    }
  }
}

function holder(value: unknown, schemaUrl: unknown): Holder {
  const json = typeof value === 'object' && value !== null ? (value as Json) : {};
  return { json, text: JSON.stringify([json, schemaUrl ?? null]) };
}

/** The objects of a list; nothing where there is no list. */
export function jsons(value: unknown): Json[] {
  return Array.isArray(value)
    ? value.filter((item): item is Json => typeof item === 'object' && item !== null)
    : [];
}

function stored(traceId: string, spanId: string, forms: readonly MutableForm[]): StoredSpan {
  return { traceId, spanId, forms, arrivals: forms.reduce((sum, form) => sum + form.count, 0) };
}
