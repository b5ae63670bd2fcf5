import { describe, expect, it } from 'vitest';
import {
  AGENT,
  conversation,
  metrics,
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
type Row = ReturnType<typeof row>;

const user = (message: string | null, at: number, more: Json = {}) => row('user', message, at, more);
const agent = (message: string | null, at: number, felt: number, more: Json = {}) =>
  row('agent', message, at, { ...wait(felt), ...more });
const calls = (...ids: string[]) => ({
  tool_calls: ids.map((id) => ({
    request_id: id,
    tool_name: `tool_${id}`,
    params_as_json: '{}',
    type: 'webhook',
  })),
});
const results = (...list: readonly (readonly [id: string, seconds: number])[]) => ({
  tool_results: list.map(([id, seconds]) => ({
    ...{ request_id: id, tool_name: `tool_${id}`, result_value: '{}', type: 'webhook' },
    tool_latency_secs: seconds,
  })),
});

/** The two roads: spans of the vendor's own, and the transcript alone. */
const ROADS = [
  ['with OTLP', (rows: readonly Row[]) => talk(rows)],
  ['from the transcript alone', (rows: readonly Row[]) => conversation({ rows })],
] as const;

describe.each(ROADS)('a wait exists where somebody waited, %s', (_, payload) => {
  const read = (...rows: Row[]) => translate(payload(rows)).conversation;
  const waits = (...rows: Row[]) =>
    read(...rows).turns.flatMap((one) => (one.wait ? [Number(one.wait.length) / 1e9] : []));
  const unmeasured = (...rows: Row[]) => read(...rows).turns.filter((one) => one.unmeasured).length;

  it('none for a greeting, though it has a felt latency', () => {
    expect(waits(agent('Hello.', 0, 0.09), user('Hi.', 4), agent('Yes?', 6, 1.9))).toEqual([1.9]);
  });

  it.each([
    ['a row of dots', user('...', 20)],
    ['signs', user('!!', 20)],
    ['an emoji', user('👍', 20)],
    ['an empty row', user('', 20)],
    ['a row without words', user(null, 20)],
    ['a backchannel', user('Mhm.', 20, { ignored_as_backchannel: true })],
  ])('none for a prompt into a silence in which there is %s', (_, silent) => {
    const rows = [user('Hi.', 4), agent('Yes?', 6, 1.1), silent, agent('Are you there?', 30, 12.4)];
    expect(waits(...rows)).toEqual([1.1]);
    expect(unmeasured(...rows)).toBe(0);
  });

  it('none for a greeting over which the user hummed', () => {
    const hum = user('Aha.', 1, { ignored_as_backchannel: true });
    expect(waits(agent('Hello.', 0, 0.09), hum, agent('How can I help?', 2, 0.5))).toEqual([]);
  });

  it('one for a user who spoke twice, from their last words', () => {
    expect(waits(user('One.', 4), user('Two.', 6), agent('Yes?', 9, 1.4))).toEqual([1.4]);
  });

  it.each(['是。', '٤٢', 'Да', '7'])('one for words in any script: %s', (said) => {
    expect(waits(user(said, 4), agent(said, 9, 1.4))).toEqual([1.4]);
  });

  it('none for a row that only calls tools, and none for their results: it ends with the first words', () => {
    const rows = [
      user('Order?', 4),
      agent(null, 6, 0.7, calls('a')),
      row('agent', null, 7, results(['a', 1])),
      agent('It is here.', 9, 3.1),
    ];
    expect(waits(...rows)).toEqual([3.1]);
  });

  it.each(['', '...', '…', '🙂'])('none for a reply of which no word was heard: %j', (cut) => {
    const rows = [
      user('I want to', 4),
      agent(cut, 5, 0.9, { interrupted: true, original_message: 'Sure.' }),
      user('cancel.', 6),
      agent('Which one?', 9, 1.6),
    ];
    expect(waits(...rows)).toEqual([1.6]);
  });

  it('none for the second half of an answer', () => {
    expect(waits(user('Hi.', 4), agent('One moment.', 6, 1.1), agent('Here.', 9, 3.9))).toEqual([1.1]);
  });

  it('none where the row that ends it has no metric: it is told that it was not measured', () => {
    const rows = [user('Hi.', 4), row('agent', 'Yes?', 6), agent('Well?', 9, 3)];
    expect([waits(...rows), unmeasured(...rows)]).toEqual([[], 1]);
    expect(trace(payload(rows)).root.attributes).toMatchObject({
      'callspan.waits': 0,
      'callspan.waits.unmeasured': 1,
    });
  });

  it.each([-1, 86_400])('none where the metric is no measurement: %d s', (felt) => {
    const rows = [user('Hi.', 4), agent('Yes?', 6, felt)];
    expect([waits(...rows), unmeasured(...rows)]).toEqual([[], 1]);
  });
});

describe.each(ROADS)('a wait is explained, %s', (_, payload) => {
  const asr = metrics({ convai_asr_trailing_service_latency: 0.05 });
  const made = (...rows: Row[]) => trace(payload([user('Order?', 4, asr), ...rows]));
  const phases = (...rows: Row[]) => {
    const spans = made(...rows);
    const [bar] = spans.all('response_latency');
    if (!bar) return [];
    return spans
      .childrenOf(bar)
      .map((one) => [one.attributes['callspan.phase'], one.attributes['callspan.phase.seconds']]);
  };
  const left = (...rows: Row[]) =>
    made(...rows).one('response_latency').attributes['callspan.wait.unexplained_seconds'];
  const silent = (at: number, llm: Readonly<Record<string, number>>, more: Json = {}) =>
    row('agent', null, at, { ...metrics(llm), ...more });
  const reply = (felt: number, more: Readonly<Record<string, number>> = {}) =>
    row('agent', 'It is here.', 20, wait(felt, more));

  it('by every silent row in turn: the model that asked for tools, and the longest of what it called', () => {
    const rows = [
      silent(
        6,
        { convai_llm_tool_request_generation_latency: 0.6, convai_llm_service_ttfb: 0.4 },
        calls('a', 'b'),
      ),
      row('agent', null, 8, results(['b', 2], ['a', 0.9])),
      silent(9, { convai_llm_service_ttfb: 0.7 }, calls('c')),
      row('agent', null, 10, results(['c', 0.25])),
      reply(6, { convai_llm_service_ttfb: 0.5, convai_tts_service_ttfb: 0.1 }),
    ];
    expect(phases(...rows)).toEqual([
      ['asr', 0.05],
      ['llm_ttfb', 0.6],
      ['tool_wait', 2],
      ['llm_ttfb', 0.7],
      ['tool_wait', 0.25],
      ['llm_ttfb', 0.5],
      ['tts_ttfb', 0.1],
    ]);
    expect(left(...rows)).toBeCloseTo(1.8, 9);
  });

  it('by the first whole sentence, of which the first token is a part', () => {
    const sentence = { convai_llm_service_ttfb: 1.1, convai_llm_service_ttf_sentence: 1.6 };
    expect(phases(reply(2, sentence))).toEqual([
      ['asr', 0.05],
      ['llm_ttfb', 1.1],
      ['llm_sentence', 0.5],
    ]);
    expect(phases(reply(2, { convai_llm_service_ttf_sentence: 1.6 }))).toContainEqual(['llm_sentence', 1.6]);
    const earlier = { convai_llm_service_ttfb: 1.1, convai_llm_service_ttf_sentence: 1 };
    expect(phases(reply(2, earlier)).map(([name]) => name)).toEqual(['asr', 'llm_ttfb']);
  });

  it('with what is left open said, and never less than nothing', () => {
    expect(left(reply(2, { convai_llm_service_ttfb: 0.5 }))).toBe(1.45);
    expect(left(reply(2, { convai_llm_service_ttfb: 5 }))).toBe(0);
  });

  it('not by what the agent did before the user spoke again', () => {
    const rows = [
      silent(5, { convai_llm_service_ttfb: 9 }, calls('a')),
      user('Are you there?', 8, metrics({ convai_asr_trailing_service_latency: 0.07 })),
      row('agent', null, 9, results(['a', 4])),
      reply(2, { convai_llm_service_ttfb: 0.5 }),
    ];
    expect(phases(...rows)).toEqual([
      ['asr', 0.07],
      ['llm_ttfb', 0.5],
    ]);
  });

  it('not by a result that came after the reply, nor by a call that was blocked', () => {
    const blocked = { ...results(['b', 3]).tool_results[0], is_blocked: true };
    const rows = [
      silent(6, { convai_llm_service_ttfb: 0.4 }, calls('a', 'b')),
      row('agent', null, 7, { tool_results: [blocked] }),
      reply(2),
      row('agent', null, 30, results(['a', 9])),
    ];
    expect(phases(...rows)).toEqual([
      ['asr', 0.05],
      ['llm_ttfb', 0.4],
    ]);
  });

  it('by the asr of the words that were waited for, not of dots or hums in between', () => {
    const rows = [
      user('...', 6, metrics({ convai_asr_trailing_service_latency: 3 })),
      user('Mhm.', 7, {
        ...metrics({ convai_asr_trailing_service_latency: 4 }),
        ignored_as_backchannel: true,
      }),
      reply(2),
    ];
    expect(phases(...rows)).toEqual([['asr', 0.05]]);
  });

  it('in spans with ids of their own, though they have one name', () => {
    const spans = made(
      silent(6, { convai_llm_service_ttfb: 0.4 }, calls('a')),
      silent(8, { convai_llm_service_ttfb: 0.4 }, calls('b')),
      reply(4, { convai_llm_service_ttfb: 0.4 }),
    ).all('phase.llm_ttfb');
    expect(new Set(spans.map(({ id }) => id)).size).toBe(3);
  });
});

describe('rows for which the vendor has no span', () => {
  const rows = [
    user('Order?', 4),
    row('agent', null, 6, { ...metrics({ convai_llm_service_ttfb: 0.4 }), ...calls('a') }),
    row('agent', null, 7, results(['a', 1.5])),
    row('agent', 'It is here.', 9, wait(3)),
  ];
  const payload = (spans: readonly unknown[]) => conversation({ rows, spans: [root(), ...spans] });

  it('explain the wait all the same', () => {
    const made = trace(payload([turn(0, USER, [4, 9]), turn(3, AGENT, [9, 60])]));
    const names = made.childrenOf(made.one('response_latency')).map(({ name }) => name);
    expect(names).toEqual(['elevenlabs.phase.llm_ttfb', 'elevenlabs.phase.tool_wait']);
  });

  it('tell who waited all the same', () => {
    expect(trace(payload([turn(3, AGENT, [9, 60])])).one('response_latency').seconds).toBe(3);
  });

  it('are not guessed at where a span has no row', () => {
    const spans = [
      turn(0, USER, [4, 9]),
      span('x', 'root', AGENT, [9, 60], { 'elevenlabs.agent.text': 'Here.' }),
    ];
    expect(translate(payload(spans)).conversation.turns.map(({ speaks }) => speaks)).toEqual([true, true]);
  });
});

describe('spans without a transcript', () => {
  it('that have texts are silent where they have none', () => {
    const felt = { 'elevenlabs.metric.convai_ttf_audio_since_silence_ms': 2500 };
    const spans = [
      root(),
      turn(0, USER, [4, 6], { 'elevenlabs.user.text': 'Order?' }),
      turn(1, AGENT, [6, 7], felt),
      turn(2, AGENT, [7, 9], { 'elevenlabs.agent.text': 'Here.', ...felt }),
    ];
    const { turns } = translate(conversation({ spans })).conversation;
    expect(turns.map(({ wait }) => wait?.length)).toEqual([undefined, undefined, 2_500_000_000n]);
  });
});

describe('a backchannel', () => {
  const rows = [
    row('agent', 'Hello, this is', 0),
    user('Mhm.', 2, { ignored_as_backchannel: true }),
    row('agent', 'the clinic.', 3),
    user('Hi.', 6),
    agent('Yes?', 8, 1),
  ];

  it('is no turn: it opens no exchange, has no number and is said to be one', () => {
    const made = trace(talk(rows));
    const [hum, words] = made.all(USER);
    expect(hum?.attributes).toMatchObject({ 'turn.backchannel': true });
    expect(hum?.attributes).not.toHaveProperty(['turn.number']);
    expect(words?.attributes).not.toHaveProperty(['turn.backchannel']);
    expect(words?.attributes['turn.number']).toBe(2);
    expect(made.root.attributes['callspan.turns']).toBe(2);
  });

  it('is no question either: nobody answers it in the messages', () => {
    const [, second] = trace(talk(rows), { content: 'full' }).all(AGENT);
    expect(second?.attributes).not.toHaveProperty(['gen_ai.input.messages']);
  });

  it('ends no silence, and is none', () => {
    const made = trace(
      talk([user('Hi.', 4), user('Mhm.', 9, { ignored_as_backchannel: true }), user('Hello?', 24)]),
    );
    expect(made.all(USER).map((one) => one.attributes['turn.silence_seconds'])).toEqual([20, undefined, 36]);
  });
});

describe('silence', () => {
  const unanswered = (payload: unknown) => trace(payload).root.attributes['callspan.unanswered'];
  const thread = [user('Hi.', 0), row('agent', 'Yes?', 6), user('So?', 6), user('Hello?', 40)];

  it('is not measured in a text chat, whose user rows carry the second of the agent’s words', () => {
    expect(unanswered(talk(thread))).toBe(2);
    expect(unanswered(talk(thread, { metadata: { text_only: true } }))).toBe(0);
    expect(unanswered(talk(thread.map((one) => ({ ...one, source_medium: 'text' }))))).toBe(0);
  });

  it('is not measured to what was typed in a call', () => {
    expect(unanswered(talk([user('So?', 6), user('Hello?', 40, { source_medium: 'text' })]))).toBe(0);
  });

  it.each([
    ['end_call', 'system', {}, 0],
    ['voicemail_detection', 'system', {}, 0],
    ['transfer_to_number', undefined, {}, 0],
    ['transfer_to_agent', 'system', {}, 0],
    ['transfer_to_agent', 'system', { is_error: true }, 1],
    ['end_call', 'system', { is_blocked: true }, 1],
    ['end_call', 'webhook', {}, 1],
    ['lookup', 'system', {}, 1],
  ])('after %s (%s, %j): %i', (name, type, outcome, expected) => {
    const call = { request_id: 'r', tool_name: name, params_as_json: '{}', type };
    const result = { request_id: 'r', tool_name: name, result_value: '{}', type, ...outcome };
    const rows = [
      user('Bye.', 4),
      row('agent', null, 6, { tool_calls: [call] }),
      row('agent', null, 6, { tool_results: [result] }),
    ];
    expect(unanswered(talk(rows))).toBe(expected);
  });
});
