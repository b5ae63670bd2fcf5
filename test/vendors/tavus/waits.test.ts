import { describe, expect, it } from 'vitest';
import {
  agent,
  answer,
  call,
  calls,
  conversation,
  joined,
  shutdown,
  talk,
  trace,
  transcript,
  user,
} from './tavus-payload.ts';

const FAR = 40 * 86_400;

describe('the wait, tavus.response_latency', () => {
  it("goes from the end of the user's last entry to the start of the first reply", () => {
    const made = trace(talk([user('Hi.', 5, 1), agent('Hello.', 7.5, 1)]));
    const wait = made.one('response_latency');
    expect(made.at(wait)).toEqual([6, 7.5]);
    expect(wait.attributes).toMatchObject({
      'turn.user_bot_latency_seconds': 1.5,
      'turn.number': 1,
      'callspan.timing': 'derived',
      'callspan.phase': 'response_latency',
    });
    expect(made.parentOf(wait)).toBe(made.root);
  });

  it('counts from the last of several entries of the user', () => {
    const made = trace(talk([user('Hi.', 5, 1), user('Are you there?', 7, 1), agent('Yes.', 9, 1)]));
    expect(made.at(made.one('response_latency'))).toEqual([8, 9]);
  });

  it('has the tool calls in between as a part of it', () => {
    const made = trace(
      talk([user('Hi.', 5, 1), calls(7, call('c1')), answer('c1', 'x', 8), agent('Hello.', 9, 1)]),
    );
    expect(made.at(made.one('response_latency'))).toEqual([6, 9]);
  });

  it('is one: a second reply to the same words ends none', () => {
    expect(
      trace(talk([user('Hi.', 5, 1), agent('Hello.', 7, 1), agent('Well?', 9, 1)])).all('response_latency'),
    ).toHaveLength(1);
  });

  it('is none for the greeting', () => {
    expect(trace(talk([agent('Hello.', 5, 1)])).all('response_latency')).toEqual([]);
  });

  it.each([
    ["the user's entry has no duration", [user('Hi.', 5), agent('Hello.', 7, 1)]],
    ["the user's entry has no time", [user('Hi.'), agent('Hello.', 7, 1)]],
    ['the reply has no time', [user('Hi.', 5, 1), agent('Hello.')]],
    ['the gap is a day or more', [user('Hi.', 5, 1), agent('Hello.', 86_406, 1)]],
  ])('is none, and no overlap, where %s', (_, entries) => {
    const made = trace(talk(entries));
    expect(made.all('response_latency')).toEqual([]);
    expect(made.one('agent_response').attributes).not.toHaveProperty('turn.overlap_seconds');
  });

  it('is none where the replica began before the user had ended: its span carries the overlap', () => {
    const made = trace(talk([user('Hi.', 5, 2), agent('Hello.', 6.75, 1)]));
    expect(made.all('response_latency')).toEqual([]);
    expect(made.one('agent_response').attributes['turn.overlap_seconds']).toBe(0.25);
  });

  it('is one of no length where the reply starts at the very end of the words', () => {
    const made = trace(talk([user('Hi.', 5, 1), agent('Hello.', 6, 1)]));
    expect(made.one('response_latency').seconds).toBe(0);
    expect(made.one('agent_response').attributes).not.toHaveProperty('turn.overlap_seconds');
  });

  it('is measured before clamping: its bar is cut at the end, its latency stays true', () => {
    const made = trace(
      talk([user('Hi.', 5, 1), agent('Hello.', 7, 1), user('Bye.', 58, 1), agent('Oh.', 64, 1)]),
    );
    const last = made.all('response_latency')[1];
    expect(last && made.at(last)).toEqual([59, 60]);
    expect(last?.attributes['turn.user_bot_latency_seconds']).toBe(5);
  });

  it('keeps its length where the whole transcript had to be shifted', () => {
    const made = trace(talk([user('Hi.', FAR, 1), agent('Hello.', FAR + 2.5, 1)]));
    expect(made.one('response_latency').attributes['turn.user_bot_latency_seconds']).toBe(1.5);
  });

  it('neither begins nor ends at a row of dots, which is silence', () => {
    const made = trace(talk([user('Hi.', 5, 1), user('...', 8, 1), agent('Hello.', 10, 1)]));
    expect(made.at(made.one('response_latency'))).toEqual([6, 10]);
  });

  it('is none where the user only ever was silent', () => {
    const made = trace(talk([agent('Hello?', 5, 1), user('…', 8, 1), agent('Still there?', 10, 1)]));
    expect(made.all('response_latency')).toEqual([]);
  });
});

describe('an unanswered user', () => {
  const unanswered = (entries: readonly unknown[], end = shutdown()) =>
    trace(conversation([joined(), end, transcript(entries)])).all('user_transcript')[0]?.attributes;

  it('is one whom no agent speech follows for 5 s or more before the next words', () => {
    expect(unanswered([user('Hi.', 5, 1), user('Hello?', 11, 1), agent('Yes.', 13, 1)])).toMatchObject({
      'turn.unanswered': true,
      'turn.silence_seconds': 5,
    });
  });

  it('is one whom no agent speech follows for 5 s or more before the end', () => {
    expect(unanswered([user('Hi.', 50, 2)])).toMatchObject({ 'turn.silence_seconds': 8 });
  });

  it('is one to whom only tools answered', () => {
    expect(unanswered([user('Hi.', 50, 2), calls(53, call('c1'))])).toMatchObject({
      'turn.unanswered': true,
    });
  });

  it.each([
    ['went on within 5 s', [user('Hi.', 5, 1), user('Hello?', 10.999, 1), agent('Yes.', 13, 1)], shutdown()],
    ['was answered late', [user('Hi.', 5, 1), agent('Sorry.', 30, 1)], shutdown()],
    ['has no duration', [user('Hi.', 50)], shutdown()],
    ['has no time', [user('Hi.')], shutdown()],
    [
      'spoke last and left: the end is that of the timeout',
      [user('Hi.', 30, 1)],
      shutdown(60, 'participant_left_timeout reached'),
    ],
    ['was only silent', [user('...', 30, 1)], shutdown()],
    [
      'was answered after a row of dots',
      [user('Hi.', 5, 1), user('...', 12, 1), agent('Yes.', 14, 1)],
      shutdown(),
    ],
  ])('is not one who %s', (_, entries, end) => {
    expect(unanswered(entries, end)).not.toHaveProperty('turn.unanswered');
    expect(unanswered(entries, end)).not.toHaveProperty('turn.silence_seconds');
  });

  it('is not told from an end that nobody logged', () => {
    const made = trace(conversation([joined(), transcript([user('Hi.', 5, 1), calls(30, call('c1'))])]));
    expect(made.one('user_transcript').attributes).not.toHaveProperty('turn.unanswered');
  });

  it('is told of words before the last also where the last one left', () => {
    const entries = [user('Hi.', 5, 1), user('Hello?', 20, 1)];
    expect(unanswered(entries, shutdown(60, 'participant_left_timeout'))).toMatchObject({
      'turn.silence_seconds': 14,
    });
  });

  it('has no wait: there is no answer to measure to', () => {
    expect(trace(talk([user('Hi.', 5, 1)])).all('response_latency')).toEqual([]);
  });
});

describe('an interruption', () => {
  const interrupted = (entries: readonly unknown[]) =>
    trace(talk(entries)).all('agent_response')[0]?.attributes['turn.was_interrupted'];

  it('is a user who starts before the replica has ended', () => {
    expect(interrupted([agent('Let me tell', 5, 4), user('Stop.', 8.5, 1)])).toBe(true);
  });

  it('is none where the user starts when the replica ends', () => {
    expect(interrupted([agent('Let me tell.', 5, 4), user('Good.', 9, 1)])).toBe(false);
  });

  it('is none where the user had started before the replica', () => {
    expect(interrupted([user('Well', 4, 2), agent('Yes?', 5.5, 2)])).toBe(false);
  });

  it('is none where the user was silent', () => {
    expect(interrupted([agent('Let me tell', 5, 4), user('...', 8, 1)])).toBe(false);
  });

  it('cannot be known of a reply without an end of its own, nor of a turn that does not speak', () => {
    expect(interrupted([agent('Let me tell', 5), user('Stop.', 8, 1)])).toBeUndefined();
    expect(interrupted([calls(5, call('c1')), user('Stop.', 8, 1)])).toBeUndefined();
  });
});

describe('turn.number', () => {
  it('counts exchanges from 1: a user after the agent opens the next, a greeting is one by itself', () => {
    const entries = [
      agent('Hello.', 5, 1),
      user('Hi.', 7, 1),
      user('So?', 9, 1),
      calls(11, call('c1')),
      agent('Yes.', 12, 1),
      user('Bye.', 14, 1),
    ];
    const made = trace(talk(entries));
    const numbers = made.all('').filter((span) => span.attributes['turn.number'] !== undefined);
    expect(numbers.map((span) => [span.name.slice('tavus.'.length), span.attributes['turn.number']])).toEqual(
      [
        ['recv.agent_response', 1],
        ['recv.user_transcript', 2],
        ['recv.user_transcript', 2],
        ['response_latency', 2],
        ['recv.agent_response', 2],
        ['tool.lookup', 2],
        ['recv.agent_response', 2],
        ['recv.user_transcript', 3],
      ],
    );
    expect(made.root.attributes['callspan.turns']).toBe(3);
  });

  it('is 1 for a user who speaks first, and for the reply', () => {
    const made = trace(talk([user('Hi.', 5, 1), agent('Hello.', 7, 1)]));
    expect(made.root.attributes['callspan.turns']).toBe(1);
  });
});
