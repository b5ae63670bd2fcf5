import type { AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { spanSerializer } from '../trace/span-serializer.ts';

/**
 * The size in bytes of the request that the official exporter makes of these spans, exact where it may be above
 * `capBytes`, otherwise an upper bound.
 *
 * The exporter serializes by itself and does not tell the size. Doing the same before it would double the work for
 * the sake of one conversation in thousands, so lengths are added up first, which is many times faster; only a
 * conversation that may be too large is measured.
 */
export function requestSize(spans: readonly ReadableSpan[], capBytes: number): number {
  const bound = sizeBound(spans, atMost);
  if (bound <= capBytes) return bound;
  const closer = sizeBound(spans, lookedOver);
  return closer <= capBytes ? closer : serializedSize(spans);
}

/** The exact size in bytes. That of several spans is at most the sum of theirs: it says the resource once. */
export function serializedSize(spans: readonly ReadableSpan[]): number {
  return spanSerializer.serializeRequest([...spans])?.length ?? 0;
}

/** How many bytes a text may become. */
type TextBound = (text: string) => number;

/** One UTF-16 unit becomes up to 6 bytes of JSON: `\u0000`. */
const bytesPerUnit = 6;
const atMost: TextBound = (text) => text.length * bytesPerUnit;

/** Printable ASCII without `"` and `\`: one byte each. Nearly all keys and most values are nothing else. */
const plain = /^[ !#-[\]-~]*$/;
const lookedOver: TextBound = (text) => (plain.test(text) ? text.length : atMost(text));

// What stands around the texts, rounded up: keys, punctuation, numbers at their longest.
const perRequest = 64;
const perResource = 256;
const perSpan = 512;
const perEvent = 192;
const perLink = 320;
const perValue = 64;

function sizeBound(spans: readonly ReadableSpan[], bound: TextBound): number {
  const text = (said: string | undefined) => (said === undefined ? 0 : bound(said));
  const value = (said: AttributeValue | undefined): number => {
    if (typeof said === 'string') return bound(said);
    if (!Array.isArray(said)) return 0;
    let bytes = 0;
    for (const item of said) bytes += perValue + (typeof item === 'string' ? bound(item) : 0);
    return bytes;
  };
  const attributes = (values: Readonly<Record<string, AttributeValue | undefined>> | undefined): number => {
    let bytes = 0;
    for (const key in values) bytes += perValue + bound(key) + value(values[key]);
    return bytes;
  };
  const resources = new Set(spans.map((span) => span.resource));
  let bytes = perRequest;
  for (const resource of resources) {
    bytes += perResource + attributes(resource.attributes) + text(resource.schemaUrl) * 2;
  }
  for (const span of spans) {
    const { name, version, schemaUrl } = span.instrumentationScope;
    bytes +=
      perSpan + text(name) + text(version) + text(schemaUrl) + text(span.name) + text(span.status.message);
    bytes += text(span.spanContext().traceState?.serialize()) + attributes(span.attributes);
    for (const event of span.events) bytes += perEvent + text(event.name) + attributes(event.attributes);
    for (const { attributes: own, context } of span.links) {
      bytes += perLink + text(context.traceState?.serialize()) + attributes(own);
    }
  }
  return bytes;
}
