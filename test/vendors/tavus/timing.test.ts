import { describe, expect, it } from 'vitest';
import {
  agent,
  answer,
  CREATED,
  call,
  calls,
  conversation,
  event,
  joined,
  shutdown,
  stamp,
  talk,
  trace,
  transcript,
  user,
} from './tavus-payload.ts';

/** Start and end of the turns, in seconds since the creation, and what they rest on. */
function bars(entries: readonly unknown[], payload = talk(entries)) {
  const made = trace(payload);
  return made
    .all('')
    .filter((span) => span.name.includes('.recv.'))
    .map((span) => [...made.at(span), span.attributes['callspan.timing']]);
}

describe('where a transcript entry stands', () => {
  it('is its timestamp as epoch seconds and its duration, measured', () => {
    expect(bars([agent('Hello.', 5.25, 1.5)])).toEqual([[5.25, 6.75, 'measured']]);
  });

  it('is its timestamp as ISO 8601, to the microsecond', () => {
    expect(bars([{ role: 'user', content: 'Hi.', timestamp: stamp(5.000001), duration: 1 }])).toEqual([
      [5.000001, 6.000001, 'measured'],
    ]);
  });

  it('is seconds_from_start plus the base that the first entry with both gives', () => {
    const entries = [
      agent('Hello.', 5, 1, { seconds_from_start: 1 }),
      { role: 'user', content: 'Hi.', seconds_from_start: 3, duration: 1 },
    ];
    expect(bars(entries)).toEqual([
      [5, 6, 'measured'],
      [7, 8, 'measured'],
    ]);
  });

  it('is seconds_from_start plus the first timestamp where no entry has both: derived', () => {
    const entries = [
      agent('Hello.', 5, 1),
      { role: 'user', content: 'Hi.', seconds_from_start: 3, duration: 1 },
    ];
    expect(bars(entries)[1]).toEqual([8, 9, 'derived']);
  });

  it('is seconds_from_start plus the join where there is no timestamp at all: derived', () => {
    expect(bars([{ role: 'user', content: 'Hi.', seconds_from_start: 3, duration: 1 }])).toEqual([
      [7, 8, 'derived'],
    ]);
  });

  it('is seconds_from_start plus the creation where nobody joined either', () => {
    const entries = [{ role: 'user', content: 'Hi.', seconds_from_start: 3, duration: 1 }];
    expect(bars(entries, conversation([shutdown(), transcript(entries)]))).toEqual([[3, 4, 'derived']]);
  });

  it('ends, without a duration, where the next timed entry that makes a span starts: derived', () => {
    const entries = [
      user('One.', 5),
      { role: 'system', content: 'note', timestamp: CREATED + 6 },
      user('Two.', 8, 1),
    ];
    expect(bars(entries)[0]).toEqual([5, 8, 'derived']);
  });

  it('ends, without a duration and as the last, at the shutdown', () => {
    expect(bars([user('One.', 5)])).toEqual([[5, 60, 'derived']]);
  });

  it('never ends before it starts, though the next one started earlier', () => {
    expect(bars([user('One.', 8), user('Two.', 5, 1)])).toContainEqual([8, 8, 'derived']);
  });

  it('is clamped to the conversation', () => {
    expect(bars([agent('Early.', -3, 5), agent('Late.', 58, 9)])).toEqual([
      [0, 2, 'measured'],
      [58, 60, 'measured'],
    ]);
  });

  it('ignores a duration that is negative, or a day or more', () => {
    expect(bars([user('One.', 5, -1), user('Two.', 8, 86_400)])).toEqual([
      [5, 8, 'derived'],
      [8, 60, 'derived'],
    ]);
  });
});

describe('a transcript of which not one entry lies inside the conversation', () => {
  const MONTH = 23 * 86_400;

  it('is shifted as a whole so that it begins at the join: estimated', () => {
    const entries = [agent('Hello.', MONTH, 2.15), user('Testing.', MONTH + 27.04, 1.84)];
    expect(bars(entries)).toEqual([
      [4, 6.15, 'estimated'],
      [31.04, 32.88, 'estimated'],
    ]);
  });

  it('begins at the creation where nobody joined', () => {
    const entries = [agent('Hello.', MONTH, 2)];
    expect(bars(entries, conversation([shutdown(), transcript(entries)]))).toEqual([[0, 2, 'estimated']]);
  });

  it('stays where it is as soon as one entry lies inside', () => {
    const entries = [agent('Hello.', 59, 1), user('Testing.', MONTH, 1)];
    expect(bars(entries)[0]).toEqual([59, 60, 'measured']);
  });

  it('stands where it stood when an event comes long after the conversation', () => {
    const entries = [agent('Hello.', 3600, 1)];
    const events = [joined(), transcript(entries, 30)];
    const late = event('application.recording_ready', 7200);
    expect(bars([], conversation([...events, late]))).toEqual(bars([], conversation(events)));
  });
});

describe('entries without any time', () => {
  it('are zero-length: the first at the join, each 1 ms after its predecessor: estimated', () => {
    expect(bars([agent('One.'), user('Two.'), agent('Three.')])).toEqual([
      [4, 4, 'estimated'],
      [4.001, 4.001, 'estimated'],
      [4.002, 4.002, 'estimated'],
    ]);
  });

  it('begin at the creation where nobody joined', () => {
    expect(bars([], conversation([shutdown(), transcript([user('One.')])]))).toEqual([[0, 0, 'estimated']]);
  });

  it('follow the end of a timed predecessor and never pass the next timed start', () => {
    expect(bars([user('One.', 10, 2), agent('Two.'), user('Three.', 12.0005, 1)])).toEqual([
      [10, 12, 'measured'],
      [12.0005, 12.0005, 'estimated'],
      [12.0005, 13.0005, 'measured'],
    ]);
  });
});

describe('which entries make a span', () => {
  it('is one span for a spoken entry and one for an entry that only calls tools', () => {
    const made = trace(talk([user('Hi.', 5, 1), calls(7, call('c1')), agent('There.', 9, 1)]));
    expect(made.all('agent_response')).toHaveLength(2);
    expect(made.parentOf(made.one('tool.lookup'))?.start).toBe(made.all('agent_response')[0]?.start);
  });

  it('is none for entries with neither content nor calls, nor for tool and system entries', () => {
    const entries = [
      agent('', 5, 1),
      user('  ', 6, 1),
      { role: 'system', content: 'Be kind.' },
      answer('c1', 'x', 7),
    ];
    expect(trace(talk(entries)).names()).toEqual(['tavus.conversation', 'tavus.replica_join']);
  });

  it('is none for a call that echoes an answered one, whose id is the same + _result', () => {
    const made = trace(
      talk([calls(7, call('c1')), answer('c1_result', 'found', 9), calls(9.5, call('c1_result'))]),
    );
    expect(made.all('tool.lookup')).toHaveLength(1);
    expect(made.all('agent_response')).toHaveLength(1);
  });

  it("accepts the data channel's names for the agent, replica and pal", () => {
    const entries = [
      { role: 'replica', content: 'a' },
      { role: 'pal', content: 'b' },
      { role: 'narrator', content: 'c' },
    ];
    expect(trace(talk(entries)).all('agent_response')).toHaveLength(2);
  });
});

describe('the span of a tool', () => {
  it("goes from its entry's time to its last result's, measured", () => {
    const entries = [
      calls(7, call('c1')),
      answer('c1', 'dispatched', 7.1),
      answer('c1_result', 'found', 9.25),
    ];
    const made = trace(talk(entries));
    const tool = made.one('tool.lookup');
    expect(made.at(tool)).toEqual([7, 9.25]);
    expect(tool.attributes).toMatchObject({ 'callspan.timing': 'measured', 'callspan.tool.seconds': 2.25 });
  });

  it.each([
    ['no result has a time', [calls(7, call('c1')), answer('c1', 'found')]],
    [
      'only an earlier result has a time',
      [calls(7, call('c1')), answer('c1', 'dispatched', 7.1), answer('c1_result', 'x')],
    ],
    ['no result came', [calls(7, call('c1'))]],
    ['the call has no time', [calls(undefined, call('c1')), answer('c1', 'found', 9)]],
    ['the result is stamped before the call', [calls(7, call('c1')), answer('c1', 'found', 6)]],
  ])('is zero-length and estimated where %s', (_, entries) => {
    const tool = trace(talk(entries)).one('tool.lookup');
    expect(tool.seconds).toBe(0);
    expect(tool.attributes['callspan.timing']).toBe('estimated');
    expect(tool.attributes).not.toHaveProperty('callspan.tool.seconds');
  });

  it('keeps its length where the whole transcript had to be shifted', () => {
    const far = 40 * 86_400;
    const tool = trace(talk([calls(far, call('c1')), answer('c1', 'found', far + 2)])).one('tool.lookup');
    expect(tool.attributes).toMatchObject({ 'callspan.timing': 'estimated', 'callspan.tool.seconds': 2 });
  });

  it('grows its agent turn, so that the turn holds it', () => {
    const made = trace(
      talk([agent('One moment.', 7, 1, { tool_calls: [call('c1')] }), answer('c1', 'found', 12)]),
    );
    expect(made.at(made.one('agent_response'))).toEqual([7, 12]);
  });
});
