import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Turn } from '../../sandbox/call.ts';
import {
  type Call,
  type ElevenLabsCall,
  type Provider,
  scenarioNames,
  simulateCall,
  truth,
} from '../../sandbox/index.ts';

const START = Date.UTC(2026, 10, 20, 12);
const PROVIDERS: readonly Provider[] = ['elevenlabs', 'tavus'];

function one(provider: Provider, scenario: string, index = 1): Call {
  return simulateCall({ provider, seed: 21, index, startAt: START, scenario });
}

const SECOND = 1_000_000;

/** A turn from one second of the call to another. */
function turn(
  call: Call,
  speaker: Turn['speaker'],
  from: number,
  to: number,
  more: Partial<Turn> = {},
): Turn {
  return {
    speaker,
    agent: 0,
    start: call.start + from * SECOND,
    end: call.start + to * SECOND,
    text: 'words',
    silent: false,
    backchannel: false,
    typed: false,
    interrupted: false,
    metrics: {},
    tools: [],
    ...more,
  };
}

describe('the truth about a call', () => {
  it('numbers exchanges and classes user turns as the trace model does', () => {
    const base = one('elevenlabs', 'ordinary') as ElevenLabsCall;
    const felt = 700_000_000;
    const call: ElevenLabsCall = {
      ...base,
      traits: { ...base.traits, unpublished: [], textOnly: false },
      end: base.start + 100 * SECOND,
      turns: [
        turn(base, 'agent', 0, 2, { metrics: { felt: 90_000_000 } }),
        turn(base, 'user', 3, 5, { metrics: { asr: 90_000_000 } }),
        turn(base, 'agent', 6, 9, { metrics: { felt, llm: 400_000_000 }, interrupted: true }),
        turn(base, 'user', 7, 7.5, { backchannel: true }),
        turn(base, 'user', 8.5, 11),
        turn(base, 'user', 12, 13),
        turn(base, 'agent', 13.5, 13.5, {
          text: '',
          metrics: { felt, llm: 200_000_000, generation: 300_000_000 },
        }),
        turn(base, 'agent', 14, 15, { metrics: { felt } }),
        turn(base, 'agent', 16, 17, { metrics: { felt } }),
        turn(base, 'user', 18, 20),
        turn(base, 'agent', 24, 24, { text: '' }),
        turn(base, 'user', 30, 30, { silent: true }),
        turn(base, 'user', 40, 41),
      ],
    };

    expect(truth(call)).toMatchObject({
      exchanges: 5,
      waits: [
        {
          seconds: 1,
          exchange: 2,
          phases: [
            { name: 'asr', seconds: 0.09 },
            { name: 'llm_ttfb', seconds: 0.4 },
          ],
          unexplained: 0.51,
        },
        { seconds: 1, exchange: 3, phases: [{ name: 'llm_ttfb', seconds: 0.3 }], unexplained: 0.7 },
      ],
      unmeasuredWaits: 0,
      // Answered at 14; silence from 20 to 40 and from 41 to 100; the one who went on at 12 counts nowhere.
      userTurns: { interrupted: 1, answered: 1, unanswered: 2, overlapped: 0 },
      uncountedUserTurns: 1,
      silentUserTurns: 1,
      backchannels: 1,
      silences: [20, 59],
      interruptions: 1,
    });
  });

  it('knows no wait for greetings, prompts, noises, hums, second halves and replies that nobody heard', () => {
    const base = one('elevenlabs', 'ordinary') as ElevenLabsCall;
    const felt = 12_400_000_000;
    const call: ElevenLabsCall = {
      ...base,
      traits: { ...base.traits, unpublished: [], textOnly: false },
      end: base.start + 60 * SECOND,
      turns: [
        turn(base, 'user', 0, 0, { silent: true }),
        turn(base, 'agent', 0, 2, { metrics: { felt: 90_000_000 } }),
        turn(base, 'user', 14, 14, { silent: true }),
        turn(base, 'agent', 14, 15, { metrics: { felt } }),
        turn(base, 'user', 16, 17, { silent: true, text: '!!' }),
        turn(base, 'agent', 18, 19, { metrics: { felt: 1_200_000_000 } }),
        turn(base, 'user', 20, 21),
        turn(base, 'agent', 22, 22, {
          text: '',
          unheard: 'Sure',
          interrupted: true,
          metrics: { felt: 1_000_000_000 },
        }),
        turn(base, 'user', 22, 24),
        turn(base, 'agent', 25.5, 27, { metrics: { felt: 1_500_000_000 } }),
        turn(base, 'user', 26, 26.3, { backchannel: true }),
        turn(base, 'agent', 28, 30, { metrics: { felt: 4_000_000_000 } }),
      ],
    };

    expect(truth(call).waits.map((wait) => wait.seconds)).toEqual([1.5]);
    expect(truth(call).userTurns).toEqual({ answered: 1, interrupted: 0, overlapped: 0, unanswered: 0 });
  });

  it('knows what a payload does not tell: waits in chats, in old recordings, for a first message', () => {
    expect(truth(one('elevenlabs', 'text-only')).waits).toEqual([]);
    expect(truth(one('elevenlabs', 'text-only')).unmeasuredWaits).toBeGreaterThan(0);
    expect(truth(one('elevenlabs', 'unmeasured')).unmeasuredWaits).toBeGreaterThan(0);
    expect(truth(one('tavus', 'no-durations')).unmeasuredWaits).toBeGreaterThan(0);
    expect(truth(one('tavus', 'typed')).unmeasuredWaits).toBe(1);
  });

  it('counts what a workflow called in turn, and what was refused as an error that took no time', () => {
    const names = truth(one('elevenlabs', 'workflow')).tools.map((tool) => tool.name);
    expect(names.filter((name) => /^(notify_condition_\d_met|progress_workflow)$/.test(name))).toHaveLength(
      3,
    );
    expect(names).toContain('check_slots');
    const refused = truth(one('elevenlabs', 'refused-tools')).tools;
    expect(refused.map(({ error, seconds }) => [error, seconds])).toEqual([
      ['blocked', undefined],
      ['tool_error', undefined],
    ]);
  });

  it('takes a hang-up for an answer', () => {
    for (let index = 0; index < 20; index++) {
      expect(truth(one('elevenlabs', 'agent-hang-up', index)).userTurns.unanswered).toBe(0);
    }
  });

  it('says only what Tavus publishes', () => {
    const timed = truth(one('tavus', 'iso-timestamps'));
    const untimed = truth(one('tavus', 'no-timing'));
    const endless = truth(one('tavus', 'no-shutdown'));
    const silent = truth(one('tavus', 'transcript-never'));

    expect(timed.waits.length).toBeGreaterThan(0);
    expect(timed.durationSeconds).toBeGreaterThan(0);
    expect(untimed.waits).toEqual([]);
    expect(untimed.userTurns.answered).toBe(timed.userTurns.answered);
    expect(endless).toMatchObject({ outcome: 'unknown', exchanges: expect.any(Number) });
    expect(endless.durationSeconds).toBeUndefined();
    expect(endless.endReason).toBeUndefined();
    expect(silent).toMatchObject({
      outcome: 'completed',
      exchanges: 0,
      waits: [],
      userTurns: { answered: 0 },
    });
  });

  it('calls silence after a timeout nothing, and after anything else dead air', () => {
    const left = truth(one('tavus', 'left-unanswered'));
    expect(left.userTurns.unanswered).toBe(0);
    expect(left.uncountedUserTurns).toBe(1);

    for (const provider of PROVIDERS) {
      const dead = truth(one(provider, 'unanswered'));
      expect(dead.userTurns.unanswered).toBeGreaterThan(0);
      expect(Math.min(...dead.silences)).toBeGreaterThan(12);
    }
  });

  it('measures no wait where the replica talks into the user', () => {
    const overlapped = truth(one('tavus', 'overlapped'));
    expect(overlapped.userTurns.overlapped).toBe(1);
    const { answered, interrupted } = overlapped.userTurns;
    expect(overlapped.waits).toHaveLength(answered + interrupted);
  });

  it.each([
    ['elevenlabs', 'ordinary', 'completed', 'client_disconnect'],
    ['elevenlabs', 'agent-hang-up', 'completed', 'agent_ended'],
    ['elevenlabs', 'voicemail', 'completed', 'voicemail'],
    ['elevenlabs', 'time-limit', 'time_limit', 'time_limit'],
    ['elevenlabs', 'silence-timeout', 'completed', 'silence_timeout'],
    ['elevenlabs', 'failed-start', 'failed', 'error'],
    ['elevenlabs', 'failed-mid-call', 'failed', 'error'],
    ['elevenlabs', 'missing-variables', 'failed', 'missing_variables'],
    ['elevenlabs', 'quota', 'failed', 'quota'],
    ['elevenlabs', 'guardrail', 'failed', 'guardrail'],
    ['elevenlabs', 'connection-lost', 'completed', 'connection_lost'],
    ['tavus', 'nobody-spoke', 'no_user', 'participant_absent_timeout'],
    ['tavus', 'no-user', 'no_user', 'participant_absent_timeout'],
    ['tavus', 'time-limit', 'time_limit', 'max_call_duration'],
    ['tavus', 'created-and-shutdown', 'no_user', 'participant_absent_timeout'],
    ['tavus', 'meeting-gone', 'failed', 'bot_could_not_join_meeting_it_was_probably_ended'],
    ['tavus', 'failed-start', 'failed', 'exception_encountered_during_conversation_startup'],
    ['tavus', 'internal-error', 'failed', 'internal_error'],
    ['tavus', 'room-deleted', 'completed', 'daily_room_has_been_deleted'],
    ['tavus', 'reason-new', 'unknown', 'other'],
    ['tavus', 'several-shutdowns', 'completed', undefined],
    ['tavus', 'echo', 'no_user', 'end_conversation_endpoint_hit'],
  ] as const)('of %s, %s: %s because of %s', (provider, scenario, outcome, reason) => {
    const told = truth(one(provider, scenario));
    expect(told.outcome).toBe(outcome);
    if (reason !== undefined) expect(told.endReason).toBe(reason);
    else expect(told.endReason).not.toBe('daily_room_has_been_deleted');
  });

  it('knows what has nothing to export', () => {
    expect(truth(one('elevenlabs', 'zero-retention'))).toMatchObject({
      fate: 'empty',
      exchanges: 0,
      waits: [],
      tools: [],
    });
    expect(truth(one('tavus', 'test-mode'))).toMatchObject({ fate: 'empty', exchanges: 0 });
    for (const provider of PROVIDERS) expect(truth(one(provider, 'deleted')).fate).toBe('gone');
  });

  it('names the errors of tools that failed, and only of those', () => {
    const errors = new Set<string | undefined>();
    for (let index = 0; index < 40; index++) {
      const told = truth(one('elevenlabs', 'tool-error', index));
      expect(told.tools).toHaveLength(1);
      errors.add(told.tools[0]?.error);
      expect(truth(one('elevenlabs', 'tool-ok', index)).tools[0]?.error).toBeUndefined();
      expect(truth(one('tavus', 'tool-ok', index)).tools[0]?.error).toBeUndefined();
    }
    expect([...errors].sort()).toEqual(['http_status_error', 'timeout', 'tool_error']);
  });

  it('lets the second agent answer after a transfer', () => {
    const call = one('elevenlabs', 'transfer');
    const agents = truth(call).waits.map((wait) => wait.agent.id);
    expect(new Set(agents)).toEqual(new Set(call.agents.map((agent) => agent.id)));
    expect(agents[0]).toBe(truth(call).agent.id);
    expect(agents.at(-1)).toBe(call.agents[1]?.id);
  });

  it('accounts for every user turn, whatever the call', () => {
    const specs = fc.record({
      provider: fc.constantFrom(...PROVIDERS),
      seed: fc.nat(50),
      index: fc.nat(5000),
      startAt: fc.constant(START),
    });
    fc.assert(
      fc.property(specs, (spec) => {
        const call = simulateCall(spec);
        const told = truth(call);
        const counted = Object.values(told.userTurns).reduce((sum, count) => sum + count, 0);
        const spoken = told.fate === 'exported' && call.scenario !== 'transcript-never' ? call.turns : [];
        const asked = spoken.filter((one) => one.speaker === 'user' && !one.silent && !one.backchannel);
        expect(counted + told.uncountedUserTurns).toBe(asked.length);
        expect(told.silences).toHaveLength(told.userTurns.unanswered);
        expect(told.waits.every((wait) => wait.exchange >= 1 && wait.exchange <= told.exchanges)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is plain data', () => {
    for (const provider of PROVIDERS) {
      for (const scenario of scenarioNames(provider)) {
        const told = truth(one(provider, scenario));
        expect(JSON.parse(JSON.stringify(told))).toEqual(told);
      }
    }
  });
});
