import { describe, expect, it } from 'vitest';
import { bot, call, calls, latency, measured, result, talk, trace, translate, user } from './vapi-payload.ts';

const GREETING = bot('Hello.', 0, 2);
const QUESTION = user('When do you open?', 4, 6);
const waitsOf = (payload: unknown) => translate(payload).conversation.turns.flatMap(({ wait }) => wait ?? []);
const lengths = (payload: unknown) => waitsOf(payload).map(({ length }) => Number(length) / 1e9);
const phasesOf = (payload: unknown) =>
  waitsOf(payload).map(({ phases }) => phases.map(({ name, length }) => [name, Number(length) / 1e9]));
const unplacedOf = (payload: unknown) => translate(payload).conversation.unplaced;
const turnsOf = (payload: unknown) => translate(payload).conversation.turns;

const PARTS = { modelLatency: 800, voiceLatency: 150, transcriberLatency: 90, endpointingLatency: 400 };

describe('a latency', () => {
  it('is that of the answer, where there are as many', () => {
    const payload = measured([GREETING, QUESTION, bot('At nine.', 8, 9)], latency(1800, PARTS));
    expect(lengths(payload)).toEqual([1.8]);
    expect(waitsOf(payload)[0]).not.toHaveProperty('timing');
    expect(unplacedOf(payload)).toBeUndefined();
  });

  it('ends where the answer begins, whatever the rows say of its beginning', () => {
    const bar = trace(measured([GREETING, QUESTION, bot('At nine.', 8, 9)], latency(1800))).one(
      'response_latency',
    );
    expect(bar.seconds).toBe(1.8);
    expect(bar.attributes['callspan.timing']).toBe('derived');
  });

  it('is told in parts that do not sum to it: the rest is unexplained', () => {
    const payload = measured([GREETING, QUESTION, bot('At nine.', 8, 9)], latency(1800, PARTS));
    expect(phasesOf(payload)).toEqual([
      [
        ['turn_detection', 0.4],
        ['asr', 0.09],
        ['llm_ttfb', 0.8],
        ['tts_ttfb', 0.15],
      ],
    ]);
    expect(trace(payload).one('response_latency').attributes['callspan.wait.unexplained_seconds']).toBe(0.36);
  });

  it('of nothing was not measured, nor is a part of nothing', () => {
    const parts = { modelLatency: 1221, voiceLatency: 0, transcriberLatency: 0, endpointingLatency: 454 };
    expect(phasesOf(measured([GREETING, QUESTION, bot('At nine.', 10, 11)], latency(3553, parts)))).toEqual([
      [
        ['turn_detection', 0.454],
        ['llm_ttfb', 1.221],
      ],
    ]);
  });

  it('has the tools in it that were waited for, between model and voice', () => {
    const rows = [GREETING, QUESTION, calls(6.9, call('c1')), result('c1', 7.4), bot('At nine.', 8, 9)];
    expect(phasesOf(measured(rows, latency(2000, PARTS)))[0]?.map(([name]) => name)).toEqual([
      'turn_detection',
      'asr',
      'llm_ttfb',
      'tool_wait',
      'tts_ttfb',
    ]);
  });

  it('has no tool in it whose result came after the answer had begun', () => {
    const rows = [GREETING, QUESTION, calls(6.9, call('c1')), bot('One moment.', 7, 8), result('c1', 9)];
    expect(phasesOf(measured(rows, latency(1000)))).toEqual([[]]);
  });
});

describe('latencies that are more or fewer than the answers', () => {
  const rows = [
    GREETING,
    QUESTION,
    bot('At nine.', 7.5, 9),
    user('And today?', 10, 11),
    bot('At ten.', 12, 13),
  ];

  it.each([1, 3])('count without a bar: %i of two', (count) => {
    const payload = measured(rows, ...Array.from({ length: count }, () => latency(900, PARTS)));
    expect(unplacedOf(payload)?.waits).toEqual(Array(count).fill(900_000_000n));
    expect(unplacedOf(payload)?.phases).toHaveLength(4 * count);
  });

  it('leave the bars to the rows, which are estimates and do not count beside them', () => {
    const waits = waitsOf(measured(rows, latency(900)));
    expect(waits.map(({ length }) => Number(length) / 1e9)).toEqual([1.5, 1]);
    expect(waits.map(({ timing, counts }) => [timing, counts])).toEqual([
      ['estimated', false],
      ['estimated', false],
    ]);
    expect(waits.flatMap(({ phases }) => phases)).toEqual([]);
  });

  it('and none at all: the rows tell the waits, and count', () => {
    const waits = waitsOf(talk(rows));
    expect(waits.map(({ length, timing, counts }) => [length, timing, counts])).toEqual([
      [1_500_000_000n, 'estimated', undefined],
      [1_000_000_000n, 'estimated', undefined],
    ]);
  });

  it('say that somebody spoke, where the list of messages is there and empty', () => {
    const payload = talk([], {}, { performanceMetrics: { turnLatencies: [latency(900)] } });
    expect(translate(payload).conversation.outcome).toBe('completed');
    expect(translate(talk([])).conversation.outcome).toBe('no_user');
  });

  it('of zero retention are all that there is, and make a slow call findable', () => {
    const payload = talk(
      [],
      { messages: null },
      { messages: null, performanceMetrics: { turnLatencies: [latency(6030)] } },
    );
    expect(trace(payload).root.attributes).toMatchObject({
      'callspan.waits': 1,
      'callspan.slow': true,
      'callspan.outcome': 'completed',
    });
  });
});

describe('as many latencies as answers', () => {
  it('are none of theirs where one is longer than what went by since the user began to speak', () => {
    const payload = measured([GREETING, user('Yes.', 4, 4.5), bot('Good.', 5, 6)], latency(3000));
    expect(waitsOf(payload).map(({ counts }) => counts)).toEqual([false]);
    expect(unplacedOf(payload)?.waits).toEqual([3_000_000_000n]);
  });

  it('may differ from the rows by what the clocks of both sides do', () => {
    const payload = measured([GREETING, user('Yes.', 4, 4.1), bot('Good.', 5, 6)], latency(1080));
    expect(lengths(payload)).toEqual([1.08]);
  });
});

describe('nobody waits', () => {
  it('for a greeting, a prompt into a silence or the second half of an answer', () => {
    const rows = [
      GREETING,
      QUESTION,
      bot('At nine.', 7, 8),
      bot('Every day.', 8.2, 9),
      bot('Still there?', 20, 21),
    ];
    expect(lengths(talk(rows))).toEqual([1]);
  });

  it('for an answer that begins before the question has ended, where no latency is told: that is an overlap', () => {
    const turns = turnsOf(talk([GREETING, QUESTION, bot('At nine.', 5.5, 8)]));
    expect(turns.at(-1)).toMatchObject({ overlap: 500_000_000n });
    expect(turns.at(-1)).not.toHaveProperty('wait');
  });

  it('as long as anybody could tell, where nothing says when the question ended', () => {
    const made = trace(talk([GREETING, user('When do you open?', 4), bot('At nine.', 8, 9)]));
    expect(made.all('response_latency')).toEqual([]);
    expect(made.root.attributes['callspan.waits.unmeasured']).toBe(1);
  });

  it('for an answer that was measured as nothing: it was not measured', () => {
    const waits = waitsOf(measured([GREETING, QUESTION, bot('At nine.', 7.5, 9)], latency(0, PARTS)));
    expect(waits.map(({ length, timing, counts }) => [length, timing, counts])).toEqual([
      [1_500_000_000n, 'estimated', undefined],
    ]);
  });

  it.each([-1, 86_400_000, 1e300, '900', null, Number.NaN, {}])('%j milliseconds', (turnLatency) => {
    const payload = measured([GREETING, QUESTION, bot('At nine.', 7.5, 9)], {
      turnLatency,
      modelLatency: turnLatency,
    });
    expect(waitsOf(payload).map(({ length, timing, phases }) => [length, timing, phases])).toEqual([
      [1_500_000_000n, 'estimated', []],
    ]);
    expect(unplacedOf(payload)).toBeUndefined();
  });

  it('as another answer’s latency says, though one before it cannot be read', () => {
    const one = [GREETING, QUESTION, bot('At nine.', 7.5, 9)];
    const odd = talk(one, {}, { performanceMetrics: { turnLatencies: [null, latency(900)] } });
    expect(waitsOf(odd).map(({ counts }) => counts)).toEqual([false]);
    expect(unplacedOf(odd)?.waits).toEqual([900_000_000n]);
    const two = [...one, user('And today?', 10, 11), bot('At ten.', 12, 13)];
    const placed = talk(two, {}, { performanceMetrics: { turnLatencies: ['lost', latency(900)] } });
    expect(waitsOf(placed).map(({ length, timing }) => [length, timing])).toEqual([
      [1_500_000_000n, 'estimated'],
      [900_000_000n, undefined],
    ]);
  });

  it('while the assistant goes on: what is said into it is answered when it has come to its end', () => {
    const rows = (until: number, next: number) => [
      bot('It is a long story', 0, until),
      user('Mhm.', 5, 5.3),
      bot('So.', next, 12),
    ];
    expect(lengths(talk(rows(10, 10.5)))).toEqual([0.5]);
    expect(lengths(talk(rows(6, 10.5)))).toEqual([5.2]);
    const made = trace(talk(rows(10, 9.5)));
    expect(made.all('response_latency')).toEqual([]);
    expect(made.root.attributes['callspan.waits.unmeasured']).toBe(1);
  });

  it('for longer than the call lasted, and nobody talks into an answer for that long', () => {
    const late = [GREETING, QUESTION, bot('At nine.', 4_000, 4_001)];
    expect(trace(talk(late)).root.attributes).toMatchObject({
      'callspan.waits': 0,
      'callspan.waits.unmeasured': 1,
    });
    const endless = [GREETING, user('When do you open?', 4, 4_000), bot('At nine.', 8, 9)];
    expect(turnsOf(talk(endless)).at(-1)).toMatchObject({ unmeasured: true });
    expect(turnsOf(talk(endless)).at(-1)).not.toHaveProperty('overlap');
  });

  it('for what is typed, and the number of such answers is told', () => {
    const rows = [user('Hi.', 1, 1.5), bot('Hello.', 2, 2), user('Bye.', 3), bot('Bye.', 4)];
    const made = trace(talk(rows, { costBreakdown: { chat: 0.01, stt: 0, tts: 0 } }));
    expect(made.all('response_latency')).toEqual([]);
    expect(made.root.attributes).toMatchObject({
      'callspan.waits.unmeasured': 2,
      'gen_ai.output.type': 'text',
    });
  });
});

describe('a user without an answer', () => {
  it('for five seconds and more, until the end or their next words, is unanswered', () => {
    const silences = (rows: unknown[]) => turnsOf(talk(rows)).map(({ silence }) => silence);
    expect(silences([GREETING, user('Hello?', 50, 55)])).toEqual([undefined, 5_000_000_000n]);
    expect(silences([GREETING, user('Hello?', 50, 55.1)])).toEqual([undefined, undefined]);
    expect(silences([user('Hello?', 4, 5), user('Hello?', 12, 13), bot('Yes?', 14, 15)])[0]).toBe(
      7_000_000_000n,
    );
  });

  it.each(['endCall', 'transferCall', 'end_call'])('is answered by %s', (name) => {
    const turns = turnsOf(talk([GREETING, user('Bye.', 50, 51), calls(51.5, call('c', name))]));
    expect(turns.map(({ silence }) => silence)).toEqual([undefined, undefined, undefined]);
    expect(turns.at(-1)?.concludes).toBe(true);
  });

  it('of whom nobody knows when they stopped, is not called one', () => {
    expect(turnsOf(talk([GREETING, user('Hello?', 50)])).at(-1)).not.toHaveProperty('silence');
  });
});

describe('an interruption', () => {
  const rows = [GREETING, bot('We are open from', 3, 6), user('Stop.', 5.5, 6.5), bot('Yes?', 8, 9)];
  const told = (performanceMetrics: unknown) =>
    turnsOf(talk(rows, {}, { performanceMetrics })).map(({ interrupted }) => interrupted);

  it('is a user who began before the agent had ended', () => {
    expect(told({ numAssistantInterrupted: 1, numUserInterrupted: 0 })).toEqual([
      false,
      true,
      undefined,
      false,
    ]);
    expect(told(undefined)).toEqual([false, true, undefined, false]);
  });

  it('was none where the vendor says that nothing was interrupted; the other count is of the user’s words', () => {
    expect(told({ numAssistantInterrupted: 0, numUserInterrupted: 1 })).toEqual([
      false,
      false,
      undefined,
      false,
    ]);
  });
});
