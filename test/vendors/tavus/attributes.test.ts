import { describe, expect, it } from 'vitest';
import {
  agent,
  answer,
  call,
  calls,
  conversation,
  event,
  ID,
  joined,
  shutdown,
  talk,
  trace,
  user,
} from './tavus-payload.ts';

const ENTRIES = [
  agent('Hello.', 5, 1, { inference_id: 'i1' }),
  user('Where is it?', 7, 1),
  calls(9, call('c1')),
  answer('c1', 'in town', 10),
  agent('In town.', 11, 2),
  user('Thanks.', 12, 1),
];
const EVENTS = [event('application.recording_ready', 70, { duration: 14 })];
const PAYLOAD = talk(ENTRIES);
const WITH_EVENT = { ...PAYLOAD, events: [...(PAYLOAD.events as unknown[]), ...EVENTS] };
const INTERNAL = 1;
const CLIENT = 3;

describe('every Tavus span', () => {
  it('carries provider, conversation, session, agent and source', () => {
    for (const span of trace(WITH_EVENT, { source: 'avatars' }).spans) {
      expect(span.attributes).toMatchObject({
        'gen_ai.provider.name': 'tavus',
        'gen_ai.conversation.id': ID,
        'session.id': ID,
        'gen_ai.agent.id': 'p1',
        'callspan.source': 'avatars',
      });
    }
  });

  it('says what it is in callspan.phase, whatever its name', () => {
    const phases = trace(WITH_EVENT).spans.map((span) => [
      span.name,
      span.attributes['callspan.phase'],
      span.kind,
    ]);
    expect(new Set(phases.map((row) => row.join(' ')))).toEqual(
      new Set([
        `tavus.conversation conversation ${CLIENT}`,
        `tavus.replica_join join ${INTERNAL}`,
        `tavus.recv.agent_response agent_speech ${CLIENT}`,
        `tavus.recv.user_transcript user_speech ${INTERNAL}`,
        `tavus.response_latency response_latency ${INTERNAL}`,
        `tavus.tool.lookup tool ${INTERNAL}`,
        `tavus.event.recording_ready event ${INTERNAL}`,
      ]),
    );
  });

  it('carries callspan.timing, for callspan made it', () => {
    for (const span of trace(WITH_EVENT).spans)
      expect(span.attributes['callspan.timing']).toMatch(/^(measured|derived|estimated)$/);
  });

  it.each([
    [{ pal_id: 'pal' }, 'pal'],
    [{ pal_id: null, persona_id: 'persona' }, 'persona'],
    [{ persona_id: null, face_id: 'face' }, 'face'],
    [{ persona_id: null, face_id: '', replica_id: 'replica' }, 'replica'],
    [{ persona_id: null, replica_id: null }, undefined],
  ])('names as its agent the pal or persona, else the face or replica: %o', (names, id) => {
    expect(trace({ ...PAYLOAD, ...names }).root.attributes['gen_ai.agent.id']).toBe(id);
  });
});

describe('the root of a Tavus conversation', () => {
  it('tells the whole conversation in numbers', () => {
    expect(trace(PAYLOAD).root.attributes).toEqual({
      'gen_ai.provider.name': 'tavus',
      'gen_ai.conversation.id': ID,
      'session.id': ID,
      'gen_ai.agent.id': 'p1',
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.output.type': 'speech',
      'server.address': 'tavusapi.com',
      'callspan.source': 'test',
      'callspan.phase': 'conversation',
      'callspan.timing': 'measured',
      'callspan.outcome': 'completed',
      'callspan.end_reason': 'end_conversation_endpoint_hit',
      'callspan.turns': 3,
      'callspan.waits': 1,
      'callspan.waits.unmeasured': 0,
      'callspan.wait.first_seconds': 3,
      'callspan.wait.mean_seconds': 3,
      'callspan.wait.max_seconds': 3,
      'callspan.slow': true,
      'callspan.silence.max_seconds': 47,
      'callspan.unanswered': 1,
      'callspan.interruptions': 1,
      'callspan.first_word_seconds': 5,
      'callspan.talk.agent_seconds': 3,
      'callspan.talk.user_seconds': 2,
      'tavus.pal_id': 'p1',
      'tavus.face_id': 'r1',
      'tavus.shutdown_reason': 'end_conversation_endpoint_hit',
    });
  });

  it('says nothing of failed tools: Tavus does not know of them', () => {
    expect(trace(PAYLOAD).root.attributes).not.toHaveProperty('callspan.tool_errors');
  });

  it('is slow only if a wait was longer than two seconds', () => {
    const slow = (gap: number) =>
      trace(talk([user('Hi.', 5, 1), agent('Yes.', 6 + gap, 1)])).root.attributes['callspan.slow'];
    expect([slow(2), slow(2.000001)]).toEqual([false, true]);
  });

  it('has first, mean and longest wait, in the order of the conversation', () => {
    const entries = [
      user('a', 5, 1),
      agent('b', 7, 1),
      user('c', 9, 1),
      agent('d', 13, 1),
      user('e', 15, 1),
      agent('f', 16, 1),
    ];
    expect(trace(talk(entries)).root.attributes).toMatchObject({
      'callspan.waits': 3,
      'callspan.wait.first_seconds': 1,
      'callspan.wait.mean_seconds': 1.333333333,
      'callspan.wait.max_seconds': 3,
    });
  });

  it('has no wait, silence or talk of a conversation in which nothing was measured', () => {
    const { attributes } = trace(talk([user('Hi.'), agent('Yes.')])).root;
    expect(attributes).toMatchObject({
      'callspan.waits': 0,
      'callspan.unanswered': 0,
      'callspan.slow': false,
    });
    for (const key of Object.keys(attributes)) expect(key).not.toMatch(/wait\.|silence|talk|first_word/);
  });
});

describe('the spans of turns, tools and events', () => {
  it('an agent turn is a chat where a model produced it: an inference id or tool calls', () => {
    const made = trace(PAYLOAD).all('agent_response');
    expect(made.map((span) => span.attributes['gen_ai.operation.name'])).toEqual(['chat', 'chat', undefined]);
    expect(made[0]?.attributes['gen_ai.response.id']).toBe('i1');
  });

  it('a user turn has no operation, which would count a model call twice', () => {
    for (const span of trace(PAYLOAD).all('user_transcript')) {
      expect(span.attributes).not.toHaveProperty('gen_ai.operation.name');
    }
  });

  it('a tool is executed as a function', () => {
    expect(trace(PAYLOAD).one('tool.lookup').attributes).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'lookup',
      'gen_ai.tool.call.id': 'c1',
      'gen_ai.tool.type': 'function',
      'callspan.tool.seconds': 1,
      'turn.number': 2,
    });
  });

  it('a tool may be named on the call itself', () => {
    const flat = { id: 'c1', name: 'flat', arguments: { b: 2, a: 1 } };
    const tool = trace(talk([calls(9, flat)]), { content: 'full' }).one('tool.flat');
    expect(tool.attributes['gen_ai.tool.call.arguments']).toBe('{"a":1,"b":2}');
  });

  it('an event carries its properties only with content: numbers and truths as such, the rest as text', () => {
    const properties = {
      duration: 14,
      ok: true,
      note: 'x',
      list: [1, null],
      nested: { b: 1, a: 2 },
      gone: null,
      huge: 1e300,
    };
    const payload = conversation([
      joined(),
      shutdown(),
      event('application.recording_ready', 70, properties),
    ]);
    const keys = (content: 'none' | 'full') =>
      Object.fromEntries(
        Object.entries(trace(payload, { content }).one('recording_ready').attributes).filter(([key]) =>
          key.startsWith('tavus.properties.'),
        ),
      );
    expect(keys('none')).toEqual({});
    expect(keys('full')).toEqual({
      'tavus.properties.duration': 14,
      'tavus.properties.ok': true,
      'tavus.properties.note': 'x',
      'tavus.properties.list': '[1,null]',
      'tavus.properties.nested': '{"a":2,"b":1}',
      'tavus.properties.huge': '1e+300',
    });
  });
});

describe('content', () => {
  const PROMPT = 'You are a secret agent.';
  const entries = [{ role: 'system', content: PROMPT }, ...ENTRIES];

  it('adds messages: what the user said since the last agent entry, and what the agent said and called', () => {
    const [, calling, speaking] = trace(talk(entries), { content: 'full' }).all('agent_response');
    expect(JSON.parse(String(calling?.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'Where is it?' }] },
    ]);
    expect(JSON.parse(String(calling?.attributes['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'tool_call', name: 'lookup', id: 'c1', arguments: { q: 1 } }],
        finish_reason: 'tool_call',
      },
    ]);
    expect(speaking?.attributes).not.toHaveProperty('gen_ai.input.messages');
    expect(JSON.parse(String(speaking?.attributes['gen_ai.output.messages']))).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'In town.' }], finish_reason: 'stop' },
    ]);
  });

  it("adds the vendor's words, and the tool's arguments and last result", () => {
    const made = trace(talk([...entries, answer('c1_result', 'at home', 13)]), { content: 'full' });
    expect(made.all('user_transcript')[0]?.attributes['tavus.user.text']).toBe('Where is it?');
    expect(made.all('agent_response')[0]?.attributes['tavus.agent.text']).toBe('Hello.');
    expect(made.one('tool.lookup').attributes).toMatchObject({
      'gen_ai.tool.call.arguments': '{"q":1}',
      'gen_ai.tool.call.result': 'at home',
    });
  });

  it.each([
    ['none', false],
    ['none', true],
    ['full', false],
  ] as const)('%s, with the prompt asked for: %s, keeps the private prompt in', (content, systemPrompt) => {
    expect(
      JSON.stringify(trace(talk(entries), { content, systemPrompt }).spans.map(({ raw }) => raw)),
    ).not.toContain(PROMPT);
  });

  it('lets the private prompt out with full and its own switch, as text parts on the root', () => {
    const made = trace(talk(entries), { content: 'full', systemPrompt: true });
    expect(JSON.parse(String(made.root.attributes['gen_ai.system_instructions']))).toEqual([
      { type: 'text', content: PROMPT },
    ]);
    expect(made.spans.filter((span) => JSON.stringify(span.raw).includes(PROMPT))).toHaveLength(1);
  });
});
