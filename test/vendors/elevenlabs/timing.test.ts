import { describe, expect, it } from 'vitest';
import {
  AGENT,
  conversation,
  metrics,
  nano,
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

const FELT = 'response_latency';
const SECOND = 1_000_000_000n;

function starts(spans: readonly unknown[], name: string): bigint[] {
  return trace(conversation({ spans }))
    .all(name)
    .map((one) => one.start - BigInt(nano(0)));
}

describe('turns that start at one instant', () => {
  it('are put apart: the k-th in order starts k µs later; ends stay', () => {
    const made = trace(
      conversation({
        spans: [
          root(),
          turn(2, USER, [4, 9]),
          turn(0, AGENT, [4, 4]),
          turn(1, USER, [4, 4]),
          turn(3, AGENT, [9, 12]),
        ],
      }),
    );
    const turns = made.spans.filter((one) => one.name.includes('.recv.'));
    expect(turns.map((one) => [one.start - BigInt(nano(0)), one.end - BigInt(nano(0))])).toEqual([
      // A bar of no length lasts a nanosecond.
      [4n * SECOND, 4n * SECOND + 1n],
      [4n * SECOND + 1_000n, 4n * SECOND + 1_001n],
      [4n * SECOND + 2_000n, 9n * SECOND],
      [9n * SECOND, 12n * SECOND],
    ]);
  });

  it('take with them what below them started with them, and nothing else', () => {
    const spans = [
      root(),
      turn(0, AGENT, [4, 4]),
      turn(1, AGENT, [4, 9]),
      span('t', 'turn1', 'elevenlabs.tool.with', [4, 6]),
      span('u', 'turn1', 'elevenlabs.tool.later', [5, 6]),
    ];
    expect(starts(spans, 'tool.with')).toEqual([4n * SECOND + 1_000n]);
    expect(starts(spans, 'tool.later')).toEqual([5n * SECOND]);
  });

  it('count also where one lies under another', () => {
    const spans = [root(), turn(0, AGENT, [4, 4]), turn(1, AGENT, [4, 9]), span('n', 'turn1', USER, [4, 9])];
    expect(starts(spans, USER)).toEqual([4n * SECOND + 2_000n]);
  });

  it('move no tool span of its own accord', () => {
    const spans = [root(), span('a', 'root', 'elevenlabs.tool.a', [4, 5]), turn(0, AGENT, [4, 5])];
    expect([...starts(spans, 'tool.a'), ...starts(spans, AGENT)]).toEqual([4n * SECOND, 4n * SECOND]);
  });
});

describe('the wait, elevenlabs.response_latency', () => {
  it('lasts exactly what the vendor measured and ends where the agent’s span starts', () => {
    const made = trace(
      talk([row('agent', 'Hi.', 0), row('user', 'So?', 4), row('agent', 'Yes.', 8, wait(1.987654321))]),
    );
    const bar = made.one(FELT);
    expect(bar.end - bar.start).toBe(1_987_654_321n);
    expect(bar.end).toBe(made.all(AGENT)[1]?.start);
    expect(bar.attributes).toMatchObject({
      'turn.user_bot_latency_seconds': 1.987654321,
      'turn.number': 2,
      'callspan.timing': 'derived',
    });
    expect([made.parentOf(bar)?.name, bar.kind, bar.status]).toEqual([made.root.name, 1, 0]);
  });

  it('begins with the conversation where it would begin before: it is never shortened', () => {
    const made = trace(talk([row('user', 'So?', 0), row('agent', 'Yes.', 1, wait(2.5))]));
    expect(made.root.start).toBe(BigInt(nano(0)));
    expect(made.at(made.one(FELT))).toEqual([0, 2.5]);
  });

  it('is read from the span where the JSON half has no row', () => {
    const spans = [
      root(),
      turn(0, USER, [4, 8]),
      turn(1, AGENT, [8, 9], { 'elevenlabs.metric.convai_ttf_audio_since_silence_ms': 1234.5 }),
    ];
    expect(trace(conversation({ spans })).one(FELT).seconds).toBe(1.2345);
  });

  it.each([
    ['there is no metric', {}],
    ['the metric is negative', wait(-0.5)],
    ['the metric is a day', wait(86_400)],
    [
      'the metric is a text',
      { conversation_turn_metrics: { metrics: { convai_ttf_audio_since_silence: { elapsed_time: '1' } } } },
    ],
  ])('is none where %s', (_, more) => {
    expect(trace(talk([row('user', 'So?', 4), row('agent', 'Yes.', 8, more)])).all(FELT)).toEqual([]);
  });

  it('is none for a user turn', () => {
    expect(trace(talk([row('user', 'So?', 4, wait(1))])).all(FELT)).toEqual([]);
  });

  it('is read from metrics without the wrapper, as older payloads have them', () => {
    const old = { conversation_turn_metrics: { convai_ttf_audio_since_silence: { elapsed_time: 1.5 } } };
    expect(trace(talk([row('user', 'So?', 4), row('agent', 'Yes.', 8, old)])).one(FELT).seconds).toBe(1.5);
  });
});

describe('the phases of a wait', () => {
  const PHASES = {
    convai_turn_silence_before_initiation: 0.2,
    convai_llm_service_ttfb: 0.4,
    convai_tts_service_ttfb: 0.1,
  };
  const rag = (seconds?: number) => ({
    rag_retrieval_info: {
      chunks: [{ document_id: 'd1' }, { document_id: 'd2' }, { document_id: 'd1' }],
      embedding_model: 'e5',
      retrieval_query: 'Where?',
      ...(seconds === undefined ? {} : { rag_latency_secs: seconds }),
    },
  });
  const asr = metrics({ convai_asr_trailing_service_latency: 0.05 });
  const reply = (felt: number, more: Record<string, unknown> = {}) =>
    trace(talk([row('user', 'So?', 4, asr), row('agent', 'Yes.', 8, { ...wait(felt, PHASES), ...more })]));
  /** Name, start within the wait and length of the bars, and the true length. */
  const bars = (made: ReturnType<typeof reply>) => {
    const parent = made.one(FELT);
    return made
      .childrenOf(parent)
      .map((one) => [
        one.name.replace(/^elevenlabs\./, ''),
        Number(one.start - parent.start) / 1e9,
        one.seconds,
        one.attributes['callspan.phase.seconds'],
      ]);
  };

  it('are laid end to end from its start: turn detection, asr, rag, llm, tts', () => {
    expect(bars(reply(2, rag(0.3)))).toEqual([
      ['phase.turn_detection', 0, 0.2, 0.2],
      ['phase.asr', 0.2, 0.05, 0.05],
      ['rag.retrieve', 0.25, 0.3, 0.3],
      ['phase.llm_ttfb', 0.55, 0.4, 0.4],
      ['phase.tts_ttfb', 0.95, 0.1, 0.1],
    ]);
  });

  it('are clipped to the wait; the true value stays, the wait stays', () => {
    const made = reply(0.5, rag(0.3));
    expect(made.one(FELT).seconds).toBe(0.5);
    expect(bars(made).map(([name, , length, truth]) => [name, length, truth])).toEqual([
      ['phase.turn_detection', 0.2, 0.2],
      ['phase.asr', 0.05, 0.05],
      ['rag.retrieve', 0.25, 0.3],
      ['phase.llm_ttfb', 0, 0.4],
      ['phase.tts_ttfb', 0, 0.1],
    ]);
    expect(made.one('tts_ttfb').end).toBe(made.one(FELT).end);
  });

  it('are there only where their metric is', () => {
    expect(
      trace(talk([row('user', 'So?', 4), row('agent', 'Yes.', 8, wait(1, { convai_llm_service_ttfb: 0.4 }))]))
        .names()
        .filter((name) => name.includes('phase.')),
    ).toEqual(['elevenlabs.phase.llm_ttfb']);
  });

  it('take the asr of the nearest user turn before', () => {
    const made = trace(
      talk([
        row('user', 'One.', 2, asr),
        row('agent', 'Hm.', 3),
        row('user', 'Two.', 4),
        row('agent', 'Yes.', 8, wait(1)),
      ]),
    );
    expect(made.all('phase.asr')).toEqual([]);
  });

  it('say what they are', () => {
    const made = reply(2, rag(0.3));
    for (const phase of ['turn_detection', 'asr', 'llm_ttfb', 'tts_ttfb']) {
      expect(made.one(`phase.${phase}`).attributes).toMatchObject({
        'callspan.phase': phase,
        'turn.number': 1,
        'callspan.timing': 'derived',
      });
    }
    expect(made.one('rag.retrieve').attributes).toMatchObject({
      'callspan.phase': 'rag',
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.request.model': 'e5',
      'callspan.rag.document_ids': ['d1', 'd2'],
    });
    expect(made.one('rag.retrieve').attributes).not.toHaveProperty('gen_ai.retrieval.query.text');
  });

  it('rag without a wait is a child of the agent’s span, at its start, as long as it took', () => {
    const made = trace(talk([row('agent', 'Yes.', 8, rag(0.3))]));
    const bar = made.one('rag.retrieve');
    expect(made.parentOf(bar)?.name).toBe(AGENT);
    expect(made.at(bar)).toEqual([8, 8.3]);
    expect(bar.attributes['callspan.phase.seconds']).toBe(0.3);
  });

  it('rag without its latency is a zero-length child of the agent’s span, also beside a wait', () => {
    const made = reply(2, rag());
    const bar = made.one('rag.retrieve');
    expect([made.parentOf(bar)?.name, bar.seconds]).toEqual([AGENT, 0]);
    expect(bar.attributes).not.toHaveProperty('callspan.phase.seconds');
  });

  it('rag is read from the span where the JSON half has none', () => {
    const spans = [
      root(),
      turn(0, AGENT, [8, 9], {
        'elevenlabs.rag.latency_ms': 250,
        'elevenlabs.rag.embedding_model': 'e5',
        'elevenlabs.rag.retrieval_query': 'Where?',
      }),
    ];
    const bar = trace(conversation({ spans }), { content: 'full' }).one('rag.retrieve');
    expect([
      bar.seconds,
      bar.attributes['gen_ai.request.model'],
      bar.attributes['gen_ai.retrieval.query.text'],
    ]).toEqual([0.25, 'e5', 'Where?']);
  });
});

describe('an unanswered user of ElevenLabs', () => {
  const silence = (rows: readonly Record<string, unknown>[]) =>
    trace(talk(rows)).all(USER)[0]?.attributes['turn.silence_seconds'];

  it('is one whom no agent speech follows for 8 s since the whole second of the row', () => {
    expect(silence([row('user', 'Hi.', 4), row('user', 'Hello?', 12)])).toBe(8);
    expect(silence([row('user', 'Hi.', 4), row('user', 'Hello?', 11)])).toBeUndefined();
    expect(silence([row('user', 'Hi.', 52)])).toBe(8);
    expect(silence([row('user', 'Hi.', 53)])).toBeUndefined();
  });

  it('is not one whom the agent answered, however late', () => {
    expect(silence([row('user', 'Hi.', 4), row('agent', 'Sorry.', 40)])).toBeUndefined();
  });

  it('is one to whom only tools or empty rows answered', () => {
    const calls = { tool_calls: [{ request_id: 'r', tool_name: 'lookup', params_as_json: '{}' }] };
    expect(silence([row('user', 'Hi.', 4), row('agent', null, 5, calls), row('agent', '', 6)])).toBe(56);
  });

  it('a row of dots is silence: never unanswered, ends no silence, and begins no wait', () => {
    expect(silence([row('user', '...', 4)])).toBeUndefined();
    expect(
      silence([row('user', 'Hi.', 4), row('user', '...', 14), row('agent', 'Yes.', 16)]),
    ).toBeUndefined();
    expect(silence([row('user', 'Hi.', 4), row('user', '…', 14), row('user', 'Hello?', 24)])).toBe(20);
  });

  it('is not one whose words were taken for a backchannel', () => {
    expect(silence([row('user', 'Mhm.', 4, { ignored_as_backchannel: true })])).toBeUndefined();
  });

  it('counts from the vendor’s second, though its bar was put some µs later', () => {
    expect(
      silence([row('user', 'Hi.', 4), row('user', 'Hello?', 4), row('user', 'Hello?', 14)]),
    ).toBeUndefined();
    expect(
      trace(talk([row('user', 'Hi.', 4), row('user', 'Hello?', 4), row('user', 'Hello?', 14)])).all(USER)[1]
        ?.attributes['turn.silence_seconds'],
    ).toBe(10);
  });

  it('carries turn.unanswered, and the root the longest silence', () => {
    const made = trace(talk([row('user', 'Hi.', 4), row('user', 'Hello?', 14)]));
    expect(made.all(USER)[0]?.attributes['turn.unanswered']).toBe(true);
    expect(made.root.attributes).toMatchObject({
      'callspan.unanswered': 2,
      'callspan.silence.max_seconds': 46,
    });
  });

  it('is one that a skeleton shows too, where nothing is known of who was silent', () => {
    const spans = [root(), turn(0, USER, [4, 14]), turn(1, USER, [14, 20]), turn(2, AGENT, [20, 60])];
    expect(
      trace(conversation({ spans }))
        .all(USER)
        .map((one) => one.attributes['turn.silence_seconds']),
    ).toEqual([10, undefined]);
  });
});

describe('turn.number of ElevenLabs', () => {
  it('is that of the exchange, for user, wait, reply, phases and tools', () => {
    const calls = { tool_calls: [{ request_id: 'r', tool_name: 'lookup', params_as_json: '{}' }] };
    const rows = [
      row('agent', 'Hello.', 0),
      row('user', 'Hi.', 4),
      row('agent', 'Yes.', 8, { ...wait(1, { convai_llm_service_ttfb: 0.4 }), ...calls }),
    ];
    const payload = talk(rows);
    const spans = [
      root(),
      turn(0, AGENT, [0, 4]),
      turn(1, USER, [4, 8]),
      turn(2, AGENT, [8, 60]),
      span('t', 'turn2', 'elevenlabs.tool.lookup', [9, 10]),
    ];
    const made = trace({ ...payload, ...conversation({ spans, rows }) });
    expect(Object.fromEntries(made.spans.map((one) => [one.name, one.attributes['turn.number']]))).toEqual({
      'elevenlabs.conversation': undefined,
      [AGENT]: 2,
      [USER]: 2,
      'elevenlabs.response_latency': 2,
      'elevenlabs.phase.llm_ttfb': 2,
      'elevenlabs.tool.lookup': 2,
    });
    expect(translate(payload).conversation.turns.map(({ number }) => number)).toEqual([1, 2, 2]);
  });
});
