import type { OtlpAttribute, OtlpSpan, OtlpTraces } from '../../src/trace/otlp.ts';

const START = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;

export function traces(spans: OtlpSpan[]): OtlpTraces {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

/** A span of an ElevenLabs conversation, unless `attributes` say otherwise; times in seconds since its start. */
export function span(
  id: string,
  parent: string | undefined,
  name: string,
  from: number,
  to: number,
  attributes: Record<string, string | number | boolean>,
  code = 0,
): OtlpSpan {
  const at = (seconds: number) => String(START + (BigInt(Math.round(seconds * 1000)) * SECOND) / 1000n);
  return {
    traceId: 'a'.repeat(32),
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name,
    kind: 1,
    startTimeUnixNano: at(from),
    endTimeUnixNano: at(to),
    attributes: Object.entries({
      'gen_ai.provider.name': 'elevenlabs',
      'gen_ai.conversation.id': 'conv_1',
      ...attributes,
    }).map(attribute),
    status: { code },
  };
}

function attribute([key, value]: [string, string | number | boolean]): OtlpAttribute {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  return { key, value: typeof value === 'boolean' ? { boolValue: value } : { doubleValue: value } };
}
