import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toOtlp } from '../../../src/trace/span-batch.ts';
import {
  AGENT,
  conversation,
  ID,
  otlp,
  ROOT,
  root,
  row,
  span,
  TRACE_ID,
  talk,
  trace,
  translate,
  turn,
  USER,
  wait,
} from './elevenlabs-payload.ts';

function idOf(key: string, traceId = TRACE_ID): string {
  return createHash('sha256').update(`${traceId}/${key}`).digest('hex').slice(0, 16);
}

const ROWS = [
  row('agent', 'Hello.', 0),
  row('user', 'Where is it?', 4),
  row('agent', 'In town.', 8, wait(1.5)),
];

describe('the trace id of an ElevenLabs conversation', () => {
  it("is the vendor's own, lower-cased", () => {
    const made = trace(conversation({ spans: [root(60, {}, { traceId: TRACE_ID.toUpperCase() })] }));
    expect(made.root.traceId).toBe(TRACE_ID);
  });

  it.each(['32_hex_chars', '0'.repeat(32), TRACE_ID.slice(1), null, 7])(
    'is the first 16 bytes of sha256("elevenlabs:" + conversation_id) where the vendor has %j',
    (traceId) => {
      const expected = createHash('sha256').update(`elevenlabs:${ID}`).digest('hex').slice(0, 32);
      expect(trace(conversation({ spans: [root(60, {}, { traceId })] })).root.traceId).toBe(expected);
    },
  );

  it("is the root's where spans have several", () => {
    const other = { traceId: '0'.repeat(31) + 1 };
    const spans = [span('a', 'root', AGENT, [1, 2], {}, other), root()];
    expect(new Set(trace(conversation({ spans })).spans.map(({ traceId }) => traceId))).toEqual(
      new Set([TRACE_ID]),
    );
  });

  it('is the least valid one where the root has none', () => {
    const spans = ['ff', 'aa', 'bb'].map((digits, index) =>
      span(`s${index}`, 'root', AGENT, [1, 2], {}, { traceId: digits.repeat(16) }),
    );
    expect(trace(conversation({ spans })).root.traceId).toBe('aa'.repeat(16));
  });
});

describe('the span ids of an ElevenLabs conversation', () => {
  it("are rewritten from the span's path, whatever the vendor drew", () => {
    const made = trace(talk(ROWS));
    expect(made.root.id).toBe(idOf('conversation'));
    expect(made.all(AGENT).map(({ id }) => id)).toEqual(
      [0, 1].map((n) => idOf(`conversation/${AGENT}#${n}`)),
    );
    expect(made.one('response_latency').id).toBe(idOf('conversation/elevenlabs.response_latency#0'));
  });

  it('are the same when the vendor draws other ids and lists the spans another way', () => {
    const payload = talk(ROWS);
    const spans = [root(), turn(0, AGENT, [0, 4]), turn(1, USER, [4, 8]), turn(2, AGENT, [8, 60])];
    const redrawn = spans
      .map((one) => ({
        ...one,
        spanId: flip(one.spanId),
        ...(one.parentSpanId ? { parentSpanId: flip(one.parentSpanId) } : {}),
      }))
      .reverse();
    const bytes = (otlp_traces: unknown) =>
      JSON.stringify(toOtlp(translate({ ...payload, otlp_traces }).batch));
    expect(bytes(otlp(redrawn))).toBe(bytes(otlp(spans)));
  });

  it('percent-encode %, / and # of a name in the key', () => {
    const made = trace(conversation({ spans: [root(), span('t', 'root', 'a/b#c%d', [1, 2])] }));
    expect(made.one('a/b#c%d').id).toBe(idOf('conversation/a%2Fb%23c%25d#0'));
  });

  it('come as parents first, with the waits in the order of the conversation', () => {
    const translated = translate(
      talk([...ROWS, row('user', 'Thanks.', 12), row('agent', 'Bye.', 14, wait(0.5))]),
    );
    const made = trace(talk([...ROWS, row('user', 'Thanks.', 12), row('agent', 'Bye.', 14, wait(0.5))]));
    expect(translated.spanIds[0]).toBe(made.root.id);
    expect(new Set(translated.spanIds)).toEqual(new Set(made.spans.map(({ id }) => id)));
    expect(translated.waitIds).toEqual(made.all('response_latency').map(({ id }) => id));
    expect(translated.lateIds).toEqual([]);
  });
});

function flip(id: unknown): string {
  return [...String(id)].reverse().join('');
}

describe('resource and scope of an ElevenLabs conversation', () => {
  it("are the vendor's as they came; what callspan adds carries the root's resource in its own scope", () => {
    const made = trace(talk(ROWS));
    const own = { 'service.name': 'elevenlabs-convai' };
    expect(made.spans.map(({ name, scope, resource }) => [name, scope, resource])).toEqual([
      [ROOT, 'elevenlabs.convai@1.0.0', own],
      [AGENT, 'elevenlabs.convai@1.0.0', own],
      [USER, 'elevenlabs.convai@1.0.0', own],
      [AGENT, 'elevenlabs.convai@1.0.0', own],
      ['elevenlabs.response_latency', 'callspan@2', own],
    ]);
    expect(toOtlp(translate(talk(ROWS)).batch).resourceSpans).toHaveLength(1);
  });

  it('stay those of each span where spans are spread over several', () => {
    const { resourceSpans } = otlp([turn(1, AGENT, [2, 4])], { 'service.version': '2' });
    const spread = {
      resourceSpans: [...(resourceSpans as unknown[]), ...(otlp([root()]).resourceSpans as unknown[])],
    };
    const made = trace({
      ...conversation({ rows: [row('user', 'So?', 0), row('agent', 'Hi.', 2, wait(0.1))] }),
      otlp_traces: spread,
    });
    expect(made.one(AGENT).resource).toHaveProperty(['service.version'], '2');
    expect(made.root.resource).not.toHaveProperty(['service.version']);
    expect(made.one('response_latency').resource).toEqual(made.root.resource);
  });

  it("add the user's attributes and never overwrite the vendor's", () => {
    const resource = { 'deployment.environment.name': 'prod', 'service.name': 'mine' };
    expect(trace(talk(ROWS), { resource }).root.resource).toEqual({
      'service.name': 'elevenlabs-convai',
      'deployment.environment.name': 'prod',
    });
  });
});

describe("the link to the application's trace", () => {
  const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
  const LINK = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', flags: 0x300 };

  it('is read from the dynamic variable traceparent', () => {
    const more = { conversation_initiation_client_data: { dynamic_variables: { traceparent: TRACEPARENT } } };
    expect(trace(talk(ROWS, { more })).root.raw.links).toEqual([LINK]);
  });

  it("is read from the root's attribute where the JSON half has none", () => {
    const payload = talk(ROWS, { root: { 'elevenlabs.dynamic_variable.traceparent': TRACEPARENT } });
    expect(trace(payload).root.raw.links).toEqual([LINK]);
  });

  it('is not made of anything else', () => {
    const more = {
      conversation_initiation_client_data: { dynamic_variables: { traceparent: 'none', tp: TRACEPARENT } },
    };
    expect(trace(talk(ROWS, { more })).root.raw).not.toHaveProperty('links');
  });
});
