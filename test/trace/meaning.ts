import { createHash } from 'node:crypto';
import { canonicalJson, compareText } from '../../src/json/canonical.ts';
import type { OtlpTraces } from '../../src/trace/otlp.ts';

/**
 * What a reader of OTLP understands of a trace, whatever it is written like: no order of attributes, no field that says
 * what its absence says, and not the version of callspan's own scope. As a hash.
 */
export function meaningOf(traces: OtlpTraces): string {
  return createHash('sha256')
    .update(canonicalJson(bare(traces)))
    .digest('hex')
    .slice(0, 16);
}

function bare(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) {
    const members = value.map((member) => bare(member));
    return key === 'attributes'
      ? members.sort((one, other) => compareText(keyOf(one), keyOf(other)))
      : members;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, bare(member, name)] as const);
  const told = entries.filter(([name, member]) => !(OPTIONAL.has(name) && isNothing(member)));
  const object: Record<string, unknown> = Object.fromEntries(told);
  return object.name === 'callspan' ? { ...object, version: undefined } : object;
}

/** Fields of messages, which an attribute's value never is. */
const OPTIONAL = new Set([
  ...['attributes', 'events', 'links', 'status', 'code', 'resource', 'scope'],
  ...['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount'],
]);

function isNothing(value: unknown): boolean {
  if (value === 0) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function keyOf(attribute: unknown): string {
  return String((attribute as { readonly key?: unknown }).key);
}
