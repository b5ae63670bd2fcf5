import { describe, expect, it } from 'vitest';
import { observe } from '../../../src/metrics/observe.ts';
import { agent, call, kind, result, said, talk, trace, translate, user } from './retell-payload.ts';

/** A greeting, and two questions with their answers: 1.0 and 0.5 s apart by their words. */
const ROWS = [
  agent('Hello, who is there?', 0.5, 2),
  user('It is me.', 3, 4),
  agent('Yes?', 5, 6),
  user('And you?', 7, 8),
  agent('Me too.', 8.5, 9),
];

/** What each wait is said to be, and to rest on. */
function waits(payload: unknown) {
  const made = trace(payload);
  return made.all('.response_latency').map((bar) => ({
    felt: bar.attributes['turn.user_bot_latency_seconds'],
    timing: bar.attributes['callspan.timing'],
    phases: made
      .childrenOf(bar)
      .map(({ attributes }) => [attributes['callspan.phase'], attributes['callspan.phase.seconds']]),
  }));
}

/** What the numbers get, in seconds. */
function counted(payload: unknown, metric: 'callspan.response.latency' | 'callspan.phase.latency') {
  const { conversation, waitIds } = translate(payload);
  return observe(conversation, { source: 's', waitIds, deliveredAt: conversation.end })
    .filter((one) => one.metric === metric)
    .map(({ value, labels }) =>
      metric === 'callspan.phase.latency'
        ? [labels['callspan.phase'], Number(value) / 1e9]
        : Number(value) / 1e9,
    );
}

describe('what was measured of the waits', () => {
  it('is theirs, in order, where there are as many as waits', () => {
    const payload = talk(ROWS, { e2e: kind([1200.25, 640]) });
    expect(waits(payload)).toEqual([
      { felt: 1.20025, timing: 'derived', phases: [] },
      { felt: 0.64, timing: 'derived', phases: [] },
    ]);
    expect(counted(payload, 'callspan.response.latency')).toEqual([1.20025, 0.64]);
  });

  it('ends each wait where the agent is heard', () => {
    const made = trace(talk(ROWS, { e2e: kind([1200, 640]) }));
    const [first] = made.all('.response_latency');
    expect(Number((first?.end ?? 0n) - made.root.start) / 1e9).toBe(5);
    expect(first?.seconds).toBe(1.2);
  });

  it.each([
    ['one more', kind([1200, 640, 700])],
    ['one less', kind([1200])],
    ['as many, but not by the vendor’s own count', kind([1200, 640], 3)],
    ['as many, one of which is no number', kind([1200, 640, null], 3)],
  ])('counts, and the words show where somebody waited, where there are %s', (_, e2e) => {
    const payload = talk(ROWS, { e2e });
    expect(waits(payload)).toEqual([
      { felt: 1, timing: 'estimated', phases: [] },
      { felt: 0.5, timing: 'estimated', phases: [] },
    ]);
    const measured = (e2e.values as unknown[]).filter((value) => typeof value === 'number');
    expect(counted(payload, 'callspan.response.latency')).toEqual(measured.map((value) => value / 1000));
  });

  it('is told by the words alone where nothing was measured, and then they count', () => {
    expect(waits(talk(ROWS)).map(({ felt, timing }) => [felt, timing])).toEqual([
      [1, 'estimated'],
      [0.5, 'estimated'],
    ]);
    expect(counted(talk(ROWS), 'callspan.response.latency')).toEqual([1, 0.5]);
  });

  it('counts also where nothing is kept of what was said', () => {
    const payload = talk([], { e2e: kind([900]) }, { transcript_with_tool_calls: undefined });
    expect(waits(payload)).toEqual([]);
    expect(counted(payload, 'callspan.response.latency')).toEqual([0.9]);
    expect(trace(payload).root.attributes['callspan.wait.max_seconds']).toBe(0.9);
  });

  it('is more to be believed than words that overlap', () => {
    const rows = [user('It is me and', 1, 4), agent('Yes?', 3.9, 5)];
    expect(waits(talk(rows, { e2e: kind([700]) }))).toMatchObject([{ felt: 0.7, timing: 'derived' }]);
    const made = trace(talk(rows));
    expect(made.all('.response_latency')).toEqual([]);
    expect(made.all('.agent_response')[0]?.attributes['turn.overlap_seconds']).toBe(0.1);
  });
});

describe('nobody waits', () => {
  const e2e = kind([1200, 640]);

  it('for longer than since they began to speak: measurements that say so are of other turns', () => {
    const payload = talk(ROWS, { e2e: kind([1200, 9_000]), asr: kind([80, 90]) });
    expect(waits(payload).map(({ timing }) => timing)).toEqual(['estimated', 'estimated']);
    expect(counted(payload, 'callspan.response.latency')).toEqual([1.2, 9]);
  });

  it('for a second answer, a prompt or words to whom the call was handed to', () => {
    const more = [agent('Every day.', 9.2, 10), agent('Still there?', 30, 31)];
    const handed = [user('A person, please.', 32, 33), said('transfer_target', 'Grace.', 40, 41)];
    expect(waits(talk([...ROWS, ...more, ...handed], { e2e })).map(({ felt }) => felt)).toEqual([1.2, 0.64]);
    expect(waits(talk([...ROWS, ...more, ...handed])).map(({ felt }) => felt)).toEqual([1, 0.5]);
  });

  it('while a key is pressed: a guess counts from the last of them', () => {
    const dtmf = (digit: string, at?: number) => ({
      role: 'dtmf',
      digit,
      ...(at === undefined ? {} : { time_sec: at }),
    });
    const asked = [user('My number is', 1, 2), dtmf('4', 5), dtmf('7', 6.5), dtmf('1')];
    expect(waits(talk([...asked, agent('Thank you.', 7, 8)])).map(({ felt }) => felt)).toEqual([0.5]);
    const silences = (rows: unknown[]) =>
      translate(talk(rows)).conversation.turns.map(({ silence }) => silence);
    expect(silences([user('My number is', 1, 2), dtmf('4', 40)])).toEqual([20_000_000_000n]);
    // Keys that were pressed after the answer are none of the question's.
    expect(
      waits(talk([user('It is me.', 1, 2), agent('Yes?', 3, 4), dtmf('4', 6)])).map(({ felt }) => felt),
    ).toEqual([1]);
  });

  it('while the agent goes on: what a user says into it is answered when it has come to its end', () => {
    const rows = [agent('It is a long story', 0, 10), user('Mhm.', 5, 5.3), agent('So it ends.', 10.5, 12)];
    expect(waits(talk(rows)).map(({ felt }) => felt)).toEqual([0.5]);
    const closer = [agent('It is a long story', 0, 10), user('Mhm.', 5, 5.3), agent('that ends.', 9.5, 12)];
    const made = trace(talk(closer));
    expect(made.all('.response_latency')).toEqual([]);
    expect(made.root.attributes['callspan.waits.unmeasured']).toBe(1);
    // One that stops because of it does so within a second.
    const stopped = [agent('It is a long', 0, 4), user('Stop.', 2.9, 3.4), agent('Yes?', 5, 6)];
    expect(waits(talk(stopped)).map(({ felt }) => felt)).toEqual([1.6]);
  });

  it('for longer than the call lasted: words’ times in another unit tell nothing', () => {
    const rows = [agent('Hello.', 500, 2_000), user('It is me.', 3_000, 4_000), agent('Yes?', 5_000, 6_000)];
    const made = trace(talk(rows));
    expect(made.all('.response_latency')).toEqual([]);
    expect(made.root.attributes).toMatchObject({ 'callspan.waits': 0, 'callspan.waits.unmeasured': 1 });
  });

  it('in a chat, whatever has times', () => {
    const made = trace(talk(ROWS, { e2e }, { call_type: 'chat' }));
    expect(made.all('.response_latency')).toEqual([]);
    expect(made.root.attributes).toMatchObject({
      'callspan.waits': 0,
      'callspan.waits.unmeasured': 2,
      'callspan.unanswered': 0,
    });
  });
});

describe('a row that nobody heard', () => {
  it.each([
    ['says that there was no response', agent('[No response, waiting for the next utterance.]', 8.1, 8.3)],
    ['has words of no length', agent('Hm.', 8.2, 8.2)],
    ['has no words with a time', agent('Hm.')],
  ])('ends no wait and is no turn: it %s', (_, row) => {
    const rows = [...ROWS.slice(0, 4), row, ...ROWS.slice(4)];
    const payload = talk(rows, { e2e: kind([1200, 640]), tts: kind([100, 110, 120]) });
    expect(waits(payload).map(({ felt }) => felt)).toEqual([1.2, 0.64]);
    expect(trace(payload).all('.agent_response')).toHaveLength(3);
  });

  it('is one only where others have times: what is typed has none', () => {
    const rows = [agent('Hello.'), user('Hi.'), agent('Yes?')];
    const made = trace(talk(rows));
    expect(made.all('.agent_response')).toHaveLength(2);
    expect(made.root.attributes['callspan.waits.unmeasured']).toBe(1);
  });
});

describe('what a wait was spent on', () => {
  const e2e = kind([1200, 640]);

  it('is told where there is one measurement a wait', () => {
    const payload = talk(ROWS, {
      e2e,
      asr: kind([80, 90]),
      llm: kind([500, 300]),
      knowledge_base: kind([40, 50]),
    });
    expect(waits(payload).map(({ phases }) => phases)).toEqual([
      [
        ['asr', 0.08],
        ['rag', 0.04],
        ['llm_ttfb', 0.5],
      ],
      [
        ['asr', 0.09],
        ['rag', 0.05],
        ['llm_ttfb', 0.3],
      ],
    ]);
  });

  it('counts without a bar where there is not', () => {
    const payload = talk(ROWS, { e2e, asr: kind([80]), llm: kind([500, 300, 200]) });
    expect(waits(payload).map(({ phases }) => phases)).toEqual([[], []]);
    expect(counted(payload, 'callspan.phase.latency')).toEqual([
      ['asr', 0.08],
      ['llm_ttfb', 0.5],
      ['llm_ttfb', 0.3],
      ['llm_ttfb', 0.2],
    ]);
  });

  it('is never told of a wait whose own length is a guess', () => {
    const payload = talk(ROWS, { e2e: kind([1200]), asr: kind([80, 90]) });
    expect(waits(payload).map(({ phases }) => phases)).toEqual([[], []]);
    expect(counted(payload, 'callspan.phase.latency')).toEqual([
      ['asr', 0.08],
      ['asr', 0.09],
    ]);
  });

  it('has the voice of what is answered, where there is a voice for all that was said', () => {
    const payload = talk(ROWS, { e2e, tts: kind([70, 110, 120]) });
    expect(waits(payload).map(({ phases }) => phases)).toEqual([[['tts_ttfb', 0.11]], [['tts_ttfb', 0.12]]]);
    expect(counted(payload, 'callspan.phase.latency')).toHaveLength(2);
  });

  it('has a request of the model for each round of calls, and how long the longest of each took', () => {
    const rows = [
      ...ROWS.slice(0, 2),
      ...[call('b', 4.1), call('a', 4.1), result('b', 4.3), result('a', 4.5)],
      ...[call('c', 4.6), result('c', 4.7)],
      ...ROWS.slice(2),
    ];
    const payload = talk(rows, { e2e, llm: kind([100, 200, 300, 400]) });
    expect(waits(payload).map(({ phases }) => phases)).toEqual([
      [
        ['llm_ttfb', 0.1],
        ['tool_wait', 0.4],
        ['llm_ttfb', 0.2],
        ['tool_wait', 0.1],
        ['llm_ttfb', 0.3],
      ],
      [['llm_ttfb', 0.4]],
    ]);
  });

  it('does not tell requests apart where the model was asked for more than anybody waited for', () => {
    const rows = [...ROWS, call('a', 9.5), result('a', 9.8)];
    expect(waits(talk(rows, { e2e, llm: kind([100, 200]) })).map(({ phases }) => phases)).toEqual([[], []]);
    expect(waits(talk(rows, { e2e, llm: kind([100, 200, 300]) })).map(({ phases }) => phases)).toEqual([
      [],
      [],
    ]);
  });
});
