import { TraceFlags } from '@opentelemetry/api';
import type { Link } from '../conversation.ts';
import type { OtlpEvent, OtlpLink, OtlpSpan } from './otlp.ts';
import { remoteFlags } from './spans.ts';
import { type NodeEvent, type Placed, STATUS } from './tree.ts';

/** The parent is known, and known to be of this process: what the SDK writes of every span it makes. */
const FLAGS = TraceFlags.SAMPLED | 0x100;

/**
 * A placed node as OTLP/JSON, to the byte what the serializer makes of the SDK's span of it. Made by way of
 * the SDK, its text and back, it would cost more than all the rest of a conversation.
 */
export function encodeSpan({ node, id, parentId }: Placed, traceId: string): OtlpSpan {
  return {
    traceId,
    spanId: id,
    parentSpanId: parentId,
    name: node.name,
    kind: node.kind,
    startTimeUnixNano: String(node.start),
    endTimeUnixNano: String(node.end),
    attributes: node.attributes,
    droppedAttributesCount: 0,
    events: node.events?.map(encodeEvent) ?? [],
    droppedEventsCount: 0,
    status: node.error ? { code: STATUS.ERROR, ...node.error } : { code: STATUS.UNSET },
    links: node.links?.map(encodeLink) ?? [],
    droppedLinksCount: 0,
    flags: FLAGS,
  };
}

function encodeEvent({ name, time, attributes }: NodeEvent): OtlpEvent {
  return {
    attributes,
    name,
    timeUnixNano: String(time),
    droppedAttributesCount: 0,
  };
}

function encodeLink({ traceId, spanId, flags }: Link): OtlpLink {
  return { attributes: [], spanId, traceId, droppedAttributesCount: 0, flags: remoteFlags(flags) };
}
