import { isObject } from '../../json/reading.ts';

/**
 * OTLP as protobuf's own JSON mapping writes it: field names in snake case, ids in base64 (also of the URL-safe
 * alphabet), enumerations by name. OTLP/JSON has lowerCamelCase, hex and numbers instead (specification, "JSON
 * Protobuf Encoding"), and a sender that hands messages to a stock protobuf library has not heard of that.
 */

const HOLDER: Names = { dropped_attributes_count: 'droppedAttributesCount' };
const SPANS: Names = { schema_url: 'schemaUrl' };
const RESOURCE_SPANS: Names = { ...SPANS, scope_spans: 'scopeSpans' };
const TRACES: Names = { resource_spans: 'resourceSpans' };
const CONTEXT: Names = { ...HOLDER, trace_id: 'traceId', span_id: 'spanId', trace_state: 'traceState' };
const EVENT: Names = { ...HOLDER, time_unix_nano: 'timeUnixNano' };
const SPAN: Names = {
  ...CONTEXT,
  parent_span_id: 'parentSpanId',
  start_time_unix_nano: 'startTimeUnixNano',
  end_time_unix_nano: 'endTimeUnixNano',
  dropped_events_count: 'droppedEventsCount',
  dropped_links_count: 'droppedLinksCount',
};
const VALUE: Names = {
  string_value: 'stringValue',
  bool_value: 'boolValue',
  int_value: 'intValue',
  double_value: 'doubleValue',
  bytes_value: 'bytesValue',
  array_value: 'arrayValue',
  kvlist_value: 'kvlistValue',
};

/** Enumerations by name, each in the place of its number. */
export const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
);
export const STATUS_CODES = ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`);

/** Deeper than any attribute nests; a hostile one must not exhaust the stack. */
const DEEPEST = 64;

/** `traces` in the names, ids and numbers of OTLP/JSON: the very same value where it has them already. */
export function readProtobufJson(traces: unknown): unknown {
  return change(renamed(traces, TRACES), 'resourceSpans', each(resourceSpans));
}

function resourceSpans(value: unknown): unknown {
  const named = change(renamed(value, RESOURCE_SPANS), 'resource', holder);
  return change(named, 'scopeSpans', each(scopeSpans));
}

function scopeSpans(value: unknown): unknown {
  return change(change(renamed(value, SPANS), 'scope', holder), 'spans', each(span));
}

function span(value: unknown): unknown {
  if (isOtlpJson(value)) return value;
  let read = context(renamed(value, SPAN));
  read = change(read, 'parentSpanId', (id) => hexId(id, 8));
  read = change(read, 'kind', (kind) => numberOf(kind, SPAN_KINDS));
  read = change(read, 'status', (status) => change(status, 'code', (code) => numberOf(code, STATUS_CODES)));
  read = change(
    read,
    'events',
    each((event) => attributed(renamed(event, EVENT))),
  );
  read = change(
    read,
    'links',
    each((link) => attributed(context(renamed(link, CONTEXT)))),
  );
  return attributed(read);
}

/**
 * Whether a span has no name, id or enumeration of the other form: nearly all have none, and to look takes a third of
 * the time that changing nothing takes.
 */
function isOtlpJson(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const key in value) if (Object.hasOwn(SPAN, key)) return false;
  const { traceId, spanId, parentSpanId, kind, status, events, links, attributes } = value;
  if (!isHex(traceId, 32) || !isHex(spanId, 16) || !(parentSpanId == null || isHex(parentSpanId, 16)))
    return false;
  if (typeof kind === 'string' || (isObject(status) && typeof status.code === 'string')) return false;
  if (events != null || links != null) return false;
  return Array.isArray(attributes) && attributes.every(isPlain);
}

function isHex(id: unknown, digits: number): boolean {
  return typeof id === 'string' && id.length === digits;
}

/** An attribute with a value that nests no others. */
function isPlain(attribute: unknown): boolean {
  const value = isObject(attribute) ? attribute.value : undefined;
  if (!isObject(value)) return false;
  for (const key in value)
    if (key.includes('_') || key === 'arrayValue' || key === 'kvlistValue') return false;
  return true;
}

function context(value: unknown): unknown {
  return change(
    change(value, 'traceId', (id) => hexId(id, 16)),
    'spanId',
    (id) => hexId(id, 8),
  );
}

function holder(value: unknown): unknown {
  return attributed(renamed(value, HOLDER));
}

function attributed(value: unknown): unknown {
  return change(value, 'attributes', each(attribute));
}

function attribute(value: unknown, depth = 0): unknown {
  return change(value, 'value', (inner) => anyValue(inner, depth));
}

function anyValue(value: unknown, depth: number): unknown {
  const named = renamed(value, VALUE);
  if (!isObject(named) || depth >= DEEPEST) return named;
  if ('arrayValue' in named)
    return change(
      named,
      'arrayValue',
      members((member) => anyValue(member, depth + 1)),
    );
  if ('kvlistValue' in named)
    return change(
      named,
      'kvlistValue',
      members((member) => attribute(member, depth + 1)),
    );
  return named;
}

function members(read: (member: unknown) => unknown): (list: unknown) => unknown {
  return (list) => change(list, 'values', each(read));
}

type Names = Readonly<Record<string, string>>;

/** An object with fields under their names in OTLP/JSON; where one is there under both, that name counts. */
function renamed(value: unknown, names: Names): unknown {
  if (!isObject(value)) return value;
  let hasOther = false;
  for (const key in value) hasOther ||= Object.hasOwn(names, key);
  if (!hasOther) return value;
  const fields = Object.entries(value).flatMap(([key, field]): [string, unknown][] => {
    const name = Object.hasOwn(names, key) ? (names[key] ?? key) : key;
    return name === key || !Object.hasOwn(value, name) ? [[name, field]] : [];
  });
  return Object.fromEntries(fields);
}

/** An object with one field read otherwise: a new one only where that makes a difference. */
function change(value: unknown, key: string, read: (field: unknown) => unknown): unknown {
  if (!isObject(value) || value[key] == null) return value;
  const field = read(value[key]);
  return field === value[key] ? value : { ...value, [key]: field };
}

function each(read: (member: unknown) => unknown): (list: unknown) => unknown {
  return (list) => {
    if (!Array.isArray(list)) return list;
    let changed: unknown[] | undefined;
    for (const [index, given] of list.entries()) {
      const member = read(given);
      if (member !== given) changed ??= list.slice();
      if (changed) changed[index] = member;
    }
    return changed ?? list;
  };
}

/** An id of so many bytes, which in base64 is never as long as in hex. */
function hexId(id: unknown, bytes: number): unknown {
  if (typeof id !== 'string' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(id)) return id;
  const digits = id.replace(/=+$/, '');
  if (digits.length !== Math.ceil((bytes * 4) / 3)) return id;
  // Node reads both alphabets.
  return Buffer.from(digits, 'base64').toString('hex');
}

function numberOf(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'string') return value;
  const number = names.indexOf(value.toUpperCase());
  return number < 0 ? value : number;
}
