import { describe, expect, it } from 'vitest';
import {
  AGENT,
  conversation,
  ID,
  otlp,
  root,
  row,
  span,
  talk,
  trace,
  translate,
  turn,
  USER,
  wait,
} from './elevenlabs-payload.ts';

type Json = Record<string, unknown>;

const ROWS = [row('agent', 'Hello.', 0), row('user', 'So?', 4), row('agent', 'Yes.', 8, wait(3))];

describe('every ElevenLabs span', () => {
  it('carries provider, conversation, session, agent and source', () => {
    for (const one of trace(talk(ROWS), { source: 'phone' }).spans) {
      expect(one.attributes).toMatchObject({
        'gen_ai.provider.name': 'elevenlabs',
        'gen_ai.conversation.id': ID,
        'session.id': ID,
        'gen_ai.agent.id': 'agent_1',
        'gen_ai.agent.name': 'Ada',
        'callspan.source': 'phone',
      });
    }
  });

  it('of an unknown name is an event, and keeps its name', () => {
    const made = trace(
      conversation({ spans: [root(), span('s', 'root', 'elevenlabs.workflow.node', [1, 2])] }),
    );
    expect(made.one('workflow.node').attributes['callspan.phase']).toBe('event');
  });

  it('says its timing only where callspan made it', () => {
    const timed = trace(talk(ROWS)).spans.filter((one) => 'callspan.timing' in one.attributes);
    expect(timed.map(({ name }) => name)).toEqual(['elevenlabs.response_latency']);
  });

  it('keeps a key that the vendor set', () => {
    const payload = talk(ROWS, { root: { 'session.id': 'mine', 'callspan.outcome': 'mine' } });
    expect(trace(payload, { content: 'full' }).root.attributes).toMatchObject({
      'session.id': 'mine',
      'callspan.outcome': 'mine',
    });
  });

  it.each([
    [5, 5],
    [1, 1],
    [0, 3],
    [6, 3],
    ['SPAN_KIND_SERVER', 2],
    ['SPAN_KIND_ODD', 3],
    [undefined, 3],
  ])('of the vendor’s kind %j has the kind %i, the table’s where it is not valid', (kind, expected) => {
    const made = trace(
      conversation({ spans: [root(60, {}, { kind }), { ...turn(0, AGENT, [0, 1]), kind }] }),
    );
    expect([made.root.kind, made.one(AGENT).kind]).toEqual([expected, expected]);
  });

  it('of a user, a tool or an unknown name is INTERNAL by itself', () => {
    const spans = [
      root(),
      turn(0, USER, [0, 1]),
      span('t', 'root', 'elevenlabs.tool.x', [1, 2]),
      span('o', 'root', 'other', [1, 2]),
    ];
    expect(trace(conversation({ spans })).spans.map(({ kind }) => kind)).toEqual([3, 1, 1, 1]);
  });
});

describe('who the agent is', () => {
  const id = (payload: Json) => trace(payload).root.attributes['gen_ai.agent.id'];

  it('is told by the JSON half, else by the root, else by the resource', () => {
    const spans = (values: Json) => ({ ...conversation({ spans: [root(60, values)] }), agent_id: null });
    expect(id(conversation({ spans: [root(60, { 'elevenlabs.agent_id': 'span' })] }))).toBe('agent_1');
    expect(id(spans({ 'elevenlabs.agent_id': 'span' }))).toBe('span');
    const payload = { ...spans({}), otlp_traces: otlp([root()], { 'elevenlabs.agent_id': 'resource' }) };
    expect(id(payload)).toBe('resource');
    expect(id(spans({}))).toBeUndefined();
  });

  it('is another one after a transfer, for the turns that it held, and has no name then', () => {
    const held = (agent_id: string) => ({ agent_metadata: { agent_id, version_id: 'v9' } });
    const rows = [
      row('agent', 'A', 0, held('agent_1')),
      row('user', 'B', 4),
      row('agent', 'C', 8, { ...held('agent_2'), ...wait(1, { convai_llm_service_ttfb: 0.2 }) }),
      row('user', 'D', 12),
      row('agent', 'E', 16, held('agent_1')),
    ];
    const made = trace(talk(rows));
    expect(
      made.spans
        .filter((one) => one.name.includes('.recv.'))
        .map((one) => [one.attributes['gen_ai.agent.id'], one.attributes['gen_ai.agent.name']]),
    ).toEqual([
      ['agent_1', 'Ada'],
      ['agent_1', 'Ada'],
      ['agent_2', undefined],
      ['agent_2', undefined],
      ['agent_1', 'Ada'],
    ]);
    for (const name of ['response_latency', 'llm_ttfb'])
      expect(made.one(name).attributes['gen_ai.agent.id']).toBe('agent_2');
    expect(translate(talk(rows)).conversation.turns[2]?.agent).toEqual({ id: 'agent_2', version: 'v9' });
  });

  it.each([
    [{ version_id: 'v1', branch_id: 'b1' }, {}, 'v1'],
    [{ branch_id: 'b1' }, {}, 'b1'],
    [{}, { 'elevenlabs.version_id': 'v2', 'elevenlabs.branch_id': 'b2' }, 'v2'],
    [{}, { 'elevenlabs.branch_id': 'b2' }, 'b2'],
    [{}, {}, undefined],
  ])('has as its version %o %o: %s', (more, values, version) => {
    expect(
      trace(conversation({ spans: [root(60, values)], more })).root.attributes['gen_ai.agent.version'],
    ).toBe(version);
  });
});

describe('the root of an ElevenLabs conversation', () => {
  const attributesOf = (metadata: Json, more: Json = {}) =>
    trace(talk(ROWS, { metadata, more })).root.attributes;

  it('is an invoked agent that speaks, at the vendor’s official host', () => {
    expect(attributesOf({})).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.output.type': 'speech',
      'server.address': 'api.elevenlabs.io',
      'callspan.phase': 'conversation',
    });
    expect(attributesOf({ text_only: true })['gen_ai.output.type']).toBe('text');
  });

  it('tells the whole conversation in numbers', () => {
    const made = attributesOf({
      cost_fiat: 0.125,
      queue_wait_secs: 1.5,
      main_language: 'pt-BR',
      phone_call: { direction: 'inbound' },
    });
    expect(made).toMatchObject({
      'callspan.turns': 2,
      'callspan.waits': 1,
      'callspan.wait.first_seconds': 3,
      'callspan.wait.mean_seconds': 3,
      'callspan.wait.max_seconds': 3,
      'callspan.slow': true,
      'callspan.unanswered': 0,
      'callspan.interruptions': 0,
      'callspan.tool_errors': 0,
      'callspan.cost.usd': 0.125,
      'callspan.queue_wait_seconds': 1.5,
      'callspan.language': 'pt-BR',
      'callspan.direction': 'inbound',
    });
    expect(made).not.toHaveProperty('callspan.silence.max_seconds');
  });

  it('takes the cost from the span where the JSON half has none, and no cost that is damaged', () => {
    const cost = (values: Json, metadata: Json = {}) =>
      trace(talk(ROWS, { root: values, metadata })).root.attributes['callspan.cost.usd'];
    expect(cost({ 'elevenlabs.cost_fiat': 0.25 })).toBe(0.25);
    expect(cost({ 'elevenlabs.cost_fiat': { intValue: '9223372036854775807' } })).toBeUndefined();
    expect(cost({}, { cost_fiat: -1 })).toBeUndefined();
    expect(cost({}, { cost_fiat: 1e300 })).toBeUndefined();
  });

  it('has no language and no direction that could be anything', () => {
    const made = attributesOf({ main_language: 'the one of Ada', phone_call: { direction: 'Ada' } });
    expect(made).not.toHaveProperty('callspan.language');
    expect(made).not.toHaveProperty('callspan.direction');
  });

  it('carries evaluation results as span events at its end', () => {
    const analysis = {
      call_successful: 'success',
      call_success_score: 0.9,
      evaluation_criteria_results: {
        polite: { criteria_id: 'polite', result: 'failure', rationale: 'It was rude to Ada.', score: 1 },
      },
      evaluation_criteria_results_list: [{ criteria_id: 'brief', result: 'Ada', rationale: 'x' }],
    };
    const made = trace(talk([...ROWS, row('agent', 'Bye.', 59)], { more: { analysis } }));
    expect(made.root.raw.events).toEqual(
      [
        { 'gen_ai.evaluation.name': 'brief', 'gen_ai.evaluation.score.label': 'other' },
        {
          'gen_ai.evaluation.name': 'polite',
          'gen_ai.evaluation.score.label': 'failure',
          'gen_ai.evaluation.score.value': 1,
        },
        {
          'gen_ai.evaluation.name': 'call_successful',
          'gen_ai.evaluation.score.label': 'success',
          'gen_ai.evaluation.score.value': 0.9,
        },
      ].map((values) => ({
        timeUnixNano: String(made.root.end),
        name: 'gen_ai.evaluation.result',
        attributes: expect.arrayContaining(
          Object.entries(values).map(([key, value]) => ({
            key,
            // A score is a double, also where it is whole.
            value: typeof value === 'string' ? { stringValue: value } : { doubleValue: value },
          })),
        ),
      })),
    );
    expect(JSON.stringify(made.root.raw)).not.toContain('rude');
    const full = trace(talk(ROWS, { more: { analysis } }), { content: 'full' });
    expect(JSON.stringify(full.root.raw.events)).toContain('It was rude to Ada.');
  });
});

describe('an agent turn', () => {
  const interrupted = (message: string | null, more: Json = {}) =>
    trace(talk([row('agent', message, 0, more)])).one(AGENT).attributes['turn.was_interrupted'];

  it('was interrupted by the vendor’s flag where that is a boolean, else by trailing dots', () => {
    expect(interrupted('Let me', { interrupted: true })).toBe(true);
    expect(interrupted('Let me...', { interrupted: false })).toBe(false);
    expect(interrupted('Let me... ', { interrupted: null })).toBe(true);
    expect(interrupted('Let me.', {})).toBe(false);
    expect(interrupted(null, {})).toBeUndefined();
  });

  it('is read with several voices too', () => {
    const more = { multivoice_message: { parts: [{ text: 'Let' }, { text: 'me...' }] } };
    expect(interrupted(null, more)).toBe(true);
  });
});
