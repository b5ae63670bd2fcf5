/**
 * OTLP/JSON traces as they travel: hex ids, nanoseconds as decimal strings, camelCase names.
 * Source: the OpenTelemetry protocol specification, "JSON Protobuf Encoding". Fields that a vendor adds and
 * this model does not name are carried along untouched.
 */

export interface OtlpTraces {
  resourceSpans: OtlpResourceSpans[];
}

interface OtlpResourceSpans {
  resource?: { attributes?: OtlpAttribute[]; droppedAttributesCount?: number };
  scopeSpans: OtlpScopeSpans[];
  schemaUrl?: string;
}

interface OtlpScopeSpans {
  scope?: { name?: string; version?: string; attributes?: OtlpAttribute[]; droppedAttributesCount?: number };
  spans: OtlpSpan[];
  schemaUrl?: string;
}

export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string | undefined;
  traceState?: string;
  flags?: number;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: OtlpAttribute[];
  droppedAttributesCount?: number | undefined;
  events?: OtlpEvent[] | undefined;
  droppedEventsCount?: number | undefined;
  links?: OtlpLink[] | undefined;
  droppedLinksCount?: number | undefined;
  status?: OtlpStatus;
}

export interface OtlpEvent {
  timeUnixNano: string;
  name: string;
  attributes?: OtlpAttribute[];
  droppedAttributesCount?: number;
}

export interface OtlpLink {
  traceId: string;
  spanId: string;
  traceState?: string;
  flags?: number;
  attributes?: OtlpAttribute[];
  droppedAttributesCount?: number;
}

interface OtlpStatus {
  /** 0 unset, 1 ok, 2 error. */
  code?: number;
  message?: string | undefined;
}

export interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}

/** One of the fields is set; an int64 may be a number or a decimal string, as the specification allows. */
export interface OtlpValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number | string;
  bytesValue?: string;
  arrayValue?: { values: OtlpValue[] };
  kvlistValue?: { values: OtlpAttribute[] };
}
