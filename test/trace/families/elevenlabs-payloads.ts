import * as eleven from '../../vendors/elevenlabs/elevenlabs-payload.ts';
import { type Json, times } from './family.ts';

export function id(index: number): string {
  return (index + 1).toString(16).padStart(16, '0');
}

/** A span of the vendor's with ids that are numbers: there are more than words would be unique for. */
export function span(
  index: number,
  parent: number | undefined,
  name: string,
  values: Json = {},
  more: Json = {},
): Json {
  return {
    traceId: eleven.TRACE_ID,
    spanId: id(index),
    ...(parent === undefined ? {} : { parentSpanId: id(parent) }),
    name,
    startTimeUnixNano: eleven.nano(1),
    endTimeUnixNano: eleven.nano(2),
    attributes: eleven.attributes(values),
    status: { code: 1 },
    ...more,
  };
}

const ROOT = span(0, undefined, eleven.ROOT);

/** A conversation of the root and these. */
export function spans(children: readonly Json[], parts: { rows?: readonly Json[]; more?: Json } = {}): Json {
  return eleven.conversation({ spans: [ROOT, ...children], ...parts });
}

export function rows(size: number, make: (index: number) => Json, more: Json = {}): Json {
  return eleven.conversation({ rows: times(size, make), more });
}
