/**
 * Strict reading of an OTLP/JSON trace request: stricter than collectors, which let a wrong payload through
 * and lose what they did not understand.
 */
import { checkAttributes } from './attributes.ts';
import type { Findings } from './findings.ts';

const REQUEST = new Set(['resourceSpans']);
const RESOURCE_SPANS = new Set(['resource', 'scopeSpans', 'schemaUrl']);
export const RESOURCE_FIELDS: ReadonlySet<string> = new Set(['attributes', 'droppedAttributesCount']);
export const SCOPE_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'version',
  'attributes',
  'droppedAttributesCount',
]);
const SCOPE_SPANS = new Set(['scope', 'spans', 'schemaUrl']);
const SPAN = new Set([
  'traceId',
  'spanId',
  'traceState',
  'parentSpanId',
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
const EVENT = new Set(['timeUnixNano', 'name', 'attributes', 'droppedAttributesCount']);
const LINK = new Set(['traceId', 'spanId', 'traceState', 'attributes', 'droppedAttributesCount', 'flags']);
const STATUS = new Set(['code', 'message']);

/** Finds everything that is wrong with a request. */
export function checkTraces(payload: unknown, findings: Findings): void {
  const request = findings.object(payload, 'request', REQUEST);
  if (request === undefined) return;
  const ids = new Set<string>();
  findings.list(request.resourceSpans, 'resourceSpans', true).forEach((item, place) => {
    const where = `resourceSpans[${place}]`;
    const group = findings.object(item, where, RESOURCE_SPANS);
    if (group === undefined) return;
    checkHolder(group.resource, `${where}.resource`, RESOURCE_FIELDS, findings);
    findings.text(group.schemaUrl, `${where}.schemaUrl`);
    findings.list(group.scopeSpans, `${where}.scopeSpans`, true).forEach((inner, innerPlace) => {
      checkScope(inner, `${where}.scopeSpans[${innerPlace}]`, ids, findings);
    });
  });
}

function checkScope(item: unknown, where: string, ids: Set<string>, findings: Findings): void {
  const group = findings.object(item, where, SCOPE_SPANS);
  if (group === undefined) return;
  checkHolder(group.scope, `${where}.scope`, SCOPE_FIELDS, findings);
  findings.text(group.schemaUrl, `${where}.schemaUrl`);
  findings.list(group.spans, `${where}.spans`, true).forEach((span, place) => {
    checkSpan(span, `${where}.spans[${place}]`, ids, findings);
  });
}

/** A resource or a scope. */
export function checkHolder(
  item: unknown,
  where: string,
  known: ReadonlySet<string>,
  findings: Findings,
): void {
  if (item === undefined) return;
  const holder = findings.object(item, where, known);
  if (holder === undefined) return;
  findings.text(holder.name, `${where}.name`);
  findings.text(holder.version, `${where}.version`);
  checkAttributes(holder.attributes, `${where}.attributes`, findings);
  findings.count(holder.droppedAttributesCount, `${where}.droppedAttributesCount`);
}

function checkSpan(item: unknown, where: string, ids: Set<string>, findings: Findings): void {
  const span = findings.object(item, where, SPAN);
  if (span === undefined) return;
  findings.id(span.traceId, `${where}.traceId`, 32);
  findings.id(span.spanId, `${where}.spanId`, 16);
  const id = `${String(span.traceId)}/${String(span.spanId)}`;
  if (ids.has(id)) findings.add(`${where}.spanId`, 'comes twice in one request');
  ids.add(id);
  if (span.parentSpanId !== undefined) findings.id(span.parentSpanId, `${where}.parentSpanId`, 16);
  if (span.parentSpanId !== undefined && span.parentSpanId === span.spanId) {
    findings.add(`${where}.parentSpanId`, 'must not be the span itself');
  }
  if (typeof span.name !== 'string' || span.name === '')
    findings.add(`${where}.name`, 'must be a string that is not empty');
  whole(span.kind, `${where}.kind`, 1, 5, findings);
  findings.text(span.traceState, `${where}.traceState`);
  const start = findings.nanos(span.startTimeUnixNano, `${where}.startTimeUnixNano`);
  const end = findings.nanos(span.endTimeUnixNano, `${where}.endTimeUnixNano`);
  if (start === 0n) findings.add(`${where}.startTimeUnixNano`, 'must not be zero');
  if (start !== undefined && end !== undefined && end < start) findings.add(where, 'ends before it starts');
  checkAttributes(span.attributes, `${where}.attributes`, findings);
  for (const name of [
    'droppedAttributesCount',
    'droppedEventsCount',
    'droppedLinksCount',
    'flags',
  ] as const) {
    findings.count(span[name], `${where}.${name}`);
  }
  findings.list(span.events, `${where}.events`).forEach((event, place) => {
    checkEvent(event, `${where}.events[${place}]`, findings);
  });
  findings.list(span.links, `${where}.links`).forEach((link, place) => {
    checkLink(link, `${where}.links[${place}]`, findings);
  });
  checkStatus(span.status, `${where}.status`, findings);
}

function checkEvent(item: unknown, where: string, findings: Findings): void {
  const event = findings.object(item, where, EVENT);
  if (event === undefined) return;
  findings.nanos(event.timeUnixNano, `${where}.timeUnixNano`);
  findings.text(event.name, `${where}.name`, true);
  checkAttributes(event.attributes, `${where}.attributes`, findings);
  findings.count(event.droppedAttributesCount, `${where}.droppedAttributesCount`);
}

function checkLink(item: unknown, where: string, findings: Findings): void {
  const link = findings.object(item, where, LINK);
  if (link === undefined) return;
  findings.id(link.traceId, `${where}.traceId`, 32);
  findings.id(link.spanId, `${where}.spanId`, 16);
  findings.text(link.traceState, `${where}.traceState`);
  checkAttributes(link.attributes, `${where}.attributes`, findings);
  findings.count(link.droppedAttributesCount, `${where}.droppedAttributesCount`);
  findings.count(link.flags, `${where}.flags`);
}

function checkStatus(item: unknown, where: string, findings: Findings): void {
  if (item === undefined) return;
  const status = findings.object(item, where, STATUS);
  if (status === undefined) return;
  if (status.code !== undefined) whole(status.code, `${where}.code`, 0, 2, findings);
  findings.text(status.message, `${where}.message`);
}

function whole(value: unknown, where: string, least: number, most: number, findings: Findings): void {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  if (!fits) findings.add(where, `must be a whole number from ${least} to ${most}`);
}
