import type { Nanos } from '../../conversation.ts';
import { isObject, type Json, objects, text } from '../../json/reading.ts';
import { LAST_MOMENT } from '../../time/nanos.ts';
import { checkParts } from '../../trace/bounds.ts';
import { validSpanId, validTraceId } from '../../trace/ids.ts';
import type { OtlpAttribute, OtlpValue } from '../../trace/otlp.ts';
import type { SpanNode } from '../../trace/tree.ts';
import { type VendorAttribute, vendorAttribute } from './attributes.ts';

/** Spans of `otlp_traces` as they came, read without trusting any part of them. */

/** Where a span stood: the resource and the scope that it keeps. */
export interface Group {
  readonly resource: Json;
  readonly scope: Json;
  readonly resourceSchemaUrl: unknown;
  readonly scopeSchemaUrl: unknown;
}

export interface VendorSpan {
  readonly group: Group;
  /** Made by callspan in the vendor's shape, from the transcript. */
  readonly made: boolean;
  readonly raw: Json;
  readonly attributes: readonly SpanAttribute[];
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly parentId: string | undefined;
  readonly start: Nanos | undefined;
  readonly end: Nanos | undefined;
}

/** An attribute as it came. */
export interface SpanAttribute {
  readonly is: VendorAttribute;
  readonly value: OtlpValue;
}

/** A node of the conversation's tree: the vendor's own span, or one that callspan adds. */
export interface ElevenLabsNode extends SpanNode {
  readonly children: ElevenLabsNode[];
  readonly vendor?: VendorSpan;
  /** Where the vendor let it start: whole seconds, before turns of one second were put in order. */
  stampedStart?: Nanos;
}

/** Every span of a payload, in the order of the payload. */
export function readSpans(otlpTraces: unknown, { made = false } = {}): VendorSpan[] {
  if (!isObject(otlpTraces)) return [];
  checkParts(countSpans(otlpTraces), 'spans');
  return objects(otlpTraces.resourceSpans).flatMap((resourceSpans) =>
    objects(resourceSpans.scopeSpans).flatMap((scopeSpans) => {
      const group: Group = {
        resource: isObject(resourceSpans.resource) ? resourceSpans.resource : {},
        scope: isObject(scopeSpans.scope) ? scopeSpans.scope : {},
        resourceSchemaUrl: resourceSpans.schemaUrl,
        scopeSchemaUrl: scopeSpans.schemaUrl,
      };
      return objects(scopeSpans.spans).map((raw) => readSpan(raw, group, made));
    }),
  );
}

/** Before anything is made of them. */
function countSpans(otlpTraces: Json): number {
  let count = 0;
  for (const { scopeSpans } of objects(otlpTraces.resourceSpans)) {
    for (const { spans } of objects(scopeSpans)) if (Array.isArray(spans)) count += spans.length;
  }
  return count;
}

function readSpan(raw: Json, group: Group, made: boolean): VendorSpan {
  return {
    group,
    made,
    raw,
    attributes: readAttributes(raw.attributes),
    traceId: validTraceId(raw.traceId),
    spanId: validSpanId(raw.spanId),
    parentId: validSpanId(raw.parentSpanId),
    start: readNanos(raw.startTimeUnixNano),
    end: readNanos(raw.endTimeUnixNano),
  };
}

/** Of so few, another of one key is found by looking. */
const FEW = 16;

/** In the order in which they came; of two with one key the first counts. */
export function readAttributes(value: unknown): SpanAttribute[] {
  const attributes: SpanAttribute[] = [];
  if (!Array.isArray(value)) return attributes;
  let seen: Set<string> | undefined;
  for (const attribute of value as Partial<OtlpAttribute>[]) {
    const key = attribute?.key;
    if (typeof key !== 'string' || key === '' || !isObject(attribute.value)) continue;
    if (attributes.length >= FEW) seen ??= new Set(attributes.map(({ is }) => is.key));
    if (seen === undefined ? attributes.some(({ is }) => is.key === key) : seen.has(key)) continue;
    seen?.add(key);
    attributes.push({ is: vendorAttribute(key), value: attribute.value });
  }
  return attributes;
}

/** A decimal string, as OTLP/JSON has it, or a number, as careless senders have it. Zero means not set. */
export function readNanos(value: unknown): Nanos | undefined {
  const isInteger =
    typeof value === 'string'
      ? /^\d{1,19}$/.test(value)
      : typeof value === 'number' && Number.isInteger(value);
  if (!isInteger) return undefined;
  const nanos = BigInt(value as string | number);
  return nanos > 0n && nanos <= LAST_MOMENT ? nanos : undefined;
}

export function nameOf(span: VendorSpan): string {
  return text(span.raw.name) ?? UNNAMED;
}

/** OTLP wants a name; a span that came without one still keeps its place. */
const UNNAMED = 'elevenlabs.unnamed';

export function attributeText(span: VendorSpan | undefined, wanted: VendorAttribute): string | undefined {
  return span && text(valueIn(span.attributes, wanted)?.stringValue);
}

/** The first of several attributes that says something. */
export function firstText(
  span: VendorSpan | undefined,
  wanted: readonly VendorAttribute[],
): string | undefined {
  for (const one of wanted) {
    const said = attributeText(span, one);
    if (said !== undefined) return said;
  }
  return undefined;
}

/** An int64 may be a number or a decimal string, and some senders write numbers as doubles. */
export function attributeNumber(span: VendorSpan | undefined, wanted: VendorAttribute): number | undefined {
  const value = span && valueIn(span.attributes, wanted);
  const raw = value?.intValue ?? value?.doubleValue;
  const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Found by what it is: of a dozen attributes that takes no longer than to look up a key in a map, which nobody makes. */
export function valueIn(
  attributes: readonly SpanAttribute[],
  wanted: VendorAttribute,
): OtlpValue | undefined {
  for (const { is, value } of attributes) if (is === wanted) return value;
  return undefined;
}

export const NAME = {
  CONVERSATION: 'elevenlabs.conversation',
  USER: 'elevenlabs.recv.user_transcript',
  AGENT: 'elevenlabs.recv.agent_response',
  TOOL: 'elevenlabs.tool.',
} as const;

export function isTurnName(name: string): boolean {
  return name === NAME.USER || name === NAME.AGENT;
}
