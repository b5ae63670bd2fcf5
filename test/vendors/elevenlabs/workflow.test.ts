import { describe, expect, it } from 'vitest';
import { AGENT, conversation, root, row, span, talk, trace, translate, turn } from './elevenlabs-payload.ts';

type Json = Record<string, unknown>;

const result = (id: string, name: string, more: Json = {}): Json => ({
  ...{ type: 'webhook', request_id: id, tool_name: name, result_value: 'ok', is_error: false },
  ...{ tool_has_been_called: true, tool_latency_secs: 0.5, ...more },
});
const request = (id: string, name: string, more: Json = {}): Json => ({
  ...{ type: 'webhook', request_id: id, tool_name: name, params_as_json: `{"of":"${id}"}` },
  // The vendor says so of every request of a step, also of those that ran.
  ...{ tool_has_been_called: false, ...more },
});
const step = (results: readonly Json[], requests: readonly Json[] = []): Json => ({
  ...{ type: 'nested_tools', node_id: 'n1', step_latency_secs: 1, is_successful: true },
  ...{ requests, results },
});
const workflow = (steps: unknown, more: Json = {}): Json =>
  result('w', 'progress_workflow', { type: 'workflow', tool_latency_secs: 2, result: { steps }, ...more });

const CALL = { type: 'workflow', request_id: 'w', tool_name: 'progress_workflow', params_as_json: '{}' };

/** An agent's row at 8 s that calls a workflow, of which this came back. */
const payload = (answer: Json): Json =>
  conversation({
    rows: [
      row('agent', null, 8, { tool_calls: [CALL] }),
      row('agent', 'Done.', 12, { tool_results: [answer] }),
    ],
    spans: [
      root(),
      turn(0, AGENT, [8, 12]),
      span('w', 'turn0', 'elevenlabs.tool.progress_workflow', [8, 10]),
      turn(1, AGENT, [12, 60]),
    ],
  });
const made = (answer: Json) => trace(payload(answer), { content: 'full' });
/** The tools below one, by name, with where they stand. */
const below = (spans: ReturnType<typeof made>, name: string) =>
  spans
    .childrenOf(spans.one(`tool.${name}`))
    .map((one) => [one.name.replace(/^elevenlabs\.tool\./, ''), ...spans.at(one)]);

describe('what a workflow calls in turn', () => {
  it('are tools below it, one after the other, each as long as it took', () => {
    const steps = [
      step([result('a', 'find'), result('b', 'book', { tool_latency_secs: 0.25 })]),
      step([result('c', 'tell')]),
    ];
    expect(below(made(workflow(steps)), 'progress_workflow')).toEqual([
      ['find', 8, 8.5],
      ['book', 8.5, 8.75],
      ['tell', 8.75, 9.25],
    ]);
  });

  it('carry what every tool carries', () => {
    const spans = made(
      workflow([step([result('a', 'find', { type: 'client' })], [request('a', 'find', { type: 'client' })])]),
    );
    const tool = spans.one('tool.find');
    expect([tool.kind, tool.status, tool.scope]).toEqual([1, 0, 'callspan@2']);
    expect(tool.attributes).toMatchObject({
      'callspan.phase': 'tool',
      'callspan.timing': 'derived',
      'callspan.tool.seconds': 0.5,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'find',
      'gen_ai.tool.call.id': 'a',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.arguments': '{"of":"a"}',
      'gen_ai.tool.call.result': 'ok',
      'turn.number': 1,
    });
    expect(tool.attributes).not.toHaveProperty(['error.type']);
  });

  it('make the bar of what called them grow, where it is shorter than they', () => {
    const spans = made(workflow([step([result('a', 'find', { tool_latency_secs: 4.72 })])]));
    expect(spans.at(spans.one('tool.progress_workflow'))).toEqual([8, 12.72]);
  });

  it.each([
    [
      'as a text in result_value',
      (steps: Json[]) => workflow([], { result: undefined, result_value: JSON.stringify({ steps }) }),
    ],
    [
      'as a text beside an empty structure',
      (steps: Json[]) => workflow([], { result_value: JSON.stringify({ steps }) }),
    ],
    ['as a text in result', (steps: Json[]) => workflow([], { result: JSON.stringify({ steps }) })],
    ['as a text in steps', (steps: Json[]) => workflow(JSON.stringify(steps))],
    ['by the name of the workflow alone', (steps: Json[]) => ({ ...workflow(steps), type: undefined })],
  ])('are read also %s', (_, answer) => {
    expect(below(made(answer([step([result('a', 'find')])])), 'progress_workflow')).toEqual([
      ['find', 8, 8.5],
    ]);
  });

  it('are read from the span where the JSON half has no result', () => {
    const steps = JSON.stringify({ steps: [step([result('a', 'find')])] });
    const values = { 'elevenlabs.tool.result': steps };
    const spans = [
      root(),
      turn(0, AGENT, [8, 12]),
      span('w', 'turn0', 'elevenlabs.tool.notify_condition_1_met', [8, 10], values),
    ];
    expect(below(trace(conversation({ spans })), 'notify_condition_1_met')).toEqual([['find', 8, 8.5]]);
  });

  it('may be workflows themselves', () => {
    const inner = workflow([step([result('a', 'find')])], {
      request_id: 'v',
      tool_name: 'notify_condition_2_met',
    });
    const text = JSON.stringify({ steps: [step([result('b', 'book')])] });
    const other = workflow([], {
      request_id: 'u',
      tool_name: 'notify_condition_3_met',
      result: null,
      result_value: text,
    });
    const spans = made(workflow([step([inner, other])]));
    expect(below(spans, 'progress_workflow').map(([name]) => name)).toEqual([
      'notify_condition_2_met',
      'notify_condition_3_met',
    ]);
    expect(below(spans, 'notify_condition_2_met')).toEqual([['find', 8, 8.5]]);
    expect(below(spans, 'notify_condition_3_met')).toEqual([['book', 10, 10.5]]);
  });

  it.each([
    ['a text that was cut off', '{"steps":[{"type":"nested_tools","resul'],
    ['a text that is no JSON', 'steps'],
    ['something else', 5],
    ['nothing', null],
  ])('are none in %s', (_, steps) => {
    expect(below(made(workflow([], { result: steps, result_value: steps })), 'progress_workflow')).toEqual(
      [],
    );
  });

  it('are none in what another tool answered, whatever it looks like', () => {
    const answer = { ...workflow([step([result('a', 'find')])]), type: 'webhook' };
    expect(below(made(answer), 'progress_workflow')).toEqual([]);
  });

  it('count like any other, with their failures', () => {
    const steps = [
      step([result('a', 'find', { is_error: true, error_type: 'webhook_timeout' }), result('b', 'find')]),
    ];
    const spans = made(workflow(steps));
    const [failed] = spans.all('tool.find');
    expect([failed?.status, failed?.attributes['error.type']]).toEqual([2, 'webhook_timeout']);
    expect(spans.root.attributes['callspan.tool_errors']).toBe(1);
    expect(spans.one('tool.progress_workflow').status).not.toBe(2);
  });

  it('keep their ids, however often they are exported', () => {
    const answer = workflow([step([result('a', 'find'), result('b', 'find')])]);
    const ids = (spans: ReturnType<typeof made>) => spans.all('tool.find').map(({ id }) => id);
    expect(new Set(ids(made(answer))).size).toBe(2);
    expect(ids(made(answer))).toEqual(ids(made(answer)));
  });
});

describe('a call that was not made', () => {
  const calling = (answer: Json | undefined, call: Json = {}) =>
    talk([
      row('agent', 'One moment.', 8, {
        tool_calls: [{ ...CALL, type: 'webhook', tool_name: 'refund', ...call }],
        tool_results: answer ? [{ ...result('w', 'refund'), ...answer }] : [],
      }),
    ]);
  const told = (answer: Json | undefined, call: Json = {}) => {
    const [tool] = translate(calling(answer, call)).conversation.turns.flatMap((one) => one.tools);
    return [tool?.error, tool?.length];
  };

  it('because it was blocked is an error, and has no duration', () => {
    expect(told({ is_blocked: true, tool_has_been_called: false, tool_latency_secs: 0 })).toEqual([
      'blocked',
      undefined,
    ]);
    expect(told({ is_blocked: true, is_error: true, error_type: 'policy' })).toEqual(['blocked', undefined]);
    expect(trace(calling({ is_blocked: true })).root.attributes['callspan.tool_errors']).toBe(1);
  });

  it('for another reason is one too: by its result, or by itself where there is none', () => {
    expect(told({ tool_has_been_called: false })).toEqual(['blocked', undefined]);
    expect(told(undefined, { tool_has_been_called: false })).toEqual(['blocked', undefined]);
    expect(told({ tool_has_been_called: true }, { tool_has_been_called: false })).toEqual([
      undefined,
      500_000_000n,
    ]);
  });

  it('because it was wrong has the error that the vendor tells', () => {
    expect(told({ tool_has_been_called: false, is_error: true, error_type: 'Invalid Params' })).toEqual([
      'tool_error',
      undefined,
    ]);
  });

  it('is none where nothing is said', () => {
    expect(told(undefined, {})).toEqual([undefined, undefined]);
  });

  it('in a step is one only if nothing came back, or it was blocked', () => {
    const steps = [
      step(
        [result('a', 'find'), result('b', 'book', { is_blocked: true })],
        [request('a', 'find'), request('c', 'tell')],
      ),
    ];
    const nested = made(workflow(steps));
    const error = (name: string) => nested.one(`tool.${name}`).attributes['error.type'];
    expect([error('find'), error('book'), error('tell')]).toEqual([undefined, 'blocked', 'blocked']);
    expect(nested.one('tool.book').attributes).not.toHaveProperty(['callspan.tool.seconds']);
  });
});
