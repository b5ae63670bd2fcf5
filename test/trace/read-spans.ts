import type { OtlpAttribute, OtlpSpan, OtlpTraces, OtlpValue } from '../../src/trace/otlp.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import type { Translated } from '../../src/vendors/vendor.ts';

/** A span as a test wants to read it: times as numbers of nanoseconds, attributes as a plain object. */
export interface ReadSpan {
  readonly name: string;
  readonly id: string;
  readonly traceId: string;
  readonly parent: string | undefined;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly seconds: number;
  readonly status: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly raw: OtlpSpan;
}

export function readSpans(traces: OtlpTraces): ReadSpan[] {
  return traces.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((raw) => ({
        name: raw.name,
        id: raw.spanId,
        traceId: raw.traceId,
        parent: raw.parentSpanId,
        kind: raw.kind,
        start: BigInt(raw.startTimeUnixNano),
        end: BigInt(raw.endTimeUnixNano),
        seconds: secondsOf(BigInt(raw.endTimeUnixNano) - BigInt(raw.startTimeUnixNano)),
        status: raw.status?.code ?? 0,
        attributes: plain(raw.attributes),
        resource: plain(resource?.attributes ?? []),
        scope: `${scope?.name}@${scope?.version}`,
        raw,
      })),
    ),
  );
}

/** A bar of no length lasts a nanosecond on the wire. */
const NO_LENGTH = 1n;

function secondsOf(length: bigint): number {
  return length === NO_LENGTH ? 0 : Number(length) / 1e9;
}

export function plain(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: OtlpValue): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(plainValue);
  if (value.kvlistValue) return plain(value.kvlistValue.values);
  return value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue ?? value.bytesValue;
}

/** The spans of one conversation, with the questions that tests ask of them. */
export class Trace {
  readonly spans: readonly ReadSpan[];

  constructor(translated: Translated | undefined) {
    if (!translated) throw new Error('Nothing was translated');
    // As it travels: what is undefined is not there.
    this.spans = readSpans(JSON.parse(JSON.stringify(toOtlp(translated.batch))));
  }

  get root(): ReadSpan {
    const [root, ...others] = this.spans.filter((span) => span.parent === undefined);
    if (!root || others.length > 0) throw new Error(`There are ${others.length + (root ? 1 : 0)} roots`);
    return root;
  }

  /** Spans whose name ends so, in order of start. */
  all(name: string): ReadSpan[] {
    return this.spans
      .filter((span) => span.name.endsWith(name))
      .sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0));
  }

  /** The only span whose name ends so. */
  one(name: string): ReadSpan {
    const [span, ...others] = this.all(name);
    if (!span || others.length > 0)
      throw new Error(`${name}: ${others.length + (span ? 1 : 0)} of ${this.names().join(', ')}`);
    return span;
  }

  names(): string[] {
    return this.spans.map((span) => span.name);
  }

  childrenOf(parent: ReadSpan): ReadSpan[] {
    return this.spans.filter((span) => span.parent === parent.id);
  }

  parentOf(span: ReadSpan): ReadSpan | undefined {
    return this.spans.find((candidate) => candidate.id === span.parent);
  }

  /** Seconds since the root's start; a bar of no length stands where it stands to the microsecond. */
  at(span: ReadSpan): [start: number, end: number] {
    const since = (moment: bigint) => Number(moment - this.root.start) / 1e9;
    if (span.seconds > 0) return [since(span.start), since(span.end)];
    const moment = Math.round(since(span.start) * 1e6) / 1e6;
    return [moment, moment];
  }
}
