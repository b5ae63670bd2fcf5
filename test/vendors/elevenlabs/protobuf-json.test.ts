import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProtobufJson } from '../../../src/vendors/elevenlabs/protobuf-json.ts';
import {
  AGENT,
  conversation,
  otlp,
  root,
  row,
  span,
  TRACE_ID,
  trace,
  turn,
  USER,
} from './elevenlabs-payload.ts';

type Json = Record<string, unknown>;

const SPANS = [
  root(60, { 'elevenlabs.source': 'post_call_webhook' }, { kind: 1, parentSpanId: null }),
  turn(0, USER, [0, 4], {
    'elevenlabs.user.text': 'Hi.',
    x: { arrayValue: { values: [{ intValue: '1' }] } },
  }),
  turn(1, AGENT, [4, 9], {
    y: { kvlistValue: { values: [{ key: 'string_value', value: { boolValue: true } }] } },
  }),
  span(
    't',
    'turn1',
    'elevenlabs.tool.find',
    [5, 6],
    {},
    {
      kind: 3,
      status: { code: 2 },
      events: [{ timeUnixNano: '1', name: 'e', attributes: [], droppedAttributesCount: 1 }],
      links: [{ traceId: TRACE_ID, spanId: '00f067aa0ba902b7', traceState: '', attributes: [] }],
      droppedLinksCount: 1,
    },
  ),
];
const OTLP = otlp(SPANS);

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const CODES = ['UNSET', 'OK', 'ERROR'];
/** What a stock protobuf library may make of it. */
const MAPPINGS: Readonly<Record<string, (key: string, value: unknown) => [string, unknown]>> = {
  'snake case': (key, value) => [
    isAny(key) ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key,
    value,
  ],
  base64: (key, value) => [key, base64(key, value, (text) => text)],
  'base64 of the URL-safe alphabet': (key, value) => [
    key,
    base64(key, value, (text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ],
  'base64 without padding': (key, value) => [key, base64(key, value, (text) => text.replace(/=+$/, ''))],
  'names of kinds': (key, value) => [key, key === 'kind' ? `SPAN_KIND_${KINDS[Number(value)]}` : value],
  'names of codes': (key, value) => [key, key === 'code' ? `STATUS_CODE_${CODES[Number(value)]}` : value],
};

function isAny(key: string): boolean {
  return /^[a-z]+(?:[A-Z][a-z]+)+$/.test(key);
}

function base64(key: string, value: unknown, spelt: (text: string) => string): unknown {
  if (!/^(?:trace|span|parentSpan|parent_span|trace_|span_)_?[iI]d$/.test(key) || typeof value !== 'string')
    return value;
  return spelt(Buffer.from(value, 'hex').toString('base64'));
}

function map(value: unknown, mapping: (key: string, value: unknown) => [string, unknown]): unknown {
  if (Array.isArray(value)) return value.map((member) => map(member, mapping));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => mapping(key, map(member, mapping))));
}

describe('OTLP in protobuf’s own JSON mapping', () => {
  it.each(Object.keys(MAPPINGS))('is read as OTLP/JSON: %s', (name) => {
    const mapped = map(OTLP, MAPPINGS[name] as (typeof MAPPINGS)[string]);
    expect(mapped).not.toEqual(OTLP);
    expect(readProtobufJson(mapped)).toEqual(OTLP);
  });

  it('is read whatever of it is written so, and wherever', () => {
    // An id is written in one way, the rest in any together, and names here so and there so.
    const [ids, others] = [/base64/, /snake|names/].map((kind) =>
      Object.keys(MAPPINGS).filter((name) => kind.test(name)),
    );
    const some = fc.tuple(fc.option(fc.constantFrom(...(ids ?? []))), fc.subarray(others ?? []));
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.boolean()), ([id, rest], stream) => {
        const mapped = [...(id === null ? [] : [id]), ...rest].reduce<unknown>(
          (value, name) =>
            map(value, (key, member) => {
              const isSo = name !== 'snake case' || stream.next().value;
              return isSo ? (MAPPINGS[name]?.(key, member) ?? [key, member]) : [key, member];
            }),
          OTLP,
        );
        expect(readProtobufJson(mapped)).toEqual(OTLP);
      }),
    );
  });

  it('makes the very same trace', () => {
    const rows = [row('user', 'Hi.', 0), row('agent', 'Yes?', 4)];
    const payload = conversation({ rows, spans: SPANS });
    for (const mapping of Object.values(MAPPINGS)) {
      const mapped = { ...payload, otlp_traces: map(OTLP, mapping) };
      expect(trace(mapped, { content: 'full' }).spans).toEqual(trace(payload, { content: 'full' }).spans);
    }
  });

  it('is left alone where it is OTLP/JSON: not even copied', () => {
    expect(readProtobufJson(OTLP)).toBe(OTLP);
    const upper = otlp([{ ...root(), traceId: '0AF76519-16CD-43DD-8448-EB211C80319C', kind: 9 }]);
    expect(readProtobufJson(upper)).toBe(upper);
  });

  it('keeps what is a name of the sender’s own, and takes OTLP/JSON’s field of two', () => {
    const attributes = [{ key: 'trace_id', value: { string_value: 'start_time_unix_nano' } }];
    const read = readProtobufJson(otlp([{ ...root(), attributes, start_time_unix_nano: '5' }]));
    const [only] = ((read as Json).resourceSpans as [{ scopeSpans: [{ spans: Json[] }] }])[0].scopeSpans[0]
      .spans;
    expect(only?.attributes).toEqual([{ key: 'trace_id', value: { stringValue: 'start_time_unix_nano' } }]);
    expect(only?.startTimeUnixNano).toBe(root().startTimeUnixNano);
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        readProtobufJson({ resource_spans: [{ scope_spans: [{ spans: [value] }, value] }, value] });
        readProtobufJson(value);
      }),
    );
  });
});
