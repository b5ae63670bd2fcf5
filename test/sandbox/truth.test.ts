import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Call, type Provider, scenarioNames, simulateCall, truth } from '../../sandbox/index.ts';

const START = Date.UTC(2026, 10, 20, 12);
const PROVIDERS: readonly Provider[] = ['elevenlabs', 'tavus', 'retell', 'vapi'];

/** Scenarios of whose words nothing is told. */
const UNKEPT: ReadonlySet<string> = new Set(['transcript-never', 'nothing-kept', 'zero-retention']);

function one(provider: Provider, scenario: string, index = 1): Call {
  return simulateCall({ provider, seed: 21, index, startAt: START, scenario });
}

describe('the truth about a call', () => {
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

  it('knows of which calls no list can tell', () => {
    const unlisted = PROVIDERS.filter((provider) => truth(one(provider, 'deleted')).unlisted);
    expect(unlisted).toEqual(['vapi']);
    expect(truth(one('vapi', 'ordinary'))).not.toHaveProperty('unlisted');
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
        const spoken = told.fate === 'exported' && !UNKEPT.has(call.scenario) ? call.turns : [];
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
