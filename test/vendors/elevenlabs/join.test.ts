import { describe, expect, it } from 'vitest';
import {
  AGENT,
  conversation,
  root,
  row,
  span,
  talk,
  trace,
  translate,
  turn,
  USER,
  usage,
  wait,
} from './elevenlabs-payload.ts';

type Json = Record<string, unknown>;

function call(id: string, name = 'lookup', params = '{}', more: Json = {}): Json {
  return { request_id: id, tool_name: name, params_as_json: params, ...more };
}

function result(id: string, more: Json = {}): Json {
  return { request_id: id, tool_name: 'lookup', result_value: 'done', is_error: false, ...more };
}

function tool(id: string, parent: string, values: Json = {}, name = 'lookup', more: Json = {}): Json {
  return span(id, parent, `elevenlabs.tool.${name}`, [8, 9], values, more);
}

/** An agent turn at 8 s whose row calls these tools, and the spans of tools below it. */
function calling(
  calls: readonly Json[],
  spans: readonly Json[],
  results: readonly Json[] = [],
  later: readonly Json[] = [],
) {
  const rows = [row('agent', 'One moment.', 8, { tool_calls: calls, tool_results: results }), ...later];
  return trace(conversation({ rows, spans: [root(), turn(0, AGENT, [8, 20]), ...spans] }), {
    content: 'full',
  });
}

describe('a turn span finds its transcript row', () => {
  it('by elevenlabs.turn.index', () => {
    const rows = [row('user', 'A', 0), row('agent', 'B', 8, wait(1))];
    const made = trace(conversation({ rows, spans: [root(), turn(1, AGENT, [8, 9])] }));
    expect(made.one('response_latency').seconds).toBe(1);
  });

  it('by an index that counts entries which are no rows too', () => {
    const rows = [
      ...[null, row('user', 'A', 0), { role: 'narrator' }],
      ...[row('agent', 'B', 8, wait(1)), row('agent', 'C', 9)],
    ];
    const made = trace(conversation({ rows, spans: [root(), turn(3, AGENT, [8, 9])] }));
    expect(made.one('response_latency').seconds).toBe(1);
  });

  it('else as the n-th of its role, if there are as many rows as spans of that role', () => {
    const usage = (seconds: number) => ({ producing_llm: `of ${seconds}` });
    const rows = [row('agent', 'A', 0, usage(0)), row('user', 'B', 4), row('agent', 'C', 8, usage(8))];
    const spans = [root(), span('a', 'root', AGENT, [0, 4]), span('c', 'root', AGENT, [8, 9])];
    const models = (list: readonly unknown[]) =>
      translate(conversation({ rows, spans: list })).conversation.turns.map((one) => one.model);
    expect(models(spans)).toEqual(['of 0', 'of 8']);
    expect(models(spans.slice(0, 2))).toEqual([undefined]);
  });

  it('else as the n-th of its role where the index points at a row of the other role', () => {
    const rows = [row('user', 'A', 0), row('agent', 'B', 8, { producing_llm: 'm' })];
    const spans = [root(), turn(5, USER, [0, 8]), turn(0, AGENT, [8, 9])];
    expect(trace(conversation({ rows, spans })).one(AGENT).attributes['gen_ai.request.model']).toBe('m');
  });
});

describe('a tool span finds its call', () => {
  const ids = (made: ReturnType<typeof calling>) =>
    made.spans
      .filter((one) => one.name.includes('.tool.'))
      .map((one) => [one.attributes.x, one.attributes['gen_ai.tool.call.id']]);

  it('by equal parameters', () => {
    const spans = [
      tool('a', 'turn0', { x: 'a', 'elevenlabs.tool.params': '{"n":2}' }),
      tool('b', 'turn0', { x: 'b', 'elevenlabs.tool.params': '{"n":1}' }),
    ];
    expect(ids(calling([call('r1', 'lookup', '{"n":1}'), call('r2', 'lookup', '{"n":2}')], spans))).toEqual(
      expect.arrayContaining([
        ['a', 'r2'],
        ['b', 'r1'],
      ]),
    );
  });

  it.each([
    ['other white space and key order', '{ "b": [1, 2],  "a": null }'],
    ['as Python prints them', "{'a': None, 'b': [1, 2]}"],
  ])('by parameters that are equal but for %s', (_, params) => {
    const spans = [
      tool('a', 'turn0', { x: 'a', 'elevenlabs.tool.params': '{"n":9}' }),
      tool('b', 'turn0', { x: 'b', 'elevenlabs.tool.params': params }),
    ];
    expect(
      ids(calling([call('r1', 'lookup', '{"a":null,"b":[1,2]}'), call('r2', 'lookup', '{}')], spans)),
    ).toContainEqual(['b', 'r1']);
  });

  it.each(['params', 'arguments', 'parameters', 'input'])('by parameters under elevenlabs.tool.%s', (key) => {
    const spans = [tool('a', 'turn0', { x: 'a', [`elevenlabs.tool.${key}`]: '{"n":2}' })];
    expect(ids(calling([call('r1', 'lookup', '{"n":1}'), call('r2', 'lookup', '{"n":2}')], spans))).toEqual([
      ['a', 'r2'],
    ]);
  });

  it('by parameters that the vendor cut off after 4 KB', () => {
    const [one, two] = ['1', '2'].map((digit) => JSON.stringify({ q: digit.repeat(5000) }));
    const cut = String(two).slice(0, 4096);
    expect(
      ids(
        calling(
          [call('r1', 'lookup', one), call('r2', 'lookup', two)],
          [tool('a', 'turn0', { x: 'a', 'elevenlabs.tool.params': cut })],
        ),
      ),
    ).toEqual([['a', 'r2']]);
  });

  it('else as the n-th of its name in the row', () => {
    const spans = [
      tool('a', 'turn0', { x: 'a' }),
      tool('b', 'turn0', { x: 'b' }),
      tool('c', 'turn0', { x: 'c' }, 'other'),
    ];
    expect(ids(calling([call('r0', 'other'), call('r1'), call('r2')], spans))).toEqual([
      ['a', 'r1'],
      ['b', 'r2'],
      ['c', 'r0'],
    ]);
  });

  it('by the name that it carries, else by its span’s', () => {
    expect(
      ids(calling([call('r1', 'real')], [tool('a', 'turn0', { x: 'a', 'elevenlabs.tool.name': 'real' })])),
    ).toEqual([['a', 'r1']]);
  });

  it('wherever in the transcript, for a tool span under no turn', () => {
    const made = calling([call('r1')], [tool('a', 'root', { x: 'a' })], [result('r1', { is_error: true })]);
    expect(ids(made)).toEqual([['a', 'r1']]);
    expect(made.one('tool.lookup').status).toBe(2);
  });

  it('a call that has no span makes none, but is counted', () => {
    const payload = conversation({
      rows: [
        row('agent', 'A', 8, { tool_calls: [call('r1')], tool_results: [result('r1', { is_error: true })] }),
      ],
      spans: [root(), turn(0, AGENT, [8, 9])],
    });
    expect(
      trace(payload)
        .names()
        .some((name) => name.includes('tool')),
    ).toBe(false);
    expect(trace(payload).root.attributes['callspan.tool_errors']).toBe(1);
    expect(translate(payload).conversation.turns[0]?.tools).toHaveLength(1);
  });
});

describe('a result finds its call', () => {
  const answered = (results: readonly Json[], later: readonly Json[] = []) =>
    calling([call('r1')], [tool('a', 'turn0')], results, later).one('tool.lookup').attributes[
      'gen_ai.tool.call.result'
    ];

  it('by request_id in its row or a later one; the last one counts', () => {
    const later = row('agent', 'B', 9, {
      tool_results: [result('r1', { result_value: 'final' }), result('r2', { result_value: 'other' })],
    });
    expect(answered([result('r1', { result_value: 'dispatched' })])).toBe('dispatched');
    expect(answered([result('r1', { result_value: 'dispatched' })], [later])).toBe('final');
  });

  it('never in an earlier row', () => {
    const rows = [
      row('agent', 'A', 4, { tool_results: [result('r1', { result_value: 'of another' })] }),
      row('agent', 'B', 8, { tool_calls: [call('r1')] }),
    ];
    const spans = [root(), turn(0, AGENT, [4, 8]), turn(1, AGENT, [8, 9]), tool('a', 'turn1')];
    expect(
      trace(conversation({ rows, spans }), { content: 'full' }).one('tool.lookup').attributes,
    ).not.toHaveProperty('gen_ai.tool.call.result');
    expect(
      trace(conversation({ rows }), { content: 'full' }).one('tool.lookup').attributes,
    ).not.toHaveProperty('gen_ai.tool.call.result');
  });
});

describe('a tool', () => {
  const made = (resultMore: Json, values: Json = {}, callMore: Json = {}, spanMore: Json = {}) =>
    calling(
      [call('r1', 'lookup', '{}', callMore)],
      [tool('a', 'turn0', values, 'lookup', spanMore)],
      [result('r1', resultMore)],
    ).one('tool.lookup');

  it('is executed: with its name, its call’s id and how long it took', () => {
    const one = made({ tool_latency_secs: 0.25, type: 'webhook' });
    expect(one.attributes).toMatchObject({
      'callspan.phase': 'tool',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'lookup',
      'gen_ai.tool.call.id': 'r1',
      'gen_ai.tool.type': 'extension',
      'callspan.tool.seconds': 0.25,
    });
    expect([one.kind, one.status, one.seconds]).toEqual([1, 1, 1]);
    expect(one.attributes).not.toHaveProperty('error.type');
  });

  it('is a function only where it is the client’s', () => {
    expect(made({}, {}, { type: 'client' }).attributes['gen_ai.tool.type']).toBe('function');
    expect(made({ type: 'client' }).attributes['gen_ai.tool.type']).toBe('function');
    expect(made({}).attributes['gen_ai.tool.type']).toBe('extension');
  });

  it('took what its span says where the JSON half does not', () => {
    expect(made({}, { 'elevenlabs.tool.latency_ms': 1500 }).attributes['callspan.tool.seconds']).toBe(1.5);
  });

  it.each([
    ['timeout', 'timeout'],
    ['http_500', 'http_500'],
    ['Connection refused by 10.0.0.1', 'tool_error'],
    ['HTTPError', 'tool_error'],
    [null, 'tool_error'],
  ])('that failed with %j is ERROR on its own span, not on the conversation: %s', (error_type, type) => {
    const failed = calling(
      [call('r1')],
      [tool('a', 'turn0')],
      [result('r1', { is_error: true, error_type })],
    );
    expect([failed.one('tool.lookup').status, failed.one('tool.lookup').attributes['error.type']]).toEqual([
      2,
      type,
    ]);
    expect([failed.root.status, failed.root.attributes['callspan.tool_errors']]).toEqual([1, 1]);
  });

  it('that failed by its span’s own word, where there is no result, is ERROR too', () => {
    const failed = calling([call('r1')], [tool('a', 'turn0', { 'elevenlabs.tool.status': 'error' })]).one(
      'tool.lookup',
    );
    expect([failed.status, failed.attributes['error.type']]).toEqual([2, 'tool_error']);
  });

  it('that did not fail keeps the vendor’s status', () => {
    expect(made({}, {}, {}, { status: {} }).status).toBe(0);
  });
});

describe('usage', () => {
  const model = (values: Json, more: Json = {}) =>
    trace(
      conversation({ rows: [row('agent', 'A', 0, more)], spans: [root(), turn(0, AGENT, [0, 1], values)] }),
    );
  const repr = (tokens: number, price: number) => `{'tokens': ${tokens}, 'price': ${price}}`;

  it('is read from the span’s Python literals: input has the cache reads and writes in it', () => {
    const values = {
      'elevenlabs.llm_usage.gpt-4.1.input': repr(692, 0.001),
      'elevenlabs.llm_usage.gpt-4.1.input_cache_read': repr(1585, 0.0005),
      'elevenlabs.llm_usage.gpt-4.1.input_cache_write': repr(10, 0.0001),
      'elevenlabs.llm_usage.gpt-4.1.output_total': repr(40, 0.0004),
    };
    const made = model(values);
    expect(made.one(AGENT).attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4.1',
      'gen_ai.usage.input_tokens': 2287,
      'gen_ai.usage.cache_read.input_tokens': 1585,
      'gen_ai.usage.output_tokens': 40,
      'callspan.cost.llm_usd': 0.002,
    });
    expect(made.root.attributes).toMatchObject({
      'callspan.tokens.input': 2287,
      'callspan.tokens.output': 40,
      'callspan.cost.llm_usd': 0.002,
    });
    for (const key of Object.keys(made.root.attributes)) expect(key).not.toMatch(/^gen_ai\.usage/);
  });

  it('is read from the JSON half, number by number, where the span has none', () => {
    const made = model(
      { 'elevenlabs.llm_usage.m.input': repr(5, 0.5), 'elevenlabs.llm_usage.m.output_total': 'unreadable' },
      usage('m', { input: 9, output_total: 7 }),
    );
    expect(made.one(AGENT).attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 7,
    });
  });

  it('a literal that does not parse is left alone, and only goes with content', () => {
    const values = { 'elevenlabs.llm_usage.m.input': "{'tokens': Ada}" };
    const payload = conversation({ spans: [root(), turn(0, AGENT, [0, 1], values)] });
    expect(trace(payload).one(AGENT).attributes).not.toHaveProperty(['elevenlabs.llm_usage.m.input']);
    expect(trace(payload, { content: 'full' }).one(AGENT).attributes['elevenlabs.llm_usage.m.input']).toBe(
      "{'tokens': Ada}",
    );
  });

  it('a literal with a number of a new name is read all the same', () => {
    expect(
      model({ 'elevenlabs.llm_usage.m.input': "{'tokens': 5, 'price': 0.5, 'audio_tokens': 3}" }).one(AGENT)
        .attributes['gen_ai.usage.input_tokens'],
    ).toBe(5);
  });

  it('names the model that the vendor says, else the only one that was used', () => {
    expect(
      model({ 'elevenlabs.producing_llm': 'a' }, { producing_llm: 'b' }).one(AGENT).attributes[
        'gen_ai.request.model'
      ],
    ).toBe('a');
    expect(model({}, { producing_llm: 'b' }).one(AGENT).attributes['gen_ai.request.model']).toBe('b');
    expect(model({}, usage('c', { input: 1 })).one(AGENT).attributes['gen_ai.request.model']).toBe('c');
    expect(model({}).one(AGENT).attributes).not.toHaveProperty('gen_ai.operation.name');
  });

  it('costs on the root what the vendor charges for models, else the sum of the turns', () => {
    const rows = [
      row('agent', 'A', 0, usage('m', { input: 1000 })),
      row('agent', 'B', 5, usage('m', { input: 500 })),
    ];
    const cost = (metadata: Json) => trace(talk(rows, { metadata })).root.attributes['callspan.cost.llm_usd'];
    expect(cost({})).toBe(0.0015);
    expect(cost({ charging: { llm_price: 0.25 } })).toBe(0.25);
    expect(cost({ charging: { llm_price: -1 } })).toBe(0.0015);
  });
});
