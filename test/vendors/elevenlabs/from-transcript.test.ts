import { describe, expect, it } from 'vitest';
import { readElevenLabs } from '../../../src/vendors/elevenlabs/payload.ts';
import { translateElevenLabs } from '../../../src/vendors/elevenlabs/translate.ts';
import { settings } from '../../trace/settings.ts';
import {
  AGENT,
  conversation,
  ID,
  ROOT,
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

const CALL = { request_id: 'r1', tool_name: 'lookup', params_as_json: '{"q":1}', type: 'client' };
const RESULT = {
  request_id: 'r1',
  tool_name: 'lookup',
  result_value: 'found',
  is_error: true,
  error_type: 'timeout',
  tool_latency_secs: 2.5,
};
const ROWS = [
  row('agent', 'Hello.', 0),
  row('user', 'So?', 4),
  row('agent', 'One moment.', 8, {
    tool_calls: [CALL],
    tool_results: [RESULT],
    ...usage('m', { input: 10, output_total: 5 }),
    ...wait(1.5, { convai_llm_service_ttfb: 0.4 }),
  }),
];

describe('a conversation without OTLP', () => {
  it.each([
    ['null', null],
    ['absent', undefined],
    ['without a span', { resourceSpans: [] }],
    ['no object', 'later'],
  ])('gets vendor-shaped spans from its transcript where otlp_traces is %s', (_, otlp_traces) => {
    expect(trace({ ...conversation({ rows: ROWS }), otlp_traces }).names()).toEqual([
      ROOT,
      AGENT,
      USER,
      AGENT,
      'elevenlabs.tool.lookup',
      'elevenlabs.response_latency',
      'elevenlabs.phase.llm_ttfb',
    ]);
  });

  it('has turns that end where the next starts, and tools that last their latency', () => {
    const made = trace(conversation({ rows: ROWS }));
    expect(
      made
        .all('')
        .filter((one) => one.name.includes('.recv.'))
        .map((one) => made.at(one)),
    ).toEqual([
      [0, 4],
      [4, 8],
      [8, 60],
    ]);
    expect(made.at(made.one('tool.lookup'))).toEqual([8, 10.5]);
    expect(made.at(made.root)).toEqual([0, 60]);
  });

  it('has the keys and names that it would have with OTLP, in a scope of its own', () => {
    const [own, theirs] = [trace(conversation({ rows: ROWS })), trace(talk(ROWS))];
    const ids = (made: typeof own) =>
      new Map(
        made.spans.map((one) => [
          one.name + made.at(one)[0],
          one.traceId === own.root.traceId ? one.id : one.name,
        ]),
      );
    expect([...ids(own).keys()]).toEqual(expect.arrayContaining([...ids(theirs).keys()]));
    expect(new Set(own.spans.map(({ scope }) => scope))).toEqual(new Set(['callspan@2']));
    expect(own.root.resource).toEqual({
      'service.name': 'elevenlabs-convai',
      'elevenlabs.conversation_id': ID,
      'elevenlabs.agent_id': 'agent_1',
    });
  });

  it('says of every span what its times rest on', () => {
    const timings = (payload: Json) =>
      Object.fromEntries(trace(payload).spans.map((one) => [one.name, one.attributes['callspan.timing']]));
    expect(timings(conversation({ rows: ROWS }))).toMatchObject({
      [ROOT]: 'measured',
      [AGENT]: 'derived',
      [USER]: 'derived',
      'elevenlabs.tool.lookup': 'derived',
    });
    const untimed = ROWS.map((one) => ({ ...one, time_in_call_secs: null }));
    expect(timings(conversation({ rows: untimed, metadata: { call_duration_secs: null } }))).toMatchObject({
      [ROOT]: 'derived',
      [AGENT]: 'estimated',
      [USER]: 'estimated',
      'elevenlabs.tool.lookup': 'estimated',
    });
  });

  it('puts a row without a time where the one before it stands, in order', () => {
    const made = trace(
      conversation({ rows: [row('agent', 'A', 4), row('user', 'B', null), row('agent', 'C', 9)] }),
    );
    expect(made.all(USER).map((one) => made.at(one))).toEqual([[4.000001, 9]]);
  });

  it('ends with its last row where nobody says how long it was', () => {
    const made = trace(
      conversation({
        rows: [row('agent', 'A', 4), row('user', 'B', 9)],
        metadata: { call_duration_secs: null },
      }),
    );
    expect(made.root.seconds).toBe(9);
  });

  it.each([
    ['Client disconnected: 1000', 'done', 1],
    [undefined, 'done', 1],
    ['end_call tool was called.', 'done', 2],
    ['Client disconnected: 1000', 'failed', 2],
  ])('is an error by the vendor’s rule: ended by %s, %s', (termination_reason, status, code) => {
    expect(
      trace(conversation({ rows: ROWS, metadata: { termination_reason }, more: { status } })).root.status,
    ).toBe(code);
  });

  it('carries with content what the vendor’s spans carry', () => {
    const more = {
      user_id: 'ada',
      environment: 'staging',
      branch_id: 'b1',
      version_id: 'v1',
      analysis: { transcript_summary: 'A chat.' },
      conversation_initiation_client_data: {
        dynamic_variables: { name: 'Ada', age: 36, vip: true, none: null },
      },
    };
    const made = trace(
      conversation({
        rows: [
          ...ROWS,
          row('agent', 'Bye.', 20, {
            rag_retrieval_info: { embedding_model: 'e5', retrieval_query: 'q', rag_latency_secs: 0.25 },
          }),
        ],
        more,
      }),
      { content: 'full' },
    );
    expect(made.root.attributes).toMatchObject({
      'elevenlabs.user_id': 'ada',
      'elevenlabs.environment': 'staging',
      'elevenlabs.branch_id': 'b1',
      'elevenlabs.version_id': 'v1',
      'elevenlabs.analysis.transcript_summary': 'A chat.',
      'elevenlabs.dynamic_variable.name': 'Ada',
      'elevenlabs.dynamic_variable.age': 36,
      'elevenlabs.dynamic_variable.vip': true,
      'elevenlabs.session.duration_ms': 60_000,
    });
    expect(made.all(AGENT)[1]?.attributes).toMatchObject({
      'elevenlabs.turn.index': 2,
      'elevenlabs.agent.text': 'One moment.',
      'elevenlabs.llm_usage.m.input': "{'tokens': 10, 'price': 0.00001}",
      'elevenlabs.metric.convai_ttf_audio_since_silence_ms': 1500,
    });
    expect(made.all(AGENT)[2]?.attributes).toMatchObject({
      'elevenlabs.rag.latency_ms': 250,
      'elevenlabs.rag.embedding_model': 'e5',
    });
    expect(made.one('tool.lookup').attributes).toMatchObject({
      'elevenlabs.tool.result': 'found',
      'elevenlabs.tool.status': 'error',
      'elevenlabs.tool.latency_ms': 2500,
      'error.type': 'timeout',
      'gen_ai.tool.type': 'function',
    });
  });
});

describe('a conversation with nothing to show', () => {
  const nothing = (more: Json, metadata: Json = {}) =>
    translateElevenLabs(readElevenLabs(conversation({ more, metadata })), ID, settings());

  it('is empty: neither spans nor a transcript', () => {
    expect(nothing({})).toBeUndefined();
  });

  it('gets its root span all the same where it failed: it is the one to page about', () => {
    const made = trace(
      conversation({
        more: { status: 'failed' },
        metadata: { termination_reason: 'Unexpected server error.', call_duration_secs: 3 },
      }),
    );
    expect(made.names()).toEqual([ROOT]);
    expect(made.root).toMatchObject({ status: 2, seconds: 3 });
    expect(made.root.attributes).toMatchObject({
      'callspan.outcome': 'failed',
      'error.type': 'error',
      'callspan.turns': 0,
    });
  });

  it('is not empty with a transcript, although nobody says when it was', () => {
    expect(nothing({ transcript: ROWS }, { start_time_unix_secs: null })?.spanIds.length).toBeGreaterThan(1);
  });

  it('is not empty with a span alone', () => {
    expect(translate(conversation({ spans: [turn(0, AGENT, [0, 1])] })).spanIds).toHaveLength(2);
    expect(
      translate(conversation({ spans: [root(), span('x', undefined, 'x', [0, 1])] })).spanIds,
    ).toHaveLength(2);
  });
});
