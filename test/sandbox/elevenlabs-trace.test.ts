import { describe, expect, it } from 'vitest';
import { elevenLabsConversation, truth } from '../../sandbox/index.ts';
import { attributes, EVERY, finished, one, rows, spans } from './elevenlabs-reading.ts';

describe('the trace that ElevenLabs exports', () => {
  it('has one id per conversation and new span ids at every export', () => {
    const call = one(4, 'rich');
    const first = spans(finished(call));
    const second = spans(finished(call));

    expect(first.length).toBeGreaterThan(10);
    expect(new Set([...first, ...second].map((span) => span.traceId))).toEqual(new Set([call.traceId]));
    const ids = new Set([...first, ...second].map((span) => span.spanId));
    expect(ids.size).toBe(first.length + second.length);
    expect([...ids].every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  });

  it('exports the same bytes when a test chooses the span ids', () => {
    const exported = () => {
      let next = 0;
      const spanIds = () => (++next).toString(16).padStart(16, '0');
      const call = one(4, 'rich');
      return JSON.stringify(
        elevenLabsConversation(call, { at: call.terminalAt, format: 'opentelemetry', spanIds }),
      );
    };
    expect(exported()).toBe(exported());
  });

  it('is a tree of root, one span a row, and one a tool under the row that called it', () => {
    for (const { call } of EVERY) {
      const conversation = finished(call);
      const all = spans(conversation);
      if (all.length === 0) continue;
      const [root, ...more] = all.filter(
        (span) => span.parentSpanId === undefined || span.parentSpanId === null,
      );
      expect(more).toEqual([]);
      expect(root?.name).toBe('elevenlabs.conversation');
      const turns = all.filter((span) => span.name.startsWith('elevenlabs.recv.'));
      expect(turns).toHaveLength(rows(conversation).length);
      expect(turns.every((span) => span.parentSpanId === root?.spanId)).toBe(true);
      const tools = all.filter((span) => span.name.startsWith('elevenlabs.tool.'));
      const holders = new Set(turns.map((span) => span.spanId));
      expect(tools.map((span) => span.name.slice('elevenlabs.tool.'.length)).sort()).toEqual(
        // What a workflow called in turn has no span of its own.
        (call.fate === 'exported' ? call.turns : [])
          .flatMap((turn) => turn.tools.map((tool) => tool.name))
          .sort(),
      );
      expect(tools.every((span) => holders.has(span.parentSpanId ?? ''))).toBe(true);
      for (const span of all) {
        expect(span.startTimeUnixNano).toMatch(/^\d{10}000000000$/);
        expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
      }
    }
  });

  it('marks every end as an error that is not a disconnection of the client', () => {
    const root = (scenario: string) =>
      spans(finished(one(0, scenario))).find((span) => span.name === 'elevenlabs.conversation');
    expect(root('connection-lost')?.status.code).toBe(1);
    expect(root('agent-hang-up')?.status.code).toBe(2);
    expect(root('failed-mid-call')?.status.code).toBe(2);
  });

  it('writes usage the way Python prints a dictionary, and the tokens add up to the truth', () => {
    let checked = 0;
    for (let index = 0; index < 80; index++) {
      const call = one(index, 'rich');
      if (call.traits.usageIn === 'json') continue;
      const usage = spans(finished(call)).flatMap((span) =>
        Object.entries(attributes(span)).filter(([key]) => key.startsWith('elevenlabs.llm_usage.')),
      );
      for (const [model, tokens] of Object.entries(truth(call).tokens)) {
        const sum = (kind: string) =>
          usage
            .filter(([key]) => key === `elevenlabs.llm_usage.${model}.${kind}`)
            .map(([, value]) =>
              /^\{'tokens': (\d+), 'price': (\d+\.\d+|\d(\.\d+)?e-\d\d)\}$/.exec(String(value)),
            )
            .reduce((total, match) => total + Number(match?.[1]), 0);
        expect(sum('input')).toBe(tokens.input);
        expect(sum('input_cache_read')).toBe(tokens.cacheRead);
        expect(sum('input_cache_write')).toBe(tokens.cacheWrite);
        expect(sum('output_total')).toBe(tokens.output);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(20);
  });

  it('uses the freedom of the format: kinds, parents, integers and keys come in several ways', () => {
    const kinds = new Set<unknown>();
    const parents = new Set<unknown>();
    const integers = new Set<unknown>();
    const keys = new Set<string>();
    for (let index = 0; index < 80; index++) {
      for (const span of spans(finished(one(index, 'tool-ok')))) {
        kinds.add(span.kind);
        if (span.name === 'elevenlabs.conversation') parents.add(span.parentSpanId);
        for (const { key, value } of span.attributes) {
          if ('intValue' in value) integers.add(typeof value.intValue);
          if (key.startsWith('elevenlabs.tool.')) keys.add(key.slice('elevenlabs.tool.'.length));
        }
      }
    }
    expect(kinds).toEqual(new Set([undefined, 0, 1, 3]));
    expect(parents).toEqual(new Set([undefined, null]));
    expect(integers).toEqual(new Set(['string', 'number']));
    expect([...keys].sort()).toEqual(
      [
        'arguments',
        'latency_ms',
        'name',
        'output',
        'parameters',
        'params',
        'response',
        'result',
        'status',
      ].sort(),
    );
  });

  it('is a skeleton without content, usage or metrics before the summer of 2026', () => {
    for (let index = 0; index < 20; index++) {
      const keys = spans(finished(one(index, 'skeleton'))).flatMap((span) => Object.keys(attributes(span)));
      const known = ['source', 'status', 'agent_id', 'turn.index'].map((key) => `elevenlabs.${key}`);
      expect(keys.filter((key) => !known.includes(key))).toEqual([]);
    }
  });

  it('carries what must never leave: signed links, phone numbers, a second copy of all that was said', () => {
    const found = { link: 0, phone: 0, history: 0, traceparent: 0 };
    for (let index = 0; index < 60; index++) {
      const call = one(index, 'rich');
      const text = JSON.stringify(spans(finished(call)));
      if (text.includes('X-Goog-Signature=')) found.link += 1;
      if (text.includes(call.person.phone)) found.phone += 1;
      if (text.includes('dynamic_variable.system__conversation_history')) found.history += 1;
      if (call.traceparent !== undefined && text.includes(call.traceparent)) found.traceparent += 1;
    }
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(0);
    expect(found.history).toBe(60);
  });

  it('cuts parameters and results of tools at 4 KB', () => {
    const lengths = Array.from({ length: 80 }, (_, index) => spans(finished(one(index, 'tool-ok'))))
      .flat()
      .filter((span) => span.name.startsWith('elevenlabs.tool.'))
      .flatMap((span) => Object.values(attributes(span)).map((value) => String(value).length));
    expect(Math.max(...lengths)).toBe(4096);
  });

  it.each(['no-otlp', 'failed-start'])('is null, absent or empty in %s', (scenario) => {
    const seen = new Set<string>();
    for (let index = 0; index < 60; index++) {
      const conversation = finished(one(index, scenario));
      const { otlp_traces: traces } = conversation;
      seen.add(
        'otlp_traces' in conversation
          ? JSON.stringify(traces).length > 40
            ? 'root'
            : JSON.stringify(traces)
          : 'absent',
      );
    }
    expect(seen).toContain('absent');
    expect(seen).toContain('null');
    expect(seen).toContain('{"resourceSpans":[]}');
  });

  it('passes the application’s trace context along somewhere, in the trace or beside it', () => {
    for (let index = 0; index < 80; index++) {
      const call = one(index, 'ordinary');
      if (call.traceparent === undefined) continue;
      expect(JSON.stringify(finished(call))).toContain(call.traceparent);
    }
  });
});
