import { describe, expect, it } from 'vitest';
import {
  agent,
  answer,
  call,
  calls,
  conversation,
  event,
  joined,
  shutdown,
  talk,
  trace,
  transcript,
  translate,
  user,
} from './tavus-payload.ts';

const SPOKEN = [agent('Hello.', 5, 1), user('Hi.', 8, 1), agent('Well?', 10, 1)];

describe('the beginning and the end of a conversation', () => {
  it('are created_at and the first shutdown: measured', () => {
    const made = trace(conversation([shutdown(90, 'other'), joined(), shutdown(60), transcript(SPOKEN)]));
    expect(made.at(made.root)).toEqual([0, 60]);
    expect(made.root.attributes).toMatchObject({
      'callspan.timing': 'measured',
      'callspan.end_reason': 'end_conversation_endpoint_hit',
    });
  });

  it('end with the last transcript entry where no shutdown was logged: derived, and no duration', () => {
    const entries = [...SPOKEN, calls(12, call('c1')), answer('c1', 'found', 15)];
    const payload = conversation([joined(), transcript(entries), event('application.recording_ready', 300)]);
    const made = trace(payload);
    expect(made.at(made.root)).toEqual([0, 15]);
    expect(made.root.attributes['callspan.timing']).toBe('derived');
    expect(translate(payload).conversation.duration).toBeUndefined();
  });

  it('end with the last system event where there is no timed entry either, never with a late artefact', () => {
    const events = [
      joined(4),
      event('system.participant_joined', 9),
      event('application.recording_ready', 300),
    ];
    const made = trace(conversation(events));
    expect(made.at(made.root)).toEqual([0, 9]);
  });

  it('begin at the first event where there is no created_at: derived, and no join is measured', () => {
    const payload = conversation([joined(4), shutdown(60)], { created_at: null });
    const made = trace(payload);
    expect(made.root.start).toBe(made.one('replica_join').start);
    expect(made.root.seconds).toBe(56);
    expect(made.root.attributes['callspan.timing']).toBe('derived');
    expect(made.one('replica_join').attributes['callspan.timing']).toBe('derived');
    expect(translate(payload).conversation.join?.length).toBeUndefined();
  });

  it('have no duration where the shutdown is stamped before the creation, or a day after it', () => {
    for (const at of [-5, 86_400]) {
      const { duration, timing } = translate(conversation([shutdown(at)])).conversation;
      expect([duration, timing]).toEqual([undefined, 'derived']);
    }
    expect(trace(conversation([shutdown(-5)])).root.seconds).toBe(0);
  });

  it('are told by the last transcript that has entries', () => {
    const other = [agent('Again.', 20, 1)];
    const made = trace(
      conversation([shutdown(), transcript(SPOKEN, 61), transcript(other, 62), transcript([], 63)]),
    );
    expect(made.all('agent_response').map((span) => made.at(span))).toEqual([[20, 21]]);
  });

  it('are told by no transcript that came more than 15 min after the shutdown', () => {
    const late = (after: number) => trace(conversation([shutdown(), transcript(SPOKEN, 60 + after)]));
    expect(late(900).all('agent_response')).toHaveLength(2);
    expect(late(900.000001).all('agent_response')).toHaveLength(0);
  });
});

describe('the join, tavus.replica_join', () => {
  it('goes from the creation to the first time that the replica was there: measured', () => {
    const made = trace(conversation([event('system.pal_joined', 9), joined(3.472), shutdown()]));
    const join = made.one('replica_join');
    expect(made.at(join)).toEqual([0, 3.472]);
    expect(join.attributes).toMatchObject({ 'callspan.phase': 'join', 'callspan.timing': 'measured' });
  });

  it('is not measured where it is stamped before the creation', () => {
    const payload = conversation([joined(-2), shutdown()]);
    expect(translate(payload).conversation.join).not.toHaveProperty('length');
    expect(trace(payload).one('replica_join').seconds).toBe(0);
  });

  it('is absent where nobody joined', () => {
    expect(trace(conversation([shutdown()])).names()).toEqual(['tavus.conversation']);
  });
});

describe('events', () => {
  it('stand at their own time as zero-length spans, named by the last segment of their type', () => {
    const made = trace(conversation([event('system.something.new', 12.000001), shutdown()]));
    const span = made.one('tavus.event.new');
    expect(made.at(span)).toEqual([12.000001, 12.000001]);
    expect(span.attributes).toMatchObject({
      'callspan.event.time': '2026-05-28T20:26:52.000001Z',
      'tavus.event_type': 'system.something.new',
      'callspan.phase': 'event',
      'callspan.timing': 'measured',
    });
  });

  it("stand at the conversation's end if they came later, and at its start if earlier; the true time is told", () => {
    const made = trace(
      conversation([
        event('application.early', -5),
        shutdown(),
        event('application.perception_analysis', 240.5),
      ]),
    );
    expect(made.at(made.one('event.perception_analysis'))).toEqual([60, 60]);
    expect(made.one('event.perception_analysis').attributes['callspan.event.time']).toBe(
      '2026-05-28T20:30:40.5Z',
    );
    expect(made.at(made.one('event.early'))).toEqual([0, 0]);
  });

  it('without a time stand at the end, estimated, and tell no time', () => {
    const made = trace(conversation([shutdown(), { event_type: 'application.odd' }]));
    const { attributes } = made.one('event.odd');
    expect(attributes['callspan.timing']).toBe('estimated');
    expect(attributes).not.toHaveProperty('callspan.event.time');
  });

  it('are every one but joined, shutdown and transcription_ready', () => {
    const types = ['perception_analysis', 'perception_unavailable', 'recording_ready', 'never_heard_of'];
    const events = types.map((type, index) => event(`application.${type}`, 61 + index));
    const made = trace(conversation([joined(), shutdown(), transcript(SPOKEN), ...events]));
    expect(
      made
        .all('')
        .filter((span) => span.name.includes('.event.'))
        .map((span) => span.name),
    ).toEqual(types.map((type) => `tavus.event.${type}`));
  });

  it('leave everything else as it is, on time or late: a trace does not depend on when it was fetched', () => {
    const early = [joined(), shutdown(), transcript(SPOKEN)];
    const before = translate(conversation(early));
    const after = translate(conversation([...early, event('application.perception_analysis', 240)]));
    const [before_, after_] = [
      trace(conversation(early)),
      trace(conversation([...early, event('application.perception_analysis', 240)])),
    ];
    expect(after_.spans.filter(({ id }) => !after.lateIds.includes(id)).map(({ raw }) => raw)).toEqual(
      before_.spans.map(({ raw }) => raw),
    );
    expect([before.lateIds.length, after.lateIds.length]).toEqual([0, 1]);
  });
});

describe('why it ended', () => {
  const NOBODY = 'participant_absent_timeout';
  const outcome = (
    reason: string | null,
    entries: readonly unknown[] = SPOKEN,
    more: Record<string, unknown> = {},
  ) => {
    const { status, attributes } = trace(
      conversation(
        [joined(), shutdown(60, reason), ...(entries.length > 0 ? [transcript(entries)] : [])],
        more,
      ),
    ).root;
    return [
      attributes['callspan.outcome'],
      attributes['callspan.end_reason'],
      status,
      attributes['error.type'],
    ];
  };

  it.each([
    ['max_call_duration reached', 'time_limit', 'max_call_duration'],
    ['participant_left_timeout reached', 'completed', 'participant_left_timeout'],
    ['participant_left_timeout', 'completed', 'participant_left_timeout'],
    ['daily_room_has_been_deleted', 'completed', 'daily_room_has_been_deleted'],
    ['end_conversation_endpoint_hit', 'completed', 'end_conversation_endpoint_hit'],
    [`${NOBODY} reached`, 'completed', NOBODY],
    ['moderator_said_so', 'unknown', 'other'],
    ['reached', 'unknown', 'other'],
    [null, 'unknown', undefined],
  ])('%s makes the outcome %s and the reason %s, and no error', (reason, name, known) => {
    expect(outcome(reason)).toEqual([name, known, 0, undefined]);
  });

  it.each([
    ['bot_could_not_join_meeting_it_was_probably_ended', 'bot_could_not_join_meeting_it_was_probably_ended'],
    [
      'exception_encountered_during_conversation_startup',
      'exception_encountered_during_conversation_startup',
    ],
    ['internal error occurred at step llm_inference', 'internal_error'],
    ['internal_error', 'internal_error'],
  ])('%s is a failure: ERROR with error.type', (reason, known) => {
    expect(outcome(reason)).toEqual(['failed', known, 2, known]);
    expect(outcome(reason, [])).toEqual(['failed', known, 2, known]);
  });

  it('no_user comes before the time limit: there is a transcript and the user never spoke', () => {
    expect(outcome('max_call_duration reached', [agent('Hello?', 5, 1), user('...', 9, 1)])[0]).toBe(
      'no_user',
    );
  });

  it('no_user: nobody joined and nothing was said', () => {
    expect(trace(conversation([shutdown(60)])).root.attributes['callspan.outcome']).toBe('no_user');
  });

  it('no_user: the vendor says that the participant was absent, and nothing was said', () => {
    expect(outcome(NOBODY, [])[0]).toBe('no_user');
  });

  it('is not no_user where somebody joined and there is no transcript to tell', () => {
    expect(outcome('end_conversation_endpoint_hit', [])[0]).toBe('completed');
  });

  it.each([
    ['properties.reason', conversation([event('system.shutdown', 60, { reason: 'max_call_duration' })])],
    [
      'the conversation itself',
      conversation([event('system.shutdown', 60)], { shutdown_reason: 'max_call_duration' }),
    ],
  ])('is also read from %s', (_, payload) => {
    expect(trace(payload).root.attributes['callspan.end_reason']).toBe('max_call_duration');
  });

  it('goes out in the words of the vendor where they are a known reason, else only with content', () => {
    const words = (reason: string, content: 'none' | 'full') =>
      trace(conversation([shutdown(60, reason)]), { content }).root.attributes['tavus.shutdown_reason'];
    expect(words('max_call_duration reached', 'none')).toBe('max_call_duration reached');
    expect(words('internal error occurred at step ada_lovelace', 'none')).toBeUndefined();
    expect(words('moderator Ada said so', 'none')).toBeUndefined();
    expect(words('moderator Ada said so', 'full')).toBe('moderator Ada said so');
  });

  it('a conversation that only had created and shutdown still gets its root span', () => {
    expect(trace(conversation([shutdown()])).names()).toEqual(['tavus.conversation']);
  });

  it('tells its drift: a reason or an event that callspan has never heard of', () => {
    expect(
      translate(talk([], { events: [shutdown(60, 'odd'), event('application.new', 61)] })).drift,
    ).toEqual(['event application.new', 'unknown shutdown_reason']);
  });
});
