import { describe, expect, it } from 'vitest';
import type { OtlpAttribute, OtlpTraces } from '../../src/trace/otlp.ts';
import { encodeValue } from '../../src/trace/otlp-value.ts';
import { CALLSPAN, GEN_AI, isDouble, TURN } from '../../src/trace/semconv.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import {
  AGENT,
  conversation,
  metrics,
  translate as ofElevenLabs,
  root,
  row,
  turn,
  USER,
  usage,
  wait,
} from '../vendors/elevenlabs/elevenlabs-payload.ts';
import { agent, translate as ofTavus, talk, user } from '../vendors/tavus/tavus-payload.ts';

/** Every attribute of every span and event. */
function attributesOf({ resourceSpans }: OtlpTraces): OtlpAttribute[] {
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  return spans.flatMap((span) => [
    ...span.attributes,
    ...(span.events ?? []).flatMap((event) => event.attributes ?? []),
  ]);
}

/** Under which types the numbers of each key were found. */
function typesOf(traces: OtlpTraces): Map<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const { key, value } of attributesOf(traces)) {
    const type = Object.keys(value).find((name) => name === 'intValue' || name === 'doubleValue');
    if (type !== undefined) types.set(key, (types.get(key) ?? new Set()).add(type));
  }
  return types;
}

const ROWS = [
  row('user', 'Hi.', 0, metrics({ convai_asr_trailing_service_latency: 1 })),
  row('agent', 'Yes?', 4, {
    ...wait(2, { convai_llm_service_ttfb: 1, convai_llm_service_ttf_sentence: 2.5 }),
    ...usage('m', { input: 1_000_000, output_total: 2.5 }),
    tool_calls: [{ request_id: 'r', tool_name: 'find', params_as_json: '{}' }],
    tool_results: [{ request_id: 'r', tool_name: 'find', tool_latency_secs: 3 }],
    rag_retrieval_info: { chunks: [], embedding_model: 'e', retrieval_query: 'q', rag_latency_secs: 1 },
  }),
  row('user', 'So?', 20),
];
const metadata = { cost_fiat: 1, queue_wait_secs: 2, charging: { llm_price: 3 } };
const analysis = {
  evaluation_criteria_results: { polite: { criteria_id: 'polite', result: 'success', score: 1 } },
};
const whole = { metadata, rows: ROWS, more: { analysis } };
const spans = [root(), turn(0, USER, [0, 4]), turn(1, AGENT, [4, 20]), turn(2, USER, [20, 60])];

const TRACES: readonly (readonly [string, OtlpTraces])[] = [
  ['ElevenLabs', toOtlp(ofElevenLabs(conversation({ ...whole, spans })).batch)],
  ['ElevenLabs, from the transcript', toOtlp(ofElevenLabs(conversation(whole)).batch)],
  [
    'Tavus',
    toOtlp(
      ofTavus(
        talk([
          agent('Hello.', 5, 1),
          user('Hi.', 10, 2),
          agent('Yes?', 15, 4),
          user('So?', 18, 1),
          user('Hello?', 40, 1),
        ]),
      ).batch,
    ),
  ],
];

describe.each(TRACES)('the numbers of %s', (_, traces) => {
  const types = typesOf(traces);

  it('that are seconds, money or scores are doubles, also where they are whole', () => {
    const found = [...types].filter(
      ([key]) => /seconds|usd|score|_ms$/.test(key) && key !== 'elevenlabs.session.duration_ms',
    );
    expect(found.length).toBeGreaterThan(5);
    for (const [key, own] of found) expect([key, ...own]).toEqual([key, 'doubleValue']);
  });

  it('that count or point at something are ints', () => {
    const found = [...types].filter(([key]) =>
      /tokens|number|turns|waits$|unmeasured|interruptions|errors|unanswered|index/.test(key),
    );
    expect(found.length).toBeGreaterThan(4);
    for (const [key, own] of found) expect([key, ...own]).toEqual([key, 'intValue']);
  });
});

describe('the type of a number', () => {
  it('belongs to its key', () => {
    expect(encodeValue(CALLSPAN.WAIT_MAX_SECONDS, 5)).toEqual({ doubleValue: 5 });
    expect(encodeValue(CALLSPAN.WAIT_MAX_SECONDS, 5.5)).toEqual({ doubleValue: 5.5 });
    expect(encodeValue(CALLSPAN.WAITS, 5)).toEqual({ intValue: 5 });
  });

  it('is known of every name that callspan writes', () => {
    const doubles = [...Object.values({ ...CALLSPAN, ...TURN, ...GEN_AI })].filter(isDouble).sort();
    expect(doubles).toEqual([
      'callspan.cost.llm_usd',
      'callspan.cost.usd',
      'callspan.first_word_seconds',
      'callspan.phase.seconds',
      'callspan.queue_wait_seconds',
      'callspan.silence.max_seconds',
      'callspan.talk.agent_seconds',
      'callspan.talk.user_seconds',
      'callspan.tool.seconds',
      'callspan.wait.first_seconds',
      'callspan.wait.max_seconds',
      'callspan.wait.mean_seconds',
      'callspan.wait.unexplained_seconds',
      'gen_ai.evaluation.score.value',
      'turn.overlap_seconds',
      'turn.silence_seconds',
      'turn.user_bot_latency_seconds',
    ]);
  });
});

describe('spans of the SDK', () => {
  const said = '{"key":"callspan.phase.seconds","value":{"intValue":5}}';
  const { batch } = ofTavus(talk([user(said, 10, 2), agent(said, 15, 4)]), { content: 'full' });

  it('keep a text that looks like an attribute as it was said', () => {
    const texts = attributesOf(toOtlp(batch)).filter(({ key }) => key === 'tavus.user.text');
    expect(texts).toEqual([{ key: 'tavus.user.text', value: { stringValue: said } }]);
  });
});
