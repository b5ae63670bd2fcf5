import { describe, expect, it } from 'vitest';
import type { OtlpSpan } from '../../../src/trace/otlp.ts';
import { toOtlp } from '../../../src/trace/span-batch.ts';
import {
  AGENT,
  attributes,
  conversation,
  nano,
  otlp,
  root,
  row,
  span,
  talk,
  trace,
  translate,
  turn,
} from './elevenlabs-payload.ts';

type Json = Record<string, unknown>;

/** The first span's attributes that are the vendor's. */
function vendors(
  values: Json,
  content: 'none' | 'full' = 'none',
  secrets: string[] = [],
): Record<string, unknown> {
  const { attributes } = trace(conversation({ spans: [root(60, values)] }), { content, secrets }).root;
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key in values));
}

describe('content: none lets out of ElevenLabs’ attributes', () => {
  it('ids, statuses, models and other words of the list', () => {
    const listed = {
      'elevenlabs.conversation_id': 'c',
      'elevenlabs.agent_id': 'a',
      'elevenlabs.source': 'post_call_webhook',
      'elevenlabs.status': 'done',
      'elevenlabs.environment': 'production',
      'elevenlabs.branch_id': 'b',
      'elevenlabs.version_id': 'v',
      'elevenlabs.producing_llm': 'm',
      'elevenlabs.rag.embedding_model': 'e5',
      'elevenlabs.tool.name': 't',
      'elevenlabs.tool.status': 'success',
      'elevenlabs.analysis.call_successful': 'success',
      'service.version': '3',
    };
    expect(vendors(listed)).toEqual(listed);
  });

  it('numbers of the list, exactly as they came', () => {
    expect(
      vendors({
        'elevenlabs.session.duration_ms': { intValue: '9007199254740993' },
        'elevenlabs.turn.index': 3,
        'elevenlabs.cost_fiat': 0.125,
        'elevenlabs.rag.latency_ms': 12.5,
        'elevenlabs.tool.latency_ms': 7,
        'elevenlabs.metric.anything_at_all': 1.5,
      }),
    ).toEqual({
      'elevenlabs.session.duration_ms': '9007199254740993',
      'elevenlabs.turn.index': '3',
      'elevenlabs.cost_fiat': 0.125,
      'elevenlabs.rag.latency_ms': 12.5,
      'elevenlabs.tool.latency_ms': '7',
      'elevenlabs.metric.anything_at_all': 1.5,
    });
  });

  it('no text under the name of a number, and no list or truth under the name of a word', () => {
    expect(
      vendors({
        'elevenlabs.turn.index': 'Ada',
        'elevenlabs.cost_fiat': 'call me at 555',
        'elevenlabs.metric.x': 'Ada',
        'elevenlabs.status': true,
        'elevenlabs.tool.name': { arrayValue: { values: [{ stringValue: 'Ada' }] } },
        'elevenlabs.llm_usage.m.input': "{'tokens': 'Ada'}",
        'elevenlabs.llm_usage.m.note': "{'tokens': 1}",
        'elevenlabs.llm_usage.x.input': "{'tokens': 'Ada', 'tokens': 1}",
      }),
    ).toEqual({});
  });

  it.each([
    'elevenlabs.user_id',
    'elevenlabs.dynamic_variable.account',
    'elevenlabs.telephony.external_number',
    'elevenlabs.analysis.transcript_summary',
    'elevenlabs.user.text',
    'elevenlabs.tool.params',
    'elevenlabs.rag.retrieval_query',
    'elevenlabs.invented.tomorrow',
    'gen_ai.input.messages',
    'anything',
  ])('not %s, whatever its type', (key) => {
    for (const value of [
      'Ada',
      4111,
      4.5,
      true,
      { arrayValue: { values: [{ intValue: 4111 }] } },
      { kvlistValue: { values: attributes({ a: 1 }) } },
      { bytesValue: 'QWRh' },
    ]) {
      expect(vendors({ [key]: value })).toEqual({});
    }
  });

  it('and counts each attribute that it removed, on spans, resource and scope', () => {
    const payload = conversation({
      spans: [root(60, { a: 1, b: 'x', 'elevenlabs.status': 'done' }, { droppedAttributesCount: 99 })],
    });
    const traces = otlp(
      [root(60, { a: 1, b: 'x', 'elevenlabs.status': 'done' }, { droppedAttributesCount: 99 })],
      { private: 'x' },
    );
    const [group] = toOtlp(translate({ ...payload, otlp_traces: traces }).batch).resourceSpans;
    expect(group?.resource?.droppedAttributesCount).toBe(1);
    expect(group?.scopeSpans[0]?.spans[0]?.droppedAttributesCount).toBe(2);
  });

  it('no events, links, unknown fields, trace state or schema URLs; events and links in their own counts', () => {
    const more = {
      events: [{ name: 'said', timeUnixNano: nano(1), attributes: attributes({ text: 'Ada' }) }],
      links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }, 'no link'],
      traceState: 'ada=1',
      flags: 1,
      note: 'Ada',
    };
    const { raw } = trace(conversation({ spans: [root(60, {}, more)] })).root;
    expect(raw).toMatchObject({ droppedEventsCount: 1, droppedLinksCount: 1 });
    for (const key of ['events', 'links', 'traceState', 'flags', 'note']) expect(raw).not.toHaveProperty(key);
  });
});

describe('content: full', () => {
  it('keeps all of the payload', () => {
    const values = {
      'elevenlabs.user.text': 'Hi.',
      'elevenlabs.invented': 5,
      list: { arrayValue: { values: [{ boolValue: true }] } },
      map: { kvlistValue: { values: attributes({ a: 'x' }) } },
      bytes: { bytesValue: 'QWRh' },
    };
    expect(vendors(values, 'full')).toEqual({
      'elevenlabs.user.text': 'Hi.',
      'elevenlabs.invented': '5',
      list: [true],
      map: { a: 'x' },
      bytes: 'QWRh',
    });
  });

  it('keeps events, links, trace state and fields that OTLP may get tomorrow', () => {
    const more = {
      events: [{ name: 'said', timeUnixNano: nano(1), attributes: attributes({ text: 'Ada' }) }],
      links: [{ traceId: 'A'.repeat(32), spanId: 'b'.repeat(16), traceState: 'x=1', flags: 1 }],
      traceState: 'ada=1',
      flags: 257,
      droppedEventsCount: 4,
      note: { b: [1, 'x'], a: null },
    };
    const { raw } = trace(conversation({ spans: [root(60, {}, more)] }), { content: 'full' }).root;
    expect(raw).toMatchObject({
      events: [{ name: 'said', timeUnixNano: nano(1), attributes: attributes({ text: 'Ada' }) }],
      links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceState: 'x=1', flags: 1 }],
      traceState: 'ada=1',
      flags: 257,
      droppedEventsCount: 4,
      note: { b: [1, 'x'], a: null },
    });
  });

  it('drops what no reader of OTLP would take, and counts it', () => {
    const values = {
      nan: { doubleValue: 'NaN' },
      hex: { intValue: '0x10' },
      empty: {},
      bytes: { bytesValue: 'no base64!' },
    };
    const { raw } = trace(
      conversation({ spans: [root(60, values, { traceState: 5, flags: -1, links: [{ traceId: 'x' }] })] }),
      { content: 'full' },
    ).root;
    expect(raw.droppedAttributesCount).toBe(4);
    expect(raw.droppedLinksCount).toBe(1);
    expect(raw).not.toHaveProperty('traceState');
    expect(raw).not.toHaveProperty('flags');
  });

  it('makes no int64 of a number that is none', () => {
    const values = {
      huge: { intValue: 1e300 },
      half: { intValue: 1.5 },
      more: { intValue: '9223372036854775808' },
    };
    expect(vendors(values, 'full')).toEqual({ huge: 1e300, half: 1.5, more: 2 ** 63 });
    expect(
      trace(conversation({ spans: [root(60, { huge: { intValue: 1e300 } })] }), { content: 'full' }).root.raw
        .attributes,
    ).toContainEqual({ key: 'huge', value: { doubleValue: 1e300 } });
  });

  it('adds messages, the tool’s arguments and result', () => {
    const call = { request_id: 'r1', tool_name: 'lookup', params_as_json: '{"q":1}' };
    const result = { request_id: 'r1', tool_name: 'lookup', result_value: '[1]', is_error: false };
    const rows = [
      row('user', 'So?', 4),
      row('user', 'Well?', 6),
      row('agent', 'Yes.', 8, { tool_calls: [call], tool_results: [result] }),
    ];
    const payload = talk(rows);
    const spans = [
      root(),
      turn(0, 'elevenlabs.recv.user_transcript', [4, 6]),
      turn(1, 'elevenlabs.recv.user_transcript', [6, 8]),
      turn(2, AGENT, [8, 9]),
      span('t', 'turn2', 'elevenlabs.tool.lookup', [8, 9]),
    ];
    const made = trace({ ...payload, otlp_traces: otlp(spans) }, { content: 'full' });
    expect(JSON.parse(String(made.one(AGENT).attributes['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'So?' }] },
      { role: 'user', parts: [{ type: 'text', content: 'Well?' }] },
    ]);
    expect(JSON.parse(String(made.one(AGENT).attributes['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        finish_reason: 'tool_call',
        parts: [
          { type: 'text', content: 'Yes.' },
          { type: 'tool_call', id: 'r1', name: 'lookup', arguments: { q: 1 } },
        ],
      },
    ]);
    expect(made.one('tool.lookup').attributes).toMatchObject({
      'gen_ai.tool.call.arguments': '{"q":1}',
      'gen_ai.tool.call.result': '[1]',
    });
    const none = trace({ ...payload, otlp_traces: otlp(spans) });
    for (const { attributes } of none.spans)
      for (const key of Object.keys(attributes)) expect(key).not.toMatch(/messages|arguments|result/);
  });
});

describe('whatever the mode, nothing lets out', () => {
  const SIGNED = 'https://storage.example.com/call.mp3?X-Goog-Signature=abcdef0123456789';
  const modes = ['none', 'full'] as const;

  it.each(modes)('%s: a signed URL, inside a longer text or not', (content) => {
    expect(
      vendors({ 'elevenlabs.environment': SIGNED, 'elevenlabs.source': `see ${SIGNED} now` }, content),
    ).toEqual({ 'elevenlabs.environment': '[redacted]', 'elevenlabs.source': 'see [redacted] now' });
  });

  it.each(modes)('%s: a configured secret, in names too', (content) => {
    const payload = conversation({
      spans: [
        root(60, { 'elevenlabs.status': 'x hunter2-secret y' }),
        span('t', 'root', 'elevenlabs.tool.hunter2-secret', [1, 2]),
      ],
      more: { agent_name: 'hunter2-secret' },
    });
    expect(
      JSON.stringify(toOtlp(translate(payload, { content, secrets: ['hunter2-secret'] }).batch)),
    ).not.toContain('hunter2');
  });

  it('a field named as a callback, a room or a key, at any depth', () => {
    const values = {
      'elevenlabs.dynamic_variable.callback_url': 'https://app.example.com/plain',
      'elevenlabs.dynamic_variable.xi-api-key': 'k',
      map: { kvlistValue: { values: attributes({ webhook_url: 'https://app.example.com/inner', kept: 1 }) } },
      json: '{"conversation_url":"https://rooms.example.com/1","kept":{"api_key":12345}}',
    };
    expect(vendors(values, 'full')).toEqual({ map: { kept: '1' }, json: '{"kept":{}}' });
    const { raw } = trace(
      conversation({ spans: [root(60, {}, { note: { meeting_token: 't', kept: 1 } })] }),
      { content: 'full' },
    ).root;
    expect((raw as OtlpSpan & { note: unknown }).note).toEqual({ kept: 1 });
  });
});

it('what the vendor has set under a name of callspan’s stands there once, and is the vendor’s', () => {
  const payload = conversation({ spans: [root(60, { 'callspan.outcome': 'the vendor says so' })] });
  const { batch } = translate(payload, { content: 'full' });
  const said = toOtlp(batch)
    .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .flatMap(({ attributes = [] }) => attributes.filter(({ key }) => key === 'callspan.outcome'));
  expect(said.map(({ value }) => value)).toEqual([{ stringValue: 'the vendor says so' }]);
});
