import { describe, expect, it } from 'vitest';
import {
  agent,
  calls,
  conversation,
  joined,
  shutdown,
  talk,
  trace,
  transcript,
  user,
} from './tavus-payload.ts';

const one = { inference_id: 'i1' };

describe('typed words of Tavus, stamped after the reply to them began', () => {
  const typed = (asked = one, replied = one) =>
    trace(talk([user('Prices?', 11.2, 0, asked), agent('Ten.', 10.05, 3, replied)]));

  it('interrupt nothing and are overlapped by nothing: they came before the reply, as the list says', () => {
    const made = typed();
    expect(made.one('agent_response').attributes).toMatchObject({ 'turn.was_interrupted': false });
    expect(made.one('agent_response').attributes).not.toHaveProperty(['turn.overlap_seconds']);
    expect(made.root.attributes).toMatchObject({ 'callspan.interruptions': 0, 'callspan.unanswered': 0 });
  });

  it('begin no wait of which anything is known', () => {
    expect(typed().root.attributes).toMatchObject({ 'callspan.waits': 0, 'callspan.waits.unmeasured': 1 });
  });

  it('are not spoken words that the replica did not let end, though they share an inference', () => {
    const made = trace(talk([user('So what about', 10, 3, one), agent('Ten.', 12, 3, one)]));
    expect(made.one('agent_response').attributes['turn.overlap_seconds']).toBe(1);
    expect(made.root.attributes['callspan.waits.unmeasured']).toBe(0);
  });

  it('interrupt and are overlapped where the inference is another, or none is told', () => {
    for (const made of [typed(one, { inference_id: 'i2' }), typed({} as typeof one, {} as typeof one)]) {
      expect(made.one('agent_response').attributes).toMatchObject({
        'turn.was_interrupted': true,
        'turn.overlap_seconds': 1.15,
      });
    }
  });

  it('leave the others to interrupt: also of the same inference, if they come after it in the list', () => {
    const made = trace(
      talk([user('Prices?', 11.2, 0, one), agent('Ten.', 10.05, 3, one), user('No.', 12, 0.5, one)]),
    );
    expect(made.one('agent_response').attributes['turn.was_interrupted']).toBe(true);
  });
});

describe('words and no words, of Tavus', () => {
  it.each(['...', '!!', '🙂'])('a reply of %s ends no wait, and answers nobody', (said) => {
    const made = trace(talk([user('Hi.', 5, 1), agent(said, 6.5, 0.2), agent('Hello.', 9, 1)]));
    expect(made.at(made.one('response_latency'))).toEqual([6, 9]);
    const silent = trace(talk([user('Hi.', 5, 1), agent(said, 6.5, 0.2)]));
    expect(silent.root.attributes['callspan.unanswered']).toBe(1);
  });

  it.each(['...', '!!', '🙂'])('a user’s %s begins no wait', (said) => {
    expect(trace(talk([user(said, 5, 1), agent('Hello.', 9, 1)])).root.attributes).toMatchObject({
      'callspan.waits': 0,
      'callspan.waits.unmeasured': 0,
    });
  });

  it('a call that ends the conversation answers', () => {
    const end = { id: 'c', type: 'function', function: { name: 'end_call', arguments: '{}' } };
    expect(trace(talk([user('Bye.', 5, 1), calls(7, end)])).root.attributes['callspan.unanswered']).toBe(0);
  });
});

describe('what a Tavus payload does not tell', () => {
  it('is counted: waits without a duration or a time', () => {
    const entries = [
      user('Hi.', 5),
      agent('Hello.', 7, 1),
      user('So?'),
      agent('Yes.', 12, 1),
      user('Bye.', 15, 1),
    ];
    expect(trace(talk([...entries, agent('Bye.', 17, 1)])).root.attributes).toMatchObject({
      'callspan.waits': 1,
      'callspan.waits.unmeasured': 2,
    });
  });

  it('is not an overlap, which is known', () => {
    expect(
      trace(talk([user('Hi.', 5, 3), agent('Hello.', 7, 1)])).root.attributes['callspan.waits.unmeasured'],
    ).toBe(0);
  });

  it('leaves the whole wait unexplained', () => {
    const made = trace(talk([user('Hi.', 5, 1), agent('Hello.', 8, 1)]));
    expect(made.one('response_latency').attributes['callspan.wait.unexplained_seconds']).toBe(2);
  });
});

describe('an empty transcript of Tavus', () => {
  const outcome = (...events: Parameters<typeof conversation>[0]) =>
    trace(conversation([joined(), shutdown(), ...events])).root.attributes['callspan.outcome'];

  it('tells that nobody spoke', () => {
    expect(outcome(transcript([]))).toBe('no_user');
    expect(outcome(transcript([{ role: 'system', content: 'You are a coach.' }]))).toBe('no_user');
  });

  it('is not one that is not there', () => {
    expect(outcome()).toBe('completed');
    expect(outcome({ ...transcript([]), properties: {} })).toBe('completed');
    // Sixteen minutes after the end it comes too late to be used.
    expect(outcome(transcript([], 60 + 16 * 60))).toBe('completed');
  });
});
