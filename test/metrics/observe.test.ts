import { describe, expect, it } from 'vitest';
import { observe } from '../../src/metrics/observe.ts';
import {
  AGENT,
  conversation,
  metrics,
  root,
  row,
  talk,
  translate,
  turn,
  USER,
  wait,
} from '../vendors/elevenlabs/elevenlabs-payload.ts';

type Json = Record<string, unknown>;

/** What a conversation adds to one metric: values in the metric's unit, with the labels that are its own. */
function observed(payload: unknown, metric: string): [number, Json][] {
  const { conversation, waitIds } = translate(payload);
  const all = observe(conversation, { source: 's', waitIds, deliveredAt: conversation.end });
  return all
    .filter((one) => one.metric === metric)
    .map(({ value, labels }) => {
      const {
        'callspan.source': _,
        'callspan.late': __,
        'gen_ai.agent.id': ___,
        'gen_ai.provider.name': ____,
        ...own
      } = labels;
      return [Number(value) / 1e9, own];
    });
}

const user = (message: string, at: number, more: Json = {}) => row('user', message, at, more);
const answers = (...rows: Parameters<typeof talk>[0]) =>
  observed(talk(rows), 'callspan.turns').map(([, labels]) => labels['callspan.answer']);

describe('the felt latency', () => {
  it('is observed where somebody waited, and nowhere else', () => {
    const rows = [
      row('agent', 'Hello.', 0, wait(0.09)),
      user('Hi.', 4),
      row('agent', null, 5, wait(0.7)),
      row('agent', 'Yes?', 8, wait(2.1)),
      row('agent', 'Well?', 12, wait(6)),
      user('...', 30),
      row('agent', 'Are you there?', 30, wait(12.4)),
    ];
    expect(observed(talk(rows), 'callspan.response.latency').map(([value]) => value)).toEqual([2.1]);
    expect(observed(conversation({ rows }), 'callspan.response.latency').map(([value]) => value)).toEqual([
      2.1,
    ]);
  });

  it('has its phases beside it, each time that one came', () => {
    const rows = [
      user('Hi.', 4),
      row('agent', null, 5, {
        ...metrics({ convai_llm_service_ttfb: 0.4 }),
        tool_calls: [{ request_id: 'r', tool_name: 'find', params_as_json: '{}' }],
        tool_results: [{ request_id: 'r', tool_name: 'find', tool_latency_secs: 3 }],
      }),
      row(
        'agent',
        'Yes?',
        8,
        wait(5, { convai_llm_service_ttfb: 0.5, convai_llm_service_ttf_sentence: 0.75 }),
      ),
    ];
    expect(observed(talk(rows), 'callspan.phase.latency')).toEqual([
      [0.4, { 'callspan.phase': 'llm_ttfb' }],
      [3, { 'callspan.phase': 'tool_wait' }],
      [0.5, { 'callspan.phase': 'llm_ttfb' }],
      [0.25, { 'callspan.phase': 'llm_sentence' }],
    ]);
  });
});

describe('evaluations', () => {
  it('are counted by their name and verdict', () => {
    const analysis = {
      call_successful: 'failure',
      evaluation_criteria_results: {
        polite: { criteria_id: 'polite', result: 'success' },
        brief: { criteria_id: 'brief', result: 'Ada' },
        odd: { criteria_id: 'odd' },
      },
    };
    expect(observed(talk([user('Hi.', 4)], { more: { analysis } }), 'callspan.evaluations')).toEqual([
      [1, { 'gen_ai.evaluation.name': 'brief', 'gen_ai.evaluation.score.label': 'other' }],
      [1, { 'gen_ai.evaluation.name': 'odd' }],
      [1, { 'gen_ai.evaluation.name': 'polite', 'gen_ai.evaluation.score.label': 'success' }],
      [1, { 'gen_ai.evaluation.name': 'call_successful', 'gen_ai.evaluation.score.label': 'failure' }],
    ]);
  });
});

describe('user turns', () => {
  it('are not those of a user who hummed or was silent, and these take no answer away', () => {
    const hum = user('Mhm.', 5, { ignored_as_backchannel: true });
    expect(answers(user('Hi.', 4), hum, user('...', 5), row('agent', 'Yes?', 6))).toEqual(['answered']);
    expect(answers(hum, row('agent', 'Yes?', 6))).toEqual([]);
  });

  it('are answered by a call that ends the conversation', () => {
    const call = { request_id: 'e', tool_name: 'end_call', params_as_json: '{}', type: 'system' };
    expect(answers(user('Bye.', 4), row('agent', null, 12, { tool_calls: [call] }))).toEqual(['answered']);
  });

  it('are not answered by a reply of which no word was heard', () => {
    expect(
      answers(
        user('I want', 4),
        row('agent', '', 5, { interrupted: true }),
        user('to go.', 6),
        row('agent', 'Yes?', 8),
      ),
    ).toEqual(['answered']);
  });
});

describe('tools', () => {
  const steps = [
    {
      type: 'nested_tools',
      requests: [],
      results: [
        { type: 'webhook', request_id: 'a', tool_name: 'find', tool_latency_secs: 1.5 },
        { type: 'webhook', request_id: 'b', tool_name: 'book', is_error: true, tool_latency_secs: 0.5 },
        { type: 'webhook', request_id: 'c', tool_name: 'tell', is_blocked: true, tool_latency_secs: 0 },
      ],
    },
  ];
  const rows = [
    user('Hi.', 4),
    row('agent', 'One moment.', 5, {
      tool_calls: [
        { type: 'workflow', request_id: 'w', tool_name: 'progress_workflow', params_as_json: '{}' },
      ],
      tool_results: [
        {
          type: 'workflow',
          request_id: 'w',
          tool_name: 'progress_workflow',
          tool_latency_secs: 2,
          result: { steps },
        },
      ],
    }),
  ];
  const payload = conversation({ rows, spans: [root(), turn(0, USER, [4, 5]), turn(1, AGENT, [5, 60])] });

  it('count with what they called in turn', () => {
    expect(observed(payload, 'callspan.tool.calls')).toEqual([
      [1, { 'gen_ai.tool.name': 'progress_workflow' }],
      [1, { 'gen_ai.tool.name': 'find' }],
      [1, { 'gen_ai.tool.name': 'book', 'error.type': 'tool_error' }],
      [1, { 'gen_ai.tool.name': 'tell', 'error.type': 'blocked' }],
    ]);
  });

  it('last what was measured, and nothing where nothing ran', () => {
    expect(observed(payload, 'callspan.tool.duration').map(([value]) => value)).toEqual([2, 1.5, 0.5]);
  });
});
