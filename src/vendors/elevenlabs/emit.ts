import { canonicalJson, compareText, sortCanonically } from '../../json/canonical.ts';
import { isObject, type Json, objects, text } from '../../json/reading.ts';
import { validSpanId, validTraceId } from '../../trace/ids.ts';
import type {
  OtlpAttribute,
  OtlpEvent,
  OtlpLink,
  OtlpResourceSpans,
  OtlpScopeSpans,
  OtlpSpan,
  OtlpTraces,
  OtlpValue,
} from '../../trace/otlp.ts';
import { encodeSpan } from '../../trace/otlp-span.ts';
import { encodeAttributes, sanitizeValue } from '../../trace/otlp-value.ts';
import { neverExported, redact, redactValue } from '../../trace/redaction.ts';
import { MODEL_VERSION, SCOPE_NAME } from '../../trace/semconv.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import { remoteFlags } from '../../trace/spans.ts';
import type { Placed } from '../../trace/tree.ts';
import { isAllowed } from './allow-list.ts';
import { statusCode } from './decorate.ts';
import { type ElevenLabsNode, type Group, readAttributes, readNanos, type VendorSpan } from './span.ts';

/** Writes a decorated tree as OTLP: every vendor span in the resource and scope where it stood. */
export function emit(
  placed: readonly Placed<ElevenLabsNode>[],
  traceId: string,
  settings: TraceSettings,
): OtlpTraces {
  return new Emitter(traceId, settings).emit(placed);
}

class Emitter {
  readonly #traceId: string;
  readonly #settings: TraceSettings;
  readonly #full: boolean;

  constructor(traceId: string, settings: TraceSettings) {
    this.#traceId = traceId;
    this.#settings = settings;
    this.#full = settings.content === 'full';
  }

  emit(placed: readonly Placed<ElevenLabsNode>[]): OtlpTraces {
    const resources = new Map<string, { resource: OtlpResourceSpans; scopes: Map<string, OtlpScopeSpans> }>();
    const scopesOf = new Map<Group, OtlpSpan[]>();
    const spansOf = (group: Group): OtlpSpan[] => {
      const known = scopesOf.get(group);
      if (known) return known;
      const resource = this.#resource(group);
      const resourceKey = canonicalJson(resource);
      const entry = resources.get(resourceKey) ?? { resource, scopes: new Map<string, OtlpScopeSpans>() };
      resources.set(resourceKey, entry);
      const scope = this.#scope(group);
      const scopeKey = canonicalJson(scope);
      const scopeSpans = entry.scopes.get(scopeKey) ?? scope;
      entry.scopes.set(scopeKey, scopeSpans);
      scopesOf.set(group, scopeSpans.spans);
      return scopeSpans.spans;
    };
    const home = placed.find(({ node }) => node.vendor)?.node.vendor?.group ?? NOWHERE;
    const own: Group = {
      ...home,
      scope: { name: SCOPE_NAME, version: MODEL_VERSION },
      scopeSchemaUrl: undefined,
    };
    for (const { node, id, parentId } of placed) {
      if (node.vendor) spansOf(node.vendor.group).push(this.#span(node, node.vendor, id, parentId));
    }
    const made = placed.filter(({ node }) => !node.vendor);
    for (const span of made) spansOf(own).push(encodeSpan(span, this.#traceId));
    return {
      resourceSpans: [...resources.values()].map(({ resource, scopes }) => ({
        ...resource,
        scopeSpans: [...scopes.values()],
      })),
    };
  }

  #span(node: ElevenLabsNode, vendor: VendorSpan, id: string, parentId: string | undefined): OtlpSpan {
    const { attributes, dropped } = this.#attributes(
      vendor.attributes,
      vendor.raw.attributes,
      node.attributes,
    );
    const { events, droppedEvents } = this.#events(node, vendor);
    const { links, droppedLinks } = this.#links(node, vendor);
    const { raw } = vendor;
    const message = this.#full ? text((raw.status as Json | undefined)?.message) : undefined;
    const span: OtlpSpan = {
      traceId: this.#traceId,
      spanId: id,
      parentSpanId: parentId,
      name: this.#clean(node.name),
      kind: node.kind,
      startTimeUnixNano: String(node.start),
      endTimeUnixNano: String(node.end),
      attributes,
      droppedAttributesCount: counted(dropped + this.#vendorsCount(raw.droppedAttributesCount)),
      events: events.length === 0 ? undefined : events,
      droppedEventsCount: counted(droppedEvents + this.#vendorsCount(raw.droppedEventsCount)),
      links: links.length === 0 ? undefined : links,
      droppedLinksCount: counted(droppedLinks + this.#vendorsCount(raw.droppedLinksCount)),
      status: { code: statusCode(node), message: message === undefined ? undefined : this.#clean(message) },
    };
    if (!this.#full) return span;
    const { traceId, spanId, parentSpanId } = span;
    return {
      ...{ traceId, spanId, parentSpanId },
      ...contextFields(raw),
      ...this.#others(raw, SPAN_FIELDS),
      ...span,
    };
  }

  /** The vendor's that may go, then callspan's under keys that the vendor has not set. */
  #attributes(
    given: ReadonlyMap<string, OtlpValue>,
    raw: unknown,
    added: readonly OtlpAttribute[],
  ): { attributes: OtlpAttribute[]; dropped: number } {
    const attributes: OtlpAttribute[] = [];
    const clean = (said: string) => this.#clean(said);
    for (const [key, said] of given) {
      if (this.#full ? neverExported(key) : !isAllowed(key, said)) continue;
      const value = sanitizeValue(said, clean);
      if (value !== undefined) attributes.push({ key, value });
    }
    const kept = attributes.length;
    const isKept = (key: string) => given.has(key) && attributes.some((attribute) => attribute.key === key);
    for (const attribute of added) if (!isKept(attribute.key)) attributes.push(attribute);
    return {
      attributes: attributes.sort((one, other) => compareText(one.key, other.key)),
      dropped: countObjects(raw) - kept,
    };
  }

  #rawAttributes(
    raw: unknown,
    added: readonly OtlpAttribute[] = [],
  ): { attributes: OtlpAttribute[]; dropped: number } {
    return this.#attributes(readAttributes(raw), raw, added);
  }

  #events(node: ElevenLabsNode, vendor: VendorSpan): { events: OtlpEvent[]; droppedEvents: number } {
    const given = countObjects(vendor.raw.events);
    const made =
      node.events?.map(
        (event): OtlpEvent => ({
          timeUnixNano: String(event.time),
          name: event.name,
          attributes: event.attributes,
        }),
      ) ?? [];
    if (!this.#full) return { events: made, droppedEvents: given };
    const kept = objects(vendor.raw.events).flatMap((event) => this.#event(event, node));
    sortCanonically(kept);
    return { events: [...kept, ...made], droppedEvents: given - kept.length };
  }

  #event(event: Json, node: ElevenLabsNode): OtlpEvent[] {
    const name = text(event.name);
    const { attributes, dropped } = this.#rawAttributes(event.attributes);
    if (name === undefined) return [];
    return [
      {
        timeUnixNano: String(readNanos(event.timeUnixNano) ?? node.start),
        name: this.#clean(name),
        attributes,
        ...droppedAttributes(dropped),
      },
    ];
  }

  #links(node: ElevenLabsNode, vendor: VendorSpan): { links: OtlpLink[]; droppedLinks: number } {
    const given = countObjects(vendor.raw.links);
    const made =
      node.links?.map(
        ({ traceId, spanId, flags }): OtlpLink => ({ traceId, spanId, flags: remoteFlags(flags) }),
      ) ?? [];
    if (!this.#full) return { links: made, droppedLinks: given };
    const kept = objects(vendor.raw.links).flatMap((link) => this.#link(link));
    sortCanonically(kept);
    return { links: [...kept, ...made], droppedLinks: given - kept.length };
  }

  #link(link: Json): OtlpLink[] {
    const traceId = validTraceId(link.traceId);
    const spanId = validSpanId(link.spanId);
    if (traceId === undefined || spanId === undefined) return [];
    const { attributes, dropped } = this.#rawAttributes(link.attributes);
    return [{ traceId, spanId, ...contextFields(link), attributes, ...droppedAttributes(dropped) }];
  }

  #resource(group: Group): OtlpResourceSpans {
    const { attributes, dropped } = this.#rawAttributes(
      group.resource.attributes,
      encodeAttributes(this.#settings.resource),
    );
    const schemaUrl = this.#full ? text(group.resourceSchemaUrl) : undefined;
    return {
      resource: {
        ...(this.#full ? this.#others(group.resource, HOLDER_FIELDS) : {}),
        attributes,
        ...droppedAttributes(dropped),
      },
      scopeSpans: [],
      ...(schemaUrl === undefined ? {} : { schemaUrl: this.#clean(schemaUrl) }),
    };
  }

  #scope(group: Group): OtlpScopeSpans {
    const { name, version } = group.scope;
    const { attributes, dropped } = this.#rawAttributes(group.scope.attributes);
    const schemaUrl = this.#full ? text(group.scopeSchemaUrl) : undefined;
    return {
      scope: {
        ...(this.#full ? this.#others(group.scope, HOLDER_FIELDS) : {}),
        ...(typeof name === 'string' ? { name: this.#clean(name) } : {}),
        ...(typeof version === 'string' ? { version: this.#clean(version) } : {}),
        ...(attributes.length === 0 ? {} : { attributes }),
        ...droppedAttributes(dropped),
      },
      spans: [],
      ...(schemaUrl === undefined ? {} : { schemaUrl: this.#clean(schemaUrl) }),
    };
  }

  /** Fields that OTLP may get tomorrow, or the vendor made up: part of the payload, so part of `full`. */
  #others(raw: Json, known: ReadonlySet<string>): Json {
    const others = Object.entries(raw).filter(
      ([key, value]) => !known.has(key) && value !== null && !neverExported(key),
    );
    if (others.length === 0) return {};
    return JSON.parse(canonicalJson(redactValue(Object.fromEntries(others), this.#settings.secrets)));
  }

  #vendorsCount(count: unknown): number {
    return this.#full && typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 0;
  }

  #clean(said: string): string {
    return redact(said, this.#settings.secrets);
  }
}

function countObjects(value: unknown): number {
  if (!Array.isArray(value)) return 0;
  let count = 0;
  for (const member of value) if (isObject(member)) count++;
  return count;
}

const NOWHERE: Group = { resource: {}, scope: {}, resourceSchemaUrl: undefined, scopeSchemaUrl: undefined };
/** `entityRefs` name attributes, of which callspan may have removed some. */
const HOLDER_FIELDS = new Set(['name', 'version', 'attributes', 'droppedAttributesCount', 'entityRefs']);
const SPAN_FIELDS = new Set([
  'traceId',
  'spanId',
  'parentSpanId',
  'traceState',
  'flags',
  'name',
  'kind',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'attributes',
  'droppedAttributesCount',
  'events',
  'droppedEventsCount',
  'links',
  'droppedLinksCount',
  'status',
]);

/** Fields of OTLP that a reader refuses a whole request for, if they are of the wrong kind. */
function contextFields({ traceState, flags }: Json): Pick<OtlpLink, 'traceState' | 'flags'> {
  return {
    ...(typeof traceState === 'string' ? { traceState } : {}),
    ...(typeof flags === 'number' && flags >= 0 && flags === flags >>> 0 ? { flags } : {}),
  };
}

function droppedAttributes(count: number): { droppedAttributesCount?: number } {
  const droppedAttributesCount = counted(count);
  return droppedAttributesCount === undefined ? {} : { droppedAttributesCount };
}

function counted(count: number): number | undefined {
  // A uint32 on the wire.
  return count > 0 ? Math.min(count, 0xffff_ffff) : undefined;
}
