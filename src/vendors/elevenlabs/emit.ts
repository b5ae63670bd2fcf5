import type { AttributeValue } from '../../conversation.ts';
import { canonicalJson, compareText, sortCanonically } from '../../json/canonical.ts';
import { isObject, type Json, objects, text } from '../../json/reading.ts';
import type { Describer, Description } from '../../trace/describe.ts';
import type { EncodedSpans, SpanScope } from '../../trace/encode/encoded-spans.ts';
import type {
  AttributeBlock,
  AttributeSink,
  Envelope,
  Holder,
  LinkHead,
} from '../../trace/encode/span-encoder.ts';
import { TraceWriter } from '../../trace/encode/trace-writer.ts';
import { validSpanId, validTraceId } from '../../trace/ids.ts';
import type { OtlpAttribute } from '../../trace/otlp.ts';
import { encodeAttributes, sanitizeValue } from '../../trace/otlp-value.ts';
import { neverExported, redactValue } from '../../trace/redaction.ts';
import { MODEL_VERSION, SCOPE_NAME } from '../../trace/semconv.ts';
import type { TraceSettings } from '../../trace/settings.ts';
import { OWN_FLAGS, remoteFlags } from '../../trace/spans.ts';
import { type Placed, STATUS } from '../../trace/tree.ts';
import { statusCode } from './decorate.ts';
import {
  type ElevenLabsNode,
  type Group,
  readAttributes,
  readNanos,
  type SpanAttribute,
  type VendorSpan,
} from './span.ts';

/** Writes a decorated tree as OTLP: every vendor span in the resource and scope where it stood. */
export function emit(
  placed: readonly Placed<ElevenLabsNode>[],
  traceId: string,
  { settings, describer }: { readonly settings: TraceSettings; readonly describer: Describer },
): EncodedSpans {
  return new Emitter(traceId, settings, describer).emit(placed);
}

class Emitter {
  readonly #traceId: string;
  readonly #settings: TraceSettings;
  readonly #full: boolean;
  readonly #writer: TraceWriter;
  readonly #clean: (said: string) => string;
  readonly #scopes = new Map<Group, SpanScope>();
  /** Resources and scopes that say the same are one. */
  readonly #resources = new Map<string, Resource>();

  constructor(traceId: string, settings: TraceSettings, describer: Describer) {
    this.#traceId = traceId;
    this.#settings = settings;
    this.#full = settings.content === 'full';
    this.#writer = new TraceWriter(settings.encoding ?? 'json');
    this.#clean = (said) => describer.clean(said);
  }

  emit(placed: readonly Placed<ElevenLabsNode>[]): EncodedSpans {
    for (const { node, id, parentId } of placed) {
      if (node.vendor) this.#vendorSpan(node, node.vendor, id, parentId);
    }
    const home = placed.find(({ node }) => node.vendor)?.node.vendor?.group ?? NOWHERE;
    const own = this.#scopeIn(this.#resourceOf(home), OWN_SCOPE);
    for (const { node, id, parentId } of placed) if (!node.vendor) this.#ownSpan(node, own, id, parentId);
    return this.#writer.finish();
  }

  #vendorSpan(node: ElevenLabsNode, vendor: VendorSpan, id: string, parentId: string | undefined): void {
    const { raw } = vendor;
    const head = this.#head(node, id, parentId, this.#clean(node.name));
    this.#writer.startSpan(head);
    const dropped = this.#vendorAttributes(vendor, node.describe);
    const droppedEvents = this.#events(node, vendor);
    const droppedLinks = this.#links(node, vendor);
    const message = this.#full ? text((raw.status as Json | undefined)?.message) : undefined;
    const foot = {
      status: statusCode(node),
      message: message === undefined ? undefined : this.#clean(message),
      droppedAttributes: counted(dropped + this.#vendorsCount(raw.droppedAttributesCount)),
      droppedEvents: counted(droppedEvents + this.#vendorsCount(raw.droppedEventsCount)),
      droppedLinks: counted(droppedLinks + this.#vendorsCount(raw.droppedLinksCount)),
      ...(this.#full ? { ...contextFields(raw), others: this.#others(raw, SPAN_FIELDS) } : {}),
    };
    this.#writer.endSpan(head, foot, this.#scopeOf(vendor.group));
  }

  /** One that callspan has made: what the SDK would write of it. */
  #ownSpan(node: ElevenLabsNode, scope: SpanScope, id: string, parentId: string | undefined): void {
    const head = this.#head(node, id, parentId, node.name);
    this.#writer.startSpan(head);
    node.describe(this.#writer.encoder);
    this.#ownEvents(node);
    this.#ownLinks(node);
    const status = node.error ? STATUS.ERROR : STATUS.UNSET;
    const foot = { status, message: node.error?.message, flags: OWN_FLAGS };
    this.#writer.endSpan(head, foot, scope);
  }

  #head({ kind, start, end }: ElevenLabsNode, id: string, parentId: string | undefined, name: string) {
    return { traceId: this.#traceId, id, parentId, name, kind, start, end };
  }

  /** The vendor's that may go, then callspan's under keys that the vendor has not set. @returns how many may not go. */
  #vendorAttributes({ attributes, raw }: VendorSpan, own: Description): number {
    const { encoder } = this.#writer;
    let taken: Set<string> | undefined;
    let kept = 0;
    for (const { is, value: said } of this.#allowed(attributes)) {
      const value = sanitizeValue(said, this.#clean);
      if (value === undefined) continue;
      kept++;
      encoder.putValue(is.key, value);
      // None of callspan's has such a name.
      if (!is.key.startsWith('elevenlabs.')) taken = (taken ?? new Set()).add(is.key);
    }
    own(taken === undefined ? encoder : new Others(encoder, taken));
    return countObjects(raw.attributes) - kept;
  }

  /** Those of the vendor's that may go, by their keys: nobody promised that they are listed the same way twice. */
  #allowed(attributes: readonly SpanAttribute[]): SpanAttribute[] {
    const full = this.#full;
    return attributes
      .filter(
        ({ is, value }) => (full ? !is.isPrivate : is.isAllowed(value)) && this.#clean(is.key) === is.key,
      )
      .sort((one, other) => compareText(one.is.key, other.is.key));
  }

  /** The same as objects, of what is written once a conversation or only with content. */
  #holder(
    raw: unknown,
    added: readonly OtlpAttribute[] = [],
  ): { attributes: OtlpAttribute[]; dropped: number } {
    const kept = this.#allowed(readAttributes(raw)).flatMap(({ is, value: said }): OtlpAttribute[] => {
      const value = sanitizeValue(said, this.#clean);
      return value === undefined ? [] : [{ key: is.key, value }];
    });
    const taken = new Set(kept.map(({ key }) => key));
    const attributes = [...kept, ...added.filter(({ key }) => !taken.has(key))].sort((one, other) =>
      compareText(one.key, other.key),
    );
    return { attributes, dropped: Math.max(0, countObjects(raw) - kept.length) };
  }

  #events(node: ElevenLabsNode, vendor: VendorSpan): number {
    const given = countObjects(vendor.raw.events);
    const kept = this.#full ? objects(vendor.raw.events).flatMap((event) => this.#event(event, node)) : [];
    sortCanonically(kept);
    const { encoder } = this.#writer;
    for (const { name, timeUnixNano, attributes, dropped } of kept) {
      encoder.startEvent(name, BigInt(timeUnixNano));
      for (const { key, value } of attributes) encoder.putValue(key, value);
      encoder.endEvent(dropped);
    }
    this.#ownEvents(node);
    return given - kept.length;
  }

  #event(event: Json, node: ElevenLabsNode): VendorEvent[] {
    const name = text(event.name);
    if (name === undefined) return [];
    const timeUnixNano = String(readNanos(event.timeUnixNano) ?? node.start);
    return [{ timeUnixNano, name: this.#clean(name), ...this.#holder(event.attributes) }];
  }

  #ownEvents({ events = [] }: ElevenLabsNode): void {
    const { encoder } = this.#writer;
    for (const { name, time, describe } of events) {
      encoder.startEvent(name, time);
      describe(encoder);
      encoder.endEvent();
    }
  }

  #links(node: ElevenLabsNode, vendor: VendorSpan): number {
    const given = countObjects(vendor.raw.links);
    const kept = this.#full ? objects(vendor.raw.links).flatMap((link) => this.#link(link)) : [];
    sortCanonically(kept);
    const { encoder } = this.#writer;
    for (const { attributes, dropped, ...head } of kept) {
      encoder.startLink(head);
      for (const { key, value } of attributes) encoder.putValue(key, value);
      encoder.endLink(dropped);
    }
    this.#ownLinks(node);
    return given - kept.length;
  }

  #link(link: Json): VendorLink[] {
    const traceId = validTraceId(link.traceId);
    const spanId = validSpanId(link.spanId);
    if (traceId === undefined || spanId === undefined) return [];
    return [{ traceId, spanId, ...contextFields(link), ...this.#holder(link.attributes) }];
  }

  #ownLinks({ links = [] }: ElevenLabsNode): void {
    const { encoder } = this.#writer;
    for (const { traceId, spanId, flags } of links) {
      encoder.startLink({ traceId, spanId, flags: remoteFlags(flags) });
      encoder.endLink();
    }
  }

  #scopeOf(group: Group): SpanScope {
    let known = this.#scopes.get(group);
    if (known === undefined) {
      const { name, version } = group.scope;
      known = this.#scopeIn(this.#resourceOf(group), {
        ...(typeof name === 'string' ? { name: this.#clean(name) } : {}),
        ...(typeof version === 'string' ? { version: this.#clean(version) } : {}),
        ...this.#holder(group.scope.attributes),
        ...this.#fullOnly(group.scope, group.scopeSchemaUrl),
      });
      this.#scopes.set(group, known);
    }
    return known;
  }

  #resourceOf({ resource: raw, resourceSchemaUrl }: Group): Resource {
    const holder: Holder = {
      ...this.#holder(raw.attributes, encodeAttributes(this.#settings.resource)),
      ...this.#fullOnly(raw, resourceSchemaUrl),
    };
    const key = canonicalJson(holder);
    let known = this.#resources.get(key);
    if (known === undefined) {
      known = { envelope: this.#writer.encoder.resource(holder), scopes: new Map() };
      this.#resources.set(key, known);
    }
    return known;
  }

  #scopeIn({ envelope, scopes }: Resource, holder: Holder): SpanScope {
    const key = canonicalJson(holder);
    let known = scopes.get(key);
    if (known === undefined) {
      known = { resource: envelope, scope: this.#writer.encoder.scope(holder) };
      scopes.set(key, known);
    }
    return known;
  }

  #fullOnly(raw: Json, schemaUrl: unknown): Pick<Holder, 'others' | 'schemaUrl'> {
    if (!this.#full) return {};
    const url = text(schemaUrl);
    const others = this.#others(raw, HOLDER_FIELDS);
    return {
      ...(Object.keys(others).length === 0 ? {} : { others }),
      ...(url === undefined ? {} : { schemaUrl: this.#clean(url) }),
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
}

interface Resource {
  readonly envelope: Envelope;
  readonly scopes: Map<string, SpanScope>;
}

interface VendorEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly dropped: number;
}

interface VendorLink extends LinkHead {
  readonly attributes: readonly OtlpAttribute[];
  readonly dropped: number;
}

/** Puts what is not taken. */
class Others implements AttributeSink {
  readonly #sink: AttributeSink;
  readonly #taken: ReadonlySet<string>;

  constructor(sink: AttributeSink, taken: ReadonlySet<string>) {
    this.#sink = sink;
    this.#taken = taken;
  }

  put(key: string, value: AttributeValue): void {
    if (!this.#taken.has(key)) this.#sink.put(key, value);
  }

  putBlock(block: AttributeBlock): void {
    block(this);
  }
}

function countObjects(value: unknown): number {
  if (!Array.isArray(value)) return 0;
  let count = 0;
  for (const member of value) if (isObject(member)) count++;
  return count;
}

const OWN_SCOPE: Holder = { name: SCOPE_NAME, version: MODEL_VERSION, attributes: [], dropped: 0 };
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
function contextFields({ traceState, flags }: Json): Pick<LinkHead, 'traceState' | 'flags'> {
  return {
    ...(typeof traceState === 'string' ? { traceState } : {}),
    ...(typeof flags === 'number' && flags >= 0 && flags === flags >>> 0 ? { flags } : {}),
  };
}

/** A uint32 on the wire. */
function counted(count: number): number {
  return Math.min(Math.max(count, 0), 0xffff_ffff);
}
