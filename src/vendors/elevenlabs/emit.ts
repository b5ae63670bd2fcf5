import { canonicalJson, compareText } from '../../canonical.ts';
import type { Attributes } from '../../conversation.ts';
import { validSpanId, validTraceId } from '../../trace/ids.ts';
import type {
  OtlpAttribute,
  OtlpEvent,
  OtlpLink,
  OtlpResourceSpans,
  OtlpScopeSpans,
  OtlpSpan,
  OtlpTraces,
} from '../../trace/otlp.ts';
import { encodeSpan } from '../../trace/otlp-span.ts';
import { encodeAttributes, sanitizeValue } from '../../trace/otlp-value.ts';
import { neverExported, redact, redactValue } from '../../trace/redaction.ts';
import { MODEL_VERSION, SCOPE_NAME } from '../../trace/semconv.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import { remoteFlags } from '../../trace/spans.ts';
import type { Placed } from '../../trace/tree.ts';
import { type Json, objects, text } from '../json.ts';
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
    const { attributes, dropped } = this.#attributes(vendor.raw.attributes, node.attributes);
    const events = this.#events(node, vendor);
    const links = this.#links(node, vendor);
    const message = this.#full ? text((vendor.raw.status as Json | undefined)?.message) : undefined;
    return {
      traceId: this.#traceId,
      spanId: id,
      ...(parentId === undefined ? {} : { parentSpanId: parentId }),
      ...(this.#full ? { ...contextFields(vendor.raw), ...this.#others(vendor.raw, SPAN_FIELDS) } : {}),
      name: this.#clean(node.name),
      kind: node.kind,
      startTimeUnixNano: String(node.start),
      endTimeUnixNano: String(node.end),
      attributes,
      ...counted('droppedAttributesCount', dropped + this.#vendorsCount(vendor.raw.droppedAttributesCount)),
      ...events,
      ...links,
      status: { code: statusCode(node), ...(message === undefined ? {} : { message: this.#clean(message) }) },
    };
  }

  /** The vendor's that may go, then callspan's under keys that the vendor has not set. */
  #attributes(raw: unknown, added: Attributes): { attributes: OtlpAttribute[]; dropped: number } {
    const attributes: OtlpAttribute[] = [];
    const keys = new Set<string>();
    for (const [key, given] of readAttributes(raw)) {
      if (this.#full ? neverExported(key) : !isAllowed(key, given)) continue;
      const value = sanitizeValue(given, (said) => this.#clean(said));
      if (value === undefined) continue;
      keys.add(key);
      attributes.push({ key, value });
    }
    const dropped = objects(raw).length - attributes.length;
    for (const attribute of encodeAttributes(added)) if (!keys.has(attribute.key)) attributes.push(attribute);
    return { attributes: attributes.sort((one, other) => compareText(one.key, other.key)), dropped };
  }

  #events(node: ElevenLabsNode, vendor: VendorSpan): Pick<OtlpSpan, 'events' | 'droppedEventsCount'> {
    const vendors = objects(vendor.raw.events);
    const made = (node.events ?? []).map(
      (event): OtlpEvent => ({
        timeUnixNano: String(event.time),
        name: event.name,
        attributes: encodeAttributes(event.attributes),
      }),
    );
    const kept = this.#full ? vendors.flatMap((event) => this.#event(event, node)) : [];
    kept.sort((one, other) => compareText(canonicalJson(one), canonicalJson(other)));
    const events = [...kept, ...made];
    return {
      ...(events.length === 0 ? {} : { events }),
      ...counted(
        'droppedEventsCount',
        vendors.length - kept.length + this.#vendorsCount(vendor.raw.droppedEventsCount),
      ),
    };
  }

  #event(event: Json, node: ElevenLabsNode): OtlpEvent[] {
    const name = text(event.name);
    const { attributes, dropped } = this.#attributes(event.attributes, {});
    if (name === undefined) return [];
    return [
      {
        timeUnixNano: String(readNanos(event.timeUnixNano) ?? node.start),
        name: this.#clean(name),
        attributes,
        ...counted('droppedAttributesCount', dropped),
      },
    ];
  }

  #links(node: ElevenLabsNode, vendor: VendorSpan): Pick<OtlpSpan, 'links' | 'droppedLinksCount'> {
    const vendors = objects(vendor.raw.links);
    const kept = this.#full ? vendors.flatMap((link) => this.#link(link)) : [];
    kept.sort((one, other) => compareText(canonicalJson(one), canonicalJson(other)));
    const made = (node.links ?? []).map(
      ({ traceId, spanId, flags }): OtlpLink => ({ traceId, spanId, flags: remoteFlags(flags) }),
    );
    const links = [...kept, ...made];
    return {
      ...(links.length === 0 ? {} : { links }),
      ...counted(
        'droppedLinksCount',
        vendors.length - kept.length + this.#vendorsCount(vendor.raw.droppedLinksCount),
      ),
    };
  }

  #link(link: Json): OtlpLink[] {
    const traceId = validTraceId(link.traceId);
    const spanId = validSpanId(link.spanId);
    if (traceId === undefined || spanId === undefined) return [];
    const { attributes, dropped } = this.#attributes(link.attributes, {});
    return [
      { traceId, spanId, ...contextFields(link), attributes, ...counted('droppedAttributesCount', dropped) },
    ];
  }

  #resource(group: Group): OtlpResourceSpans {
    const { attributes, dropped } = this.#attributes(group.resource.attributes, this.#settings.resource);
    const schemaUrl = this.#full ? text(group.resourceSchemaUrl) : undefined;
    return {
      resource: {
        ...(this.#full ? this.#others(group.resource, HOLDER_FIELDS) : {}),
        attributes,
        ...counted('droppedAttributesCount', dropped),
      },
      scopeSpans: [],
      ...(schemaUrl === undefined ? {} : { schemaUrl: this.#clean(schemaUrl) }),
    };
  }

  #scope(group: Group): OtlpScopeSpans {
    const { name, version } = group.scope;
    const { attributes, dropped } = this.#attributes(group.scope.attributes, {});
    const schemaUrl = this.#full ? text(group.scopeSchemaUrl) : undefined;
    return {
      scope: {
        ...(this.#full ? this.#others(group.scope, HOLDER_FIELDS) : {}),
        ...(typeof name === 'string' ? { name: this.#clean(name) } : {}),
        ...(typeof version === 'string' ? { version: this.#clean(version) } : {}),
        ...(attributes.length === 0 ? {} : { attributes }),
        ...counted('droppedAttributesCount', dropped),
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

function counted<Key extends string>(key: Key, count: number): Partial<Record<Key, number>> {
  // A uint32 on the wire.
  return count > 0 ? ({ [key]: Math.min(count, 0xffff_ffff) } as Partial<Record<Key, number>>) : {};
}
